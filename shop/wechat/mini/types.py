"""What the mini-program calls take and return. Personal data stays out of every ``repr``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Session:
    """Who a login code belongs to. WeChat's session_key is dropped at the door: nothing here needs it."""

    openid: str = field(repr=False)
    unionid: str = field(default="", repr=False)


@dataclass(frozen=True)
class PhoneNumber:
    """A phone number the member chose to share; ``number`` has no country code."""

    number: str = field(repr=False)
    country_code: str


class Suggestion:
    """What WeChat suggests for user content: risky is refused, review waits for a human."""

    PASS = "pass"  # noqa: S105  not a secret
    REVIEW = "review"
    RISKY = "risky"


class SafetyScene:
    """Where the content appears."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL = 4


@dataclass(frozen=True)
class TextVerdict:
    """Content security's answer about a text."""

    suggestion: str
    label: int
    trace_id: str


@dataclass(frozen=True)
class Courier:
    """A courier as WeChat names it; ``courier_id`` goes into shipping uploads."""

    courier_id: str
    name: str


class LogisticsType:
    """How goods reach the member."""

    EXPRESS = 1
    SAME_CITY = 2
    VIRTUAL = 3
    PICKUP = 4


@dataclass(frozen=True)
class PaidOrder:
    """Which payment a shipment belongs to: the transaction id, or our own number."""

    transaction_id: str = ""
    out_trade_no: str = ""


@dataclass(frozen=True)
class Parcel:
    """One parcel. Express needs courier and tracking number; SF also needs one masked contact."""

    item_desc: str
    tracking_no: str = ""
    courier_id: str = ""
    receiver_contact: str = field(default="", repr=False)
    consignor_contact: str = field(default="", repr=False)


@dataclass(frozen=True)
class ShippingUpload:
    """What was shipped for one payment. ``openid`` must be the payer's; ``split`` when more will follow."""

    order: PaidOrder
    logistics_type: int
    parcels: Sequence[Parcel]
    openid: str = field(repr=False)
    uploaded_at: datetime
    split: bool = False
    all_delivered: bool = True


@dataclass(frozen=True)
class ShippingState:
    """WeChat's view: 1 to ship, 2 shipped, 3 received, 4 finished, 5 refunded, 6 awaiting settlement."""

    transaction_id: str
    out_trade_no: str
    order_state: int
    in_complaint: bool
