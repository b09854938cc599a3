"""What goes to WeChat Pay and what comes back. Money is integer fen; times are aware datetimes.

Field rules are those of the APIv3 reference (JSAPI order, domestic refunds, mch-transfer/transfer-bills,
profit sharing). Requests name no appid or mchid: the client adds the configured merchant's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path


class TradeState:
    """``Transaction.trade_state``. REFUND means any refund, a partial one too: the money once arrived."""

    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"


class RefundStatus:
    """``RefundResult.status``. CLOSED may be applied for again with a new number; ABNORMAL needs a card."""

    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    ABNORMAL = "ABNORMAL"


class TransferState:
    """``TransferResult.state``; WeChat spells TRANSFERING with one R."""

    ACCEPTED = "ACCEPTED"
    PROCESSING = "PROCESSING"
    WAIT_USER_CONFIRM = "WAIT_USER_CONFIRM"
    TRANSFERING = "TRANSFERING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    CANCELING = "CANCELING"
    CANCELLED = "CANCELLED"
    FINAL = frozenset({SUCCESS, FAIL, CANCELLED})


@dataclass(frozen=True)
class JsapiOrder:
    """A mini-program order. ``out_trade_no`` 6-32 of ``[0-9A-Za-z_-|*]``; description is cut to 127.

    Repeating the call must repeat every parameter: WeChat refuses a changed one.
    """

    out_trade_no: str
    description: str
    amount: int
    openid: str = field(repr=False)
    notify_url: str
    time_expire: datetime | None = None
    attach: str = ""
    profit_sharing: bool = False


@dataclass(frozen=True)
class Prepay:
    """A prepay id is valid for two hours; feed it to ``PayClient.invoke_parameters``."""

    prepay_id: str


@dataclass(frozen=True)
class Transaction:
    """A payment order as WeChat knows it, from a query or from a notification.

    While unpaid, transaction_id, bank_type and payer_openid are empty, success_time is None and the amounts
    may be 0. ``payer_total`` is what the payer really paid, after coupons of WeChat's own.
    """

    out_trade_no: str
    transaction_id: str
    trade_state: str
    trade_state_desc: str
    trade_type: str
    amount_total: int
    payer_total: int
    currency: str
    payer_openid: str = field(repr=False)
    success_time: datetime | None
    bank_type: str
    attach: str
    appid: str
    mchid: str


@dataclass(frozen=True)
class RefundRequest:
    """Give ``transaction_id`` or ``out_trade_no``. ``out_refund_no`` up to 64 of ``[0-9A-Za-z_-|*@]``.

    Reason is cut to 80 characters. Repeat with the same number and amounts only.
    """

    out_refund_no: str
    amount_refund: int
    amount_total: int
    reason: str = ""
    notify_url: str = ""
    transaction_id: str = ""
    out_trade_no: str = ""


@dataclass(frozen=True)
class AbnormalRefundRequest:
    """Finish an ABNORMAL refund to a card: kind USER_BANK_CARD (with card) or MERCHANT_BANK_CARD.

    ``bank_account`` and ``real_name`` are encrypted for WeChat before they leave.
    """

    refund_id: str
    out_refund_no: str
    kind: str
    bank_type: str = ""
    bank_account: str = field(default="", repr=False)
    real_name: str = field(default="", repr=False)


@dataclass(frozen=True)
class RefundResult:
    """A refund as WeChat knows it. From a notification, ``mchid`` is filled and some fields are empty."""

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    status: str
    amount_refund: int
    amount_total: int
    payer_refund: int
    payer_total: int
    channel: str
    user_received_account: str = field(repr=False)
    success_time: datetime | None
    create_time: datetime | None
    mchid: str


@dataclass(frozen=True)
class ReportInfo:
    """One line of a transfer scene's report; ``info_type`` must be WeChat's exact string for the scene."""

    info_type: str
    info_content: str


@dataclass(frozen=True)
class TransferRequest:
    """A transfer to a member (new flow of 2025). ``out_bill_no`` up to 32 letters and digits.

    ``user_name`` is encrypted for WeChat; it is obligatory from 2000 yuan and not allowed under 0.30 yuan.
    """

    out_bill_no: str
    scene_id: str
    openid: str = field(repr=False)
    amount: int
    remark: str
    report_infos: Sequence[ReportInfo]
    notify_url: str = ""
    user_name: str = field(default="", repr=False)
    user_recv_perception: str = ""


@dataclass(frozen=True)
class TransferResult:
    """A transfer bill. ``package_info`` only in WAIT_USER_CONFIRM; amount and openid only from queries."""

    out_bill_no: str
    transfer_bill_no: str
    state: str
    package_info: str = field(repr=False)
    fail_reason: str
    amount: int
    openid: str = field(repr=False)
    mchid: str
    create_time: datetime | None
    update_time: datetime | None


@dataclass(frozen=True)
class BillFile:
    """A downloaded bill: an uncompressed CSV whose SHA-1 matched what WeChat had announced."""

    path: Path
    day: date
    kind: str
    sha1: str
    size: int


@dataclass(frozen=True)
class EchoResult:
    """The answer of the security self test; ``encrypted`` opens with our own private key."""

    echo_message: str
    encrypted: str
