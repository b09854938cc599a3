"""The decisions, without a database: what each answer means and when to look again."""

from datetime import UTC, datetime, timedelta

import pytest

from shop.payments import rules
from shop.payments.models import PaymentAttempt, Refund
from shop.payments.rules import CloseMeaning, OrderMeaning, PrepayMeaning, RefundMeaning
from shop.wechat.outcomes import Refused, Success, Unknown, UnknownReason
from shop.wechat.pay.types import RefundResult, Transaction

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNKNOWN = Unknown(UnknownReason.TIMEOUT)


def order(state: str) -> Success[Transaction]:
    return Success(Transaction("N", "T", state, "", "JSAPI", 1, 1, "CNY", "o", None, "", "", "wx1", "160"))


def refund(status: str) -> Success[RefundResult]:
    return Success(RefundResult("N", "R", "", "", status, 1, 1, 1, 1, "", "", None, None, ""))


def refused(code: str) -> Refused:
    return Refused(code, "")


def test_the_pauses_between_looks() -> None:
    seconds = [rules.pause_after(looks).total_seconds() for looks in range(8)]

    assert seconds == [30, 60, 180, 300, 600, 1800, 1800, 1800]


@pytest.mark.parametrize(
    ("outcome", "repeated", "meaning"),
    [
        (Success("p"), False, PrepayMeaning.READY),
        (UNKNOWN, False, PrepayMeaning.BUSY),
        (UNKNOWN, True, PrepayMeaning.BUSY),
        (refused("PARAM_ERROR"), False, PrepayMeaning.REFUSED),
        (refused("PARAM_ERROR"), True, PrepayMeaning.ASK),
        (refused("ORDER_PAID"), False, PrepayMeaning.ASK),
        (refused("OUT_TRADE_NO_USED"), False, PrepayMeaning.ASK),
        (refused("ORDER_CLOSED"), False, PrepayMeaning.ASK),
    ],
)
def test_what_a_prepay_answer_means(outcome: object, repeated: bool, meaning: PrepayMeaning) -> None:
    assert rules.read_prepay(outcome, repeated=repeated) == meaning  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "closing", "window_over", "meaning"),
    [
        (UNKNOWN, False, True, OrderMeaning.UNREACHABLE),
        (refused("NO_AUTH"), True, True, OrderMeaning.UNREACHABLE),
        (refused("ORDER_NOT_EXIST"), True, False, OrderMeaning.WAIT),
        (refused("ORDER_NOT_EXIST"), False, True, OrderMeaning.MISSING),
        (order("SUCCESS"), True, True, OrderMeaning.PAID),
        (order("REFUND"), False, True, OrderMeaning.REFUNDED),
        (order("CLOSED"), False, True, OrderMeaning.CLOSED),
        (order("REVOKED"), False, True, OrderMeaning.CLOSED),
        (order("NOTPAY"), True, True, OrderMeaning.CLOSE),
        (order("NOTPAY"), False, True, OrderMeaning.WAIT),
        (order("SOMETHING_NEW"), False, True, OrderMeaning.WAIT),
    ],
)
def test_what_a_query_means(outcome: object, closing: bool, window_over: bool, meaning: OrderMeaning) -> None:
    read = rules.read_order(outcome, closing=closing, window_over=window_over)  # type: ignore[arg-type]

    assert read == meaning


@pytest.mark.parametrize(
    ("outcome", "meaning"),
    [
        (Success(None), CloseMeaning.CLOSED),
        (refused("ORDER_CLOSED"), CloseMeaning.CLOSED),
        (refused("ORDER_PAID"), CloseMeaning.ASK),
        (refused("ORDER_NOT_EXIST"), CloseMeaning.ASK),
        (refused("NO_AUTH"), CloseMeaning.UNREACHABLE),
        (UNKNOWN, CloseMeaning.UNREACHABLE),
    ],
)
def test_what_a_close_means(outcome: object, meaning: CloseMeaning) -> None:
    assert rules.read_close(outcome) == meaning  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "meaning"),
    [
        (refund("PROCESSING"), RefundMeaning.PROCESSING),
        (refund("SUCCESS"), RefundMeaning.SUCCEEDED),
        (refund("ABNORMAL"), RefundMeaning.ABNORMAL),
        (refund("CLOSED"), RefundMeaning.CLOSED),
        (refund("SOMETHING_NEW"), RefundMeaning.ASK),
        (refused("NOT_ENOUGH"), RefundMeaning.SHORT_OF_FUNDS),
        (refused("PARAM_ERROR"), RefundMeaning.ASK),
        (UNKNOWN, RefundMeaning.ASK),
    ],
)
def test_what_a_sent_refund_means(outcome: object, meaning: RefundMeaning) -> None:
    assert rules.read_refund_sent(outcome) == meaning  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "window_over", "was_refused", "meaning"),
    [
        (refund("SUCCESS"), False, False, RefundMeaning.SUCCEEDED),
        (refused("RESOURCE_NOT_EXISTS"), False, True, RefundMeaning.ASK),
        (refused("RESOURCE_NOT_EXISTS"), True, False, RefundMeaning.RESEND),
        (refused("RESOURCE_NOT_EXISTS"), True, True, RefundMeaning.FAILED),
        (refused("NO_AUTH"), True, True, RefundMeaning.ASK),
        (UNKNOWN, True, True, RefundMeaning.ASK),
    ],
)
def test_what_a_refund_query_means(
    outcome: object, window_over: bool, was_refused: bool, meaning: RefundMeaning
) -> None:
    read = rules.read_refund_query(outcome, window_over=window_over, refused=was_refused)  # type: ignore[arg-type]

    assert read == meaning


def test_the_hold_ends_exactly_after_its_seconds() -> None:
    expire = NOON
    for seconds, over in [(21_599, False), (21_600, True)]:
        now = expire + timedelta(seconds=seconds)
        assert rules.hold_is_over(now=now, time_expire=expire, hold_seconds=21_600) is over


@pytest.mark.parametrize(
    ("expires_in", "sent"),
    [(None, 7200), (3600, 3600), (65, 65), (64, 65), (0, 65)],
)
def test_the_time_to_expire_is_the_payables_but_long_enough(expires_in: int | None, sent: int) -> None:
    expires_at = None if expires_in is None else NOON + timedelta(seconds=expires_in)

    assert rules.time_to_expire(now=NOON, expires_at=expires_at) == NOON + timedelta(seconds=sent)


def test_every_state_has_its_moves_and_only_known_states_follow() -> None:
    for state in PaymentAttempt.State.values:
        followers = {new for new in PaymentAttempt.State.values if rules.may_attempt_move(state, new)}
        assert (followers == set()) == (state == "paid")
    for state in Refund.State.values:
        followers = {new for new in Refund.State.values if rules.may_refund_move(state, new)}
        assert (followers == set()) == (state in ("succeeded", "replaced", "abandoned"))


def test_the_scenes_a_shop_uses() -> None:
    right = {"amount": 5000, "has_name": False, "scene_id": "1005", "info_types": ("报酬说明", "岗位类型")}

    assert rules.transfer_objection(**right) is None  # type: ignore[arg-type]
    assert rules.transfer_objection(**(right | {"scene_id": "1009"})) is None  # type: ignore[arg-type]
    wrong = right | {"info_types": ("岗位类型",)}
    assert rules.transfer_objection(**wrong) == "scene_report_wrong"  # type: ignore[arg-type]
    assert rules.transfer_state("TRANSFERING") == "transfering"
    assert rules.transfer_state("TRANSFERRING") is None
    assert rules.pause_before_repeat("NOT_ENOUGH") == timedelta(minutes=10)
    assert rules.pause_before_repeat("SYSTEM_ERROR") == timedelta(0)
