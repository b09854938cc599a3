"""What an answer of WeChat means, and which state may follow which. No database, no clock, no network."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from shop.wechat.outcomes import Outcome, Refused, Success, Unknown
from shop.wechat.pay.types import RefundResult, RefundStatus, TradeState, Transaction

PREPAY_WINDOW = timedelta(seconds=15)
"""How long a prepay request of ours may still be on its way; ORDER_NOT_EXIST proves nothing before."""

PREPAY_LIFETIME = timedelta(minutes=115)
"""A prepay id lives two hours at WeChat; a little earlier we fetch a fresh one with identical parameters."""

MINIMUM_LIFETIME = timedelta(seconds=65)
"""WeChat wants time_expire at least a minute ahead; the rest is for the way there."""

DEFAULT_LIFETIME = timedelta(hours=2)
"""For payables that never expire."""

REFUND_SPACING = timedelta(seconds=61)
"""WeChat wants a minute between two refunds of one payment."""

SEND_WINDOW = timedelta(seconds=60)
"""How long a refund or transfer of ours may still be on its way, or not be visible yet to a query."""

SHORT_OF_FUNDS_PAUSE = timedelta(minutes=10)

_POLL_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 180, 300, 600, 1800))


def pause_after(looks: int) -> timedelta:
    """Return the time until the next look: 30 s, then 1, 3, 5, 10 and for ever 30 minutes."""
    return _POLL_PAUSES[min(looks, len(_POLL_PAUSES) - 1)]


# --- which state may follow which ---

_ATTEMPT_MOVES: Mapping[str, frozenset[str]] = {
    "sending": frozenset({"open", "paid", "closed", "not_exist", "refused", "abandoned", "disputed"}),
    "open": frozenset({"open", "paid", "closed", "not_exist", "abandoned", "disputed"}),
    "abandoned": frozenset({"abandoned", "paid", "closed", "not_exist", "disputed"}),
    # WeChat's word is final: what we believed dead may turn out to be paid. A prepay answer that comes after
    # we gave the number up makes it a number to be closed.
    "closed": frozenset({"paid", "disputed", "abandoned"}),
    "not_exist": frozenset({"paid", "disputed", "abandoned"}),
    "refused": frozenset({"paid", "disputed", "abandoned"}),
    "disputed": frozenset({"paid"}),
    "paid": frozenset(),
}
_REFUND_MOVES: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"sending", "processing", "succeeded", "abnormal", "closed"}),
    "sending": frozenset({"pending", "processing", "succeeded", "abnormal", "closed", "failed"}),
    "processing": frozenset({"processing", "succeeded", "abnormal", "closed"}),
    "abnormal": frozenset({"abnormal", "processing", "succeeded", "closed"}),
    "closed": frozenset({"succeeded", "replaced", "abandoned"}),
    "failed": frozenset({"pending", "processing", "succeeded", "abnormal", "closed", "abandoned"}),
    "succeeded": frozenset(),
    "replaced": frozenset(),
    "abandoned": frozenset(),
}
_UNDER_WAY = frozenset({"accepted", "processing", "wait_user_confirm", "transfering", "canceling"})
_ENDED = frozenset({"success", "fail", "cancelled"})
ATTEMPT_LIVE = frozenset({"sending", "open"})
"""The member may still pay with it, and its payable may not be released."""

ATTEMPT_WATCHED = ATTEMPT_LIVE | {"abandoned"}
"""WeChat is asked about it until it says CLOSED."""

REFUND_DEAD = frozenset({"replaced", "abandoned"})
"""No longer counted as promised."""

TRANSFER_UNDER_WAY = _UNDER_WAY
TRANSFER_ENDED = _ENDED


def may_attempt_move(old: str, new: str) -> bool:
    """Whether an attempt in state ``old`` may become ``new``."""
    return new in _ATTEMPT_MOVES[old]


def may_refund_move(old: str, new: str) -> bool:
    """Whether a refund in state ``old`` may become ``new``."""
    return new in _REFUND_MOVES[old]


# --- what the answer to a prepay, query or close means ---


class PrepayMeaning(Enum):
    """What to do after asking for a prepay id."""

    READY = auto()
    REFUSED = auto()
    ASK = auto()
    BUSY = auto()


class OrderMeaning(Enum):
    """What to do after asking about a payment order."""

    PAID = auto()
    REFUNDED = auto()
    CLOSED = auto()
    MISSING = auto()
    CLOSE = auto()
    WAIT = auto()
    UNREACHABLE = auto()


class CloseMeaning(Enum):
    """What to do after closing a payment order."""

    CLOSED = auto()
    ASK = auto()
    UNREACHABLE = auto()


_NUMBER_IS_KNOWN = frozenset({"ORDER_PAID", "ORDER_CLOSED", "OUT_TRADE_NO_USED"})


def read_prepay(outcome: Outcome[Any], *, repeated: bool) -> PrepayMeaning:
    """Say what a prepay answer means.

    A refusal is final on the first send. A refusal of a repeat, or one that shows that WeChat knows the
    number, says nothing about the number's fate: it must be asked for.
    """
    if isinstance(outcome, Success):
        return PrepayMeaning.READY
    if isinstance(outcome, Unknown):
        return PrepayMeaning.BUSY
    if repeated or outcome.code in _NUMBER_IS_KNOWN:
        return PrepayMeaning.ASK
    return PrepayMeaning.REFUSED


def read_order(outcome: Outcome[Transaction], *, closing: bool, window_over: bool) -> OrderMeaning:
    """Say what the answer to a query means; ``window_over``: no prepay of ours can still be on its way."""
    if isinstance(outcome, Unknown):
        return OrderMeaning.UNREACHABLE
    if isinstance(outcome, Refused):
        if outcome.code != "ORDER_NOT_EXIST":
            return OrderMeaning.UNREACHABLE
        return OrderMeaning.MISSING if window_over else OrderMeaning.WAIT
    state = outcome.value.trade_state
    if state == TradeState.SUCCESS:
        return OrderMeaning.PAID
    if state == TradeState.REFUND:
        return OrderMeaning.REFUNDED
    if state in (TradeState.CLOSED, TradeState.REVOKED):
        return OrderMeaning.CLOSED
    return OrderMeaning.CLOSE if closing else OrderMeaning.WAIT


def read_close(outcome: Outcome[None]) -> CloseMeaning:
    """Say what the answer to a close means. ORDER_PAID, and a number that is gone, are asked for again."""
    if isinstance(outcome, Success):
        return CloseMeaning.CLOSED
    if isinstance(outcome, Refused) and outcome.code == "ORDER_CLOSED":
        return CloseMeaning.CLOSED
    if isinstance(outcome, Refused) and outcome.code in ("ORDER_PAID", "ORDER_NOT_EXIST"):
        return CloseMeaning.ASK
    return CloseMeaning.UNREACHABLE


def hold_is_over(*, now: datetime, time_expire: datetime, hold_seconds: int) -> bool:
    """Whether an attempt that WeChat cannot tell us about may be given up."""
    return now >= time_expire + timedelta(seconds=hold_seconds)


def time_to_expire(*, now: datetime, expires_at: datetime | None) -> datetime:
    """Return the time_expire to send: the payable's own, but never sooner than WeChat accepts."""
    if expires_at is None:
        return now + DEFAULT_LIFETIME
    return max(expires_at, now + MINIMUM_LIFETIME)


# --- does the money fit ---


def mismatches(
    transaction: Transaction, *, appid: str, mchid: str, amount: int, currency: str
) -> list[tuple[str, str, str]]:
    """Return (incident kind, expected, received) for everything WeChat says that our snapshot contradicts."""
    found = []
    if (transaction.mchid, transaction.appid) != (mchid, appid):
        found.append(("merchant", f"{mchid} {appid}", f"{transaction.mchid} {transaction.appid}"))
    if transaction.amount_total != amount:
        found.append(("amount", str(amount), str(transaction.amount_total)))
    if transaction.currency != currency:
        found.append(("currency", currency, transaction.currency))
    return found


# --- what the answer about a refund means ---


class RefundMeaning(Enum):
    """What to do after sending a refund or asking about it."""

    PROCESSING = auto()
    SUCCEEDED = auto()
    ABNORMAL = auto()
    CLOSED = auto()
    SHORT_OF_FUNDS = auto()
    ASK = auto()
    RESEND = auto()
    FAILED = auto()


_REFUND_BY_STATUS = {
    RefundStatus.PROCESSING: RefundMeaning.PROCESSING,
    RefundStatus.SUCCESS: RefundMeaning.SUCCEEDED,
    RefundStatus.ABNORMAL: RefundMeaning.ABNORMAL,
    RefundStatus.CLOSED: RefundMeaning.CLOSED,
}


def read_refund_status(status: str) -> RefundMeaning:
    """Say what WeChat's status of a refund means; a status we do not know is asked for again."""
    return _REFUND_BY_STATUS.get(status, RefundMeaning.ASK)


def read_refund_sent(outcome: Outcome[RefundResult]) -> RefundMeaning:
    """Say what the answer to a refund request means.

    Even a refusal is followed by a query: an answer of a proxy, or of a repeat, proves nothing.
    """
    if isinstance(outcome, Success):
        return read_refund_status(outcome.value.status)
    if isinstance(outcome, Refused) and outcome.code == "NOT_ENOUGH":
        return RefundMeaning.SHORT_OF_FUNDS
    return RefundMeaning.ASK


def read_refund_query(outcome: Outcome[RefundResult], *, window_over: bool, refused: bool) -> RefundMeaning:
    """Say what the answer to a refund query means.

    ``refused``: the last send was refused. A refund that WeChat does not know, long enough after it was sent,
    is sent again with the same number, or has failed if WeChat had refused it.
    """
    if isinstance(outcome, Success):
        return read_refund_status(outcome.value.status)
    if isinstance(outcome, Refused) and outcome.code == "RESOURCE_NOT_EXISTS" and window_over:
        return RefundMeaning.FAILED if refused else RefundMeaning.RESEND
    return RefundMeaning.ASK


# --- transfers ---

_TRANSFER_STATES = {
    "ACCEPTED": "accepted",
    "PROCESSING": "processing",
    "WAIT_USER_CONFIRM": "wait_user_confirm",
    "TRANSFERING": "transfering",
    "SUCCESS": "success",
    "FAIL": "fail",
    "CANCELING": "canceling",
    "CANCELLED": "cancelled",
}

TRANSFER_MINIMUM = 10
NAME_FORBIDDEN_BELOW = 30
NAME_REQUIRED_FROM = 200_000

SCENE_REPORTS: Mapping[str, tuple[str, ...]] = {
    "1000": ("活动名称", "奖励说明"),
    "1005": ("岗位类型", "报酬说明"),
    "1011": ("赔付原因",),
}
"""The report lines WeChat demands word for word, for the scenes a shop uses."""


TRANSFER_WORTH_REPEATING = frozenset(
    {"", "NOT_ENOUGH", "FREQUENCY_LIMITED", "SYSTEM_ERROR", "BANK_ERROR", "ERROR"}
)
"""Codes after which a transfer that WeChat does not know goes out again by itself; "" is no answer at all."""


def pause_before_repeat(code: str) -> timedelta:
    """Return how long to wait before a transfer goes out again with the same number."""
    return SHORT_OF_FUNDS_PAUSE if code == "NOT_ENOUGH" else timedelta(0)


def transfer_state(wechat_state: str) -> str | None:
    """Return our name of WeChat's transfer state, or None for one we do not know (ask again)."""
    return _TRANSFER_STATES.get(wechat_state)


def transfer_objection(
    *, amount: int, has_name: bool, scene_id: str, info_types: tuple[str, ...]
) -> str | None:
    """Return why WeChat would not accept such a transfer (a stable code), or None."""
    if amount < TRANSFER_MINIMUM:
        return "amount_too_small"
    if has_name and amount < NAME_FORBIDDEN_BELOW:
        return "name_not_allowed"
    if not has_name and amount >= NAME_REQUIRED_FROM:
        return "name_required"
    if scene_id in SCENE_REPORTS and set(SCENE_REPORTS[scene_id]) != set(info_types):
        return "scene_report_wrong"
    return None
