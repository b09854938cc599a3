"""Transfers: every state of WeChat's, every way to fail, and the money in one place at any time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound
from shop.core.ids import new_number
from shop.core.models import OutboxEvent
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.errors import TransferRefused, TransferStateRefused, TransferUnderWay
from shop.payments.models import PaymentIncident, Transfer
from shop.payments.services.transfer_calls import advance_transfer, apply_transfer_result
from shop.payments.services.transfers import cancel_transfer, create_transfer, retry_refused_transfer
from shop.wechat.pay.types import ReportInfo, TransferResult
from tests.payments.shopper import SYSTEM, Shopper, cash
from tests.payments.staff import staff
from tests.shopfloor.models import Payout
from tests.shopfloor.payable import PAYOUT

Shift = Callable[[float], None]
REPORT = [ReportInfo("岗位类型", "推广员"), ReportInfo("报酬说明", "佣金")]
TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"


def pay_out(shopper: Shopper, amount: int = 5000, **more: Any) -> Transfer:
    payout = Payout.objects.create(number=new_number())
    return create(shopper, payout, amount, **more)


def create(shopper: Shopper, payout: Payout, amount: int, **more: Any) -> Transfer:
    fields: dict[str, Any] = {
        "owner_kind": PAYOUT,
        "owner_number": payout.number,
        "member_id": shopper.member_id,
        "openid": shopper.openid,
        "amount": amount,
        "scene_id": "1005",
        "remark": "佣金提现",
        "report_infos": REPORT,
    }
    return create_transfer(**(fields | more))


def advance(transfer: Transfer) -> str:
    advance_transfer(transfer_id=transfer.pk)
    transfer.refresh_from_db()
    return transfer.state


def owner(transfer: Transfer) -> tuple[int, int, str]:
    """How often the owner was told that the money arrived, that it came back, and why."""
    payout = Payout.objects.get(number=transfer.owner_number)
    return payout.settled, payout.returned, payout.reason


def events(transfer: Transfer) -> list[str]:
    rows = OutboxEvent.objects.filter(aggregate=f"transfer:{transfer.number}").order_by("pk")
    return [name.removeprefix("payments.transfer_") for name in rows.values_list("name", flat=True)]


def test_a_transfer_is_confirmed_by_the_member(shopper: Shopper, shift_clock: Shift) -> None:
    transfer = pay_out(shopper)
    assert (transfer.state, cash()) == ("new", 0)

    assert jobs.advance_transfers() == 1
    transfer.refresh_from_db()
    assert transfer.state == "wait_user_confirm"
    assert transfer.package_info
    assert cash() == -5000

    shopper.sandbox.transfer(transfer.number, "confirm")
    shift_clock(61)
    assert jobs.advance_transfers() == 1
    shift_clock(61)
    jobs.advance_transfers()

    transfer.refresh_from_db()
    assert (transfer.state, transfer.package_info, transfer.due_at) == ("success", "", None)
    assert owner(transfer) == (1, 0, "")
    assert cash() == -5000
    assert events(transfer) == ["confirmable", "succeeded"]
    assert jobs.advance_transfers() == 0
    assert list(audit_payments()) == []


@pytest.mark.parametrize(("action", "final"), [("fail", "fail"), ("expire", "fail"), ("cancel", "cancelled")])
def test_what_did_not_go_comes_back_once(
    shopper: Shopper, shift_clock: Shift, action: str, final: str
) -> None:
    transfer = pay_out(shopper)
    advance(transfer)
    shopper.sandbox.transfer(transfer.number, action)

    for _turn in range(3):
        shift_clock(61)
        advance(transfer)

    assert transfer.state == final
    assert owner(transfer)[:2] == (0, 1)
    assert cash() == 0
    assert events(transfer) == ["confirmable", "returned"]
    payout = Payout.objects.get(number=transfer.owner_number)
    assert create(shopper, payout, 5000).number != transfer.number
    assert list(audit_payments()) == []


def test_nobody_confirms_for_a_day_and_the_money_returns(shopper: Shopper, shift_clock: Shift) -> None:
    transfer = pay_out(shopper)
    advance(transfer)

    shift_clock(24 * 3600 + 1)

    assert advance(transfer) in ("fail", "cancelled")
    assert owner(transfer)[:2] == (0, 1)
    assert cash() == 0


def test_a_transfer_under_way_is_not_joined_by_another(shopper: Shopper) -> None:
    transfer = pay_out(shopper)
    payout = Payout.objects.get(number=transfer.owner_number)

    assert create(shopper, payout, 5000) == transfer
    with pytest.raises(TransferUnderWay):
        create(shopper, payout, 5001)
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("objection", "changes"),
    [
        ("amount_too_small", {"amount": 9}),
        ("name_not_allowed", {"amount": 29, "user_name": "张三"}),
        ("name_required", {"amount": 200_000}),
        ("scene_report_wrong", {"report_infos": REPORT[:1]}),
    ],
)
def test_what_wechat_never_takes_is_refused_here(
    shopper: Shopper, objection: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(TransferRefused) as refused:
        pay_out(shopper, **changes)

    assert refused.value.extra == {"objection": objection}
    assert Transfer.objects.count() == 0


def test_a_large_transfer_carries_the_name_encrypted(shopper: Shopper) -> None:
    transfer = pay_out(shopper, amount=200_000, user_name="张三")

    assert advance(transfer) == "wait_user_confirm"


@pytest.mark.parametrize("kind", ["timeout_after_commit", "bad_signature_after_commit", "drop_after_commit"])
def test_a_lost_answer_is_found_by_asking_and_the_package_fetched(
    shopper: Shopper, shift_clock: Shift, quick_timeouts: None, kind: str
) -> None:
    transfer = pay_out(shopper)
    shopper.sandbox.fault(kind, path=TRANSFERS, method="POST")

    assert advance(transfer) == "sending"
    assert cash() == 0
    assert advance(transfer) == "wait_user_confirm"

    assert transfer.package_info
    assert cash() == -5000
    assert list(audit_payments()) == []


@pytest.mark.parametrize("kind", ["timeout_before_commit", "drop", "500", "429", "empty_body"])
def test_what_never_arrived_goes_out_again_with_the_same_number(
    shopper: Shopper, shift_clock: Shift, quick_timeouts: None, kind: str
) -> None:
    transfer = pay_out(shopper)
    shopper.sandbox.fault(kind, path=TRANSFERS, method="POST")
    advance(transfer)

    for _turn in range(3):
        shift_clock(61)
        advance(transfer)

    assert transfer.state == "wait_user_confirm"
    assert transfer.package_info
    assert cash() == -5000


def test_asking_too_early_proves_nothing(shopper: Shopper, shift_clock: Shift) -> None:
    transfer = pay_out(shopper)
    shopper.sandbox.fault("drop", path=TRANSFERS, method="POST")
    advance(transfer)

    assert advance(transfer) == "sending"
    shift_clock(61)
    assert advance(transfer) == "new"


def test_a_query_without_answer_is_asked_again(shopper: Shopper, shift_clock: Shift) -> None:
    transfer = pay_out(shopper)
    advance(transfer)
    shopper.sandbox.fault("500", path=TRANSFERS, method="GET")

    assert advance(transfer) == "wait_user_confirm"
    assert transfer.last_answer.startswith("unknown")


def test_an_empty_account_is_tried_again_later(shopper: Shopper, shift_clock: Shift) -> None:
    transfer = pay_out(shopper)
    shopper.sandbox.settings(not_enough=["transfer"])
    advance(transfer)
    assert transfer.refusal == "NOT_ENOUGH"
    shift_clock(61)
    assert advance(transfer) == "new"
    assert jobs.advance_transfers() == 0

    shopper.sandbox.settings(not_enough=[])
    shift_clock(601)
    assert jobs.advance_transfers() == 1
    transfer.refresh_from_db()
    assert transfer.state == "wait_user_confirm"


def test_a_refused_transfer_is_left_to_staff(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.manage_transfer")
    transfer = pay_out(shopper)
    shopper.sandbox.settings(transfer_scenes=["1000"])
    advance(transfer)
    shift_clock(61)
    assert advance(transfer) == "refused"
    assert events(transfer) == ["needs_staff"]
    assert (owner(transfer), cash()) == ((0, 0, ""), 0)
    assert advance(transfer) == "refused"

    shopper.sandbox.settings(transfer_scenes=["1005"])
    retry_refused_transfer(actor=clerk, number=transfer.number, reason="granted")
    assert advance(transfer) == "wait_user_confirm"
    with pytest.raises(TransferStateRefused):
        retry_refused_transfer(actor=clerk, number=transfer.number)


def test_a_refused_transfer_is_given_up_only_after_asking(shopper: Shopper, shift_clock: Shift) -> None:
    transfer = pay_out(shopper)
    shopper.sandbox.settings(transfer_scenes=["1000"])
    advance(transfer)
    shift_clock(61)
    advance(transfer)

    cancel_transfer(actor=SYSTEM, number=transfer.number)
    transfer.refresh_from_db()
    assert (transfer.state, owner(transfer)) == ("sending", (0, 0, ""))

    assert advance(transfer) == "cancelled"
    assert owner(transfer) == (0, 1, "cancelled")
    assert cash() == 0


def test_a_transfer_that_never_went_out_is_cancelled_at_once(shopper: Shopper) -> None:
    transfer = pay_out(shopper)

    cancel_transfer(actor=shopper.actor, number=transfer.number)

    transfer.refresh_from_db()
    assert (transfer.state, owner(transfer)) == ("cancelled", (0, 1, "cancelled"))
    with pytest.raises(TransferStateRefused):
        cancel_transfer(actor=shopper.actor, number=transfer.number)
    assert advance(transfer) == "cancelled"
    assert owner(transfer) == (0, 1, "cancelled")


def test_the_member_takes_an_unconfirmed_transfer_back(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.manage_transfer")
    transfer = pay_out(shopper)
    advance(transfer)
    with pytest.raises(Forbidden):
        cancel_transfer(actor=Actor.member(8), number=transfer.number)
    with pytest.raises(NotFound):
        cancel_transfer(actor=shopper.actor, number="NONE")

    cancel_transfer(actor=clerk, number=transfer.number, reason="asked")
    assert owner(transfer) == (0, 0, "")
    shopper.sandbox.fault("500", path=TRANSFERS, method="POST")
    assert advance(transfer) == "wait_user_confirm"
    assert advance(transfer) == "canceling"
    shift_clock(31)
    assert advance(transfer) == "cancelled"

    assert owner(transfer)[:2] == (0, 1)
    assert cash() == 0
    assert list(audit_payments()) == []


def test_what_is_on_its_way_cannot_be_taken_back(shopper: Shopper) -> None:
    transfer = pay_out(shopper)
    advance(transfer)
    Transfer.objects.update(cancel_requested=True)
    apply_transfer_result(result=result(transfer, state="TRANSFERING"), source="callback")
    transfer.refresh_from_db()
    assert (transfer.state, transfer.cancel_requested) == ("transfering", False)

    with pytest.raises(TransferStateRefused):
        cancel_transfer(actor=SYSTEM, number=transfer.number)


def test_every_state_in_any_order_ends_once(shopper: Shopper) -> None:
    transfer = pay_out(shopper)
    states = ["ACCEPTED", "PROCESSING", "ACCEPTED", "WAIT_USER_CONFIRM", "SOMETHING_NEW", "TRANSFERING"]
    for state in [*states, "CANCELING", "CANCELLED", "SUCCESS", "FAIL", "PROCESSING"]:
        apply_transfer_result(result=result(transfer, state=state), source="callback")

    transfer.refresh_from_db()
    assert transfer.state == "cancelled"
    assert owner(transfer)[:2] == (0, 1)
    assert cash() == 0
    assert list(audit_payments()) == []


def test_success_without_anything_before_it_is_booked(shopper: Shopper) -> None:
    transfer = pay_out(shopper)

    apply_transfer_result(result=result(transfer, state="SUCCESS"), source="callback")

    transfer.refresh_from_db()
    assert (transfer.state, transfer.debited, owner(transfer)) == ("success", True, (1, 0, ""))
    assert cash() == -5000


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("transfer_amount", {"amount": 1}),
        ("merchant", {"mchid": "1999999999"}),
        ("unknown_number", {"out_bill_no": "ELSEWHERE"}),
    ],
)
def test_what_does_not_fit_is_an_incident(shopper: Shopper, kind: str, changes: dict[str, Any]) -> None:
    transfer = pay_out(shopper)

    apply_transfer_result(result=replace(result(transfer, state="SUCCESS"), **changes), source="callback")

    transfer.refresh_from_db()
    assert (transfer.state, owner(transfer), cash()) == ("new", (0, 0, ""), 0)
    assert PaymentIncident.objects.get().kind == kind


def result(transfer: Transfer, *, state: str) -> TransferResult:
    return TransferResult(
        out_bill_no=transfer.number,
        transfer_bill_no="1330000",
        state=state,
        package_info="package" if state == "WAIT_USER_CONFIRM" else "",
        fail_reason="",
        amount=transfer.amount,
        openid=transfer.openid,
        mchid=transfer.mchid,
        create_time=None,
        update_time=None,
    )
