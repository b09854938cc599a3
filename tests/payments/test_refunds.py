"""Refunds: written first, sent with one number, settled once, and what people may do with them."""

import json
from collections.abc import Callable

import pytest

from shop.core import approvals, runtime
from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound, WechatBusy
from shop.core.models import OutboxEvent
from shop.core.models.audit import AuditEntry
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.errors import (
    PaymentNotPaid,
    RefundExceedsPayment,
    RefundReferenceReused,
    RefundStateRefused,
)
from shop.payments.models import Payment, Refund
from shop.payments.services.refund_calls import advance_refund, apply_abnormal_refund
from shop.payments.services.refunds import (
    abandon_refund,
    request_refund,
    retry_closed_refund,
    retry_failed_refund,
)
from tests.payments.shopper import SYSTEM, Shopper, cash, facts
from tests.payments.staff import staff

Shift = Callable[[float], None]


def ask(payment: Payment, amount: int, reference: str = "r1", actor: Actor = SYSTEM) -> Refund:
    ticket = request_refund(
        actor=actor, payment_number=payment.number, amount=amount, reason="broken", reference=reference
    )
    assert ticket.refund is not None
    return ticket.refund


def drain(shift: Shift, turns: int = 12) -> None:
    """Let the jobs work until every refund has an end; a minute or more between the turns."""
    for _turn in range(turns):
        jobs.advance_refunds()
        if not Refund.objects.filter(due_at__isnull=False).exists():
            return
        shift(601)
    raise AssertionError(list(Refund.objects.values_list("state", "last_answer")))


def state(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.state


def sent_numbers(shopper: Shopper) -> list[str]:
    """The out_refund_no of every refund request that the sandbox received."""
    return [
        json.loads(line["body"])["out_refund_no"]
        for line in shopper.sandbox.log()
        if line["method"] == "POST" and line["path"] == "/v3/refund/domestic/refunds"
    ]


def test_a_refund_goes_out_and_is_settled_once(shopper: Shopper, shift_clock: Shift) -> None:
    payment = shopper.paid()

    refund = ask(payment, 400)
    assert facts(payment) == ("paid", "kept", 1000, 400, 0)
    assert jobs.advance_refunds() == 1
    assert state(refund) == "processing"
    assert refund.refund_id

    shift_clock(31)
    assert jobs.advance_refunds() == 1
    assert state(refund) == "succeeded"
    assert facts(payment) == ("paid", "kept", 1000, 400, 400)
    assert cash() == 600
    advance_refund(refund_id=refund.pk)
    assert cash() == 600
    names = OutboxEvent.objects.filter(aggregate=f"payment:{payment.number}").values_list("name", flat=True)
    assert list(names.order_by("pk")) == [
        "payments.payment_succeeded",
        "payments.refund_requested",
        "payments.refund_succeeded",
    ]
    assert list(audit_payments()) == []


def test_the_same_reference_is_the_same_refund(shopper: Shopper) -> None:
    payment = shopper.paid()

    first = ask(payment, 400)
    assert ask(payment, 400) == first
    with pytest.raises(RefundReferenceReused):
        ask(payment, 401)

    assert Refund.objects.count() == 1
    assert facts(payment) == ("paid", "kept", 1000, 400, 0)


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_more_than_was_captured_is_refused(shopper: Shopper, amount: int) -> None:
    payment = shopper.paid()

    with pytest.raises(RefundExceedsPayment) as refused:
        ask(payment, amount)

    assert refused.value.extra == {"refundable": 1000}
    assert facts(payment) == ("paid", "kept", 1000, 0, 0)


def test_only_received_money_goes_back(shopper: Shopper) -> None:
    bill = shopper.bill()
    started = shopper.start(bill)

    with pytest.raises(PaymentNotPaid):
        ask(Payment.objects.get(number=started.number), 1)
    with pytest.raises(NotFound):
        request_refund(actor=SYSTEM, payment_number="NONE", amount=1, reason="", reference="x")


def test_two_refunds_of_one_payment_keep_a_minute_apart(shopper: Shopper, shift_clock: Shift) -> None:
    payment = shopper.paid()
    first, second = ask(payment, 300, "a"), ask(payment, 300, "b")

    assert jobs.advance_refunds() == 2
    assert (state(first), state(second)) == ("processing", "pending")
    shift_clock(40)
    jobs.advance_refunds()
    assert (state(first), state(second)) == ("succeeded", "pending")
    shift_clock(22)
    jobs.advance_refunds()
    assert state(second) == "processing"
    drain(shift_clock)

    assert facts(payment) == ("paid", "kept", 1000, 600, 600)
    mine = [number for number in sent_numbers(shopper) if number in (first.number, second.number)]
    assert mine == [first.number, second.number]


def test_an_empty_account_is_tried_again_with_the_same_number(shopper: Shopper, shift_clock: Shift) -> None:
    payment = shopper.paid()
    refund = ask(payment, 1000)
    shopper.sandbox.settings(not_enough=["refund"])

    jobs.advance_refunds()
    assert (state(refund), refund.last_answer) == ("pending", "refused NOT_ENOUGH")
    shift_clock(601)
    jobs.advance_refunds()
    assert state(refund) == "pending"
    short = OutboxEvent.objects.filter(name="payments.refund_short_of_funds")
    assert short.count() == 1

    shopper.sandbox.settings(not_enough=[])
    shift_clock(601)
    drain(shift_clock)
    assert state(refund) == "succeeded"
    mine = [number for number in sent_numbers(shopper) if number == refund.number]
    assert len(mine) == 3
    assert facts(payment) == ("paid", "kept", 1000, 1000, 1000)


def test_a_closed_refund_goes_out_under_a_new_number(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.retry_refund")
    payment = shopper.paid()
    refund = ask(payment, 1000)
    shopper.sandbox.refund(refund.number, "CLOSED")
    drain(shift_clock)
    assert state(refund) == "closed"
    assert facts(payment) == ("paid", "kept", 1000, 1000, 0)
    with pytest.raises(RefundExceedsPayment):
        ask(payment, 1, "more")

    successor = retry_closed_refund(actor=clerk, number=refund.number, reason="asked again")
    with pytest.raises(RefundStateRefused):
        retry_closed_refund(actor=clerk, number=refund.number)
    assert ask(payment, 1000) == successor
    drain(shift_clock)

    assert state(refund) == "replaced"
    assert state(successor) == "succeeded"
    assert successor.predecessor == refund
    assert facts(payment) == ("paid", "kept", 1000, 1000, 1000)
    assert AuditEntry.objects.filter(action="payments.retry_refund").count() == 1
    assert list(audit_payments()) == []


def test_a_closed_refund_may_be_given_up_and_asked_for_anew(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.retry_refund")
    payment = shopper.paid()
    refund = ask(payment, 1000)
    shopper.sandbox.refund(refund.number, "CLOSED")
    drain(shift_clock)

    abandon_refund(actor=clerk, number=refund.number, reason="paid in cash")

    assert facts(payment) == ("paid", "kept", 1000, 0, 0)
    assert state(refund) == "abandoned"
    assert ask(payment, 1000) == refund  # the same request again moves no money
    assert ask(payment, 1000, "anew").state == "pending"
    assert list(audit_payments()) == []


def test_an_abnormal_refund_is_sent_to_a_card(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.redirect_refund")
    payment = shopper.paid()
    refund = ask(payment, 1000)
    shopper.sandbox.refund(refund.number, "ABNORMAL")
    drain(shift_clock)
    assert state(refund) == "abnormal"
    assert OutboxEvent.objects.filter(name="payments.refund_abnormal").count() == 1

    apply_abnormal_refund(
        actor=clerk,
        number=refund.number,
        kind="USER_BANK_CARD",
        bank_type="ICBC_DEBIT",
        bank_account="6222020000000000",
        real_name="张三",
    )
    drain(shift_clock)

    assert state(refund) == "succeeded"
    assert facts(payment) == ("paid", "kept", 1000, 1000, 1000)
    entry = AuditEntry.objects.get(action="payments.redirect_refund")
    assert "6222" not in str(entry.after)
    with pytest.raises(RefundStateRefused):
        apply_abnormal_refund(actor=clerk, number=refund.number, kind="MERCHANT_BANK_CARD")


def test_a_redirect_that_wechat_does_not_answer_is_found_by_asking(
    shopper: Shopper, shift_clock: Shift
) -> None:
    payment = shopper.paid()
    refund = ask(payment, 1000)
    shopper.sandbox.refund(refund.number, "ABNORMAL")
    drain(shift_clock)
    path = "/v3/refund/domestic/refunds/"
    shopper.sandbox.fault("500", path=path, method="POST")

    with pytest.raises(WechatBusy):
        apply_abnormal_refund(actor=SYSTEM, number=refund.number, kind="MERCHANT_BANK_CARD")
    drain(shift_clock)
    assert state(refund) == "abnormal"  # it never arrived: staff may press again
    assert OutboxEvent.objects.filter(name="payments.refund_abnormal").count() == 1

    shopper.sandbox.fault("unsigned_4xx", path=path, method="POST")
    with pytest.raises(RefundStateRefused) as refused:
        apply_abnormal_refund(actor=SYSTEM, number=refund.number, kind="MERCHANT_BANK_CARD")
    assert refused.value.extra["state"] == "abnormal"
    assert refused.value.extra["wechat_code"]


def test_a_refused_refund_is_left_to_staff_who_may_repeat_it(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.retry_refund")
    payment = shopper.paid()
    refund = ask(payment, 1000)
    shopper.sandbox.fault("unsigned_4xx", path="/v3/refund", method="POST")

    drain(shift_clock)
    assert state(refund) == "failed"
    assert refund.refusal
    with pytest.raises(RefundStateRefused):
        retry_closed_refund(actor=clerk, number=refund.number)

    retry_failed_refund(actor=clerk, number=refund.number)
    drain(shift_clock)
    assert state(refund) == "succeeded"
    assert [n for n in sent_numbers(shopper) if n == refund.number] == [refund.number] * 2
    with pytest.raises(RefundStateRefused):
        retry_failed_refund(actor=clerk, number=refund.number)


def test_who_may_not_may_not(shopper: Shopper) -> None:
    payment = shopper.paid()
    nobody = staff("nobody")

    for actor in (nobody, Actor.member(7)):
        with pytest.raises(Forbidden):
            ask(payment, 1, actor=actor)
        with pytest.raises(Forbidden):
            retry_closed_refund(actor=actor, number="X")
        with pytest.raises(Forbidden):
            retry_failed_refund(actor=actor, number="X")
        with pytest.raises(Forbidden):
            abandon_refund(actor=actor, number="X", reason="")
        with pytest.raises(Forbidden):
            apply_abnormal_refund(actor=actor, number="X", kind="MERCHANT_BANK_CARD")
    assert Refund.objects.count() == 0


def test_a_large_refund_of_staff_waits_for_a_second_person(shopper: Shopper) -> None:
    runtime.set_value(actor=SYSTEM, name="refund_approval_amount", value=500)
    first = staff("first", "payments.refund_payment")
    second = staff("second", "payments.approve_refund")
    payment = shopper.paid()

    assert ask(payment, 499, "small", actor=first).state == "pending"
    ticket = request_refund(
        actor=first, payment_number=payment.number, amount=501, reason="broken", reference="large"
    )
    assert ticket.refund is None
    assert ticket.approval is not None
    assert facts(payment) == ("paid", "kept", 1000, 499, 0)
    with pytest.raises(RefundExceedsPayment):
        request_refund(
            actor=first, payment_number=payment.number, amount=502, reason="broken", reference="larger"
        )

    approvals.approve(actor=second, approval_id=ticket.approval.pk)

    assert facts(payment) == ("paid", "kept", 1000, 1000, 0)
    refund = Refund.objects.get(reference="large")
    assert (refund.amount, refund.requested_by, refund.reason) == (501, first.key, "broken")
    again = request_refund(
        actor=first, payment_number=payment.number, amount=501, reason="broken", reference="large"
    )
    assert again.refund == refund
    assert AuditEntry.objects.filter(action="payments.refund_payment").count() == 2
