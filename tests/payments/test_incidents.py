"""What does not fit is written down once and resolved by people."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shop.core.actors import Actor
from shop.core.errors import Forbidden
from shop.core.models.audit import AuditEntry
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.errors import IncidentNotRefundable, IncidentResolved
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident, Refund
from shop.payments.services.confirm import Confirmation, confirm_attempt
from shop.payments.services.incidents import dismiss_incident, refund_incident
from shop.payments.services.refund_calls import apply_refund_result
from shop.payments.services.refunds import abandon_refund, request_refund
from shop.payments.services.watching import watch_attempt
from shop.wechat.pay.types import RefundResult
from tests.payments.shopper import SYSTEM, Shopper, attempt_of, cash, facts, payment_of, reported
from tests.payments.staff import staff
from tests.payments.test_closing import close
from tests.shopfloor.models import Bill

Shift = Callable[[float], None]


def disputed(shopper: Shopper, **changes: Any) -> tuple[Bill, PaymentIncident]:
    """A bill whose payment WeChat itself reports with another amount."""
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    transaction = replace(reported(shopper, bill), **({"amount_total": 700} | changes))
    assert confirm_attempt(transaction=transaction, source="query") == Confirmation.INCIDENT
    return bill, PaymentIncident.objects.get()


def test_the_same_contradiction_is_written_once(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    wrong = reported(shopper, bill, amount_total=1)

    for _copy in range(3):
        assert confirm_attempt(transaction=wrong, source="callback") == Confirmation.INCIDENT

    assert PaymentIncident.objects.count() == 1
    assert attempt_of(bill).state == "open"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"currency": "USD"}, "currency"), ({"appid": "wx0"}, "merchant"), ({"mchid": "1"}, "merchant")],
)
def test_every_field_is_compared(shopper: Shopper, changes: dict[str, Any], kind: str) -> None:
    bill = shopper.bill()
    shopper.start(bill)

    outcome = confirm_attempt(transaction=reported(shopper, bill, **changes), source="callback")

    assert (outcome, PaymentIncident.objects.get().kind) == (Confirmation.INCIDENT, kind)
    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)


def test_a_number_that_is_not_ours_and_a_state_that_is_not_paid(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    alien = reported(shopper, bill, out_trade_no="ELSEWHERE")

    assert confirm_attempt(transaction=alien, source="callback") == Confirmation.INCIDENT
    unpaid = reported(shopper, bill, trade_state="NOTPAY")
    assert confirm_attempt(transaction=unpaid, source="callback") == Confirmation.NOT_PAID

    assert PaymentIncident.objects.get().kind == "unknown_number"
    assert cash() == 0


def test_a_second_transaction_under_a_paid_number_is_not_booked(shopper: Shopper) -> None:
    payment = shopper.paid()
    bill = Bill.objects.get(number=payment.payable_number)

    outcome = confirm_attempt(transaction=reported(shopper, bill), source="query")

    assert outcome == Confirmation.INCIDENT
    assert PaymentIncident.objects.get().kind == "transaction"
    assert facts(payment) == ("paid", "kept", 1000, 0, 0)
    assert cash() == 1000


def test_a_paid_number_stays_paid_whatever_is_claimed_later(shopper: Shopper) -> None:
    payment = shopper.paid()
    bill = Bill.objects.get(number=payment.payable_number)
    number = attempt_of(bill).transaction_id

    outcome = confirm_attempt(
        transaction=reported(shopper, bill, transaction_id=number, amount_total=1), source="query"
    )

    assert outcome == Confirmation.INCIDENT
    assert attempt_of(bill).state == "paid"


def test_staff_book_and_refund_what_did_not_fit(shopper: Shopper, shift_clock: Shift) -> None:
    clerk = staff("clerk", "payments.resolve_incident")
    bill, incident = disputed(shopper)
    assert attempt_of(bill).state == "disputed"
    assert cash() == 0

    refund = refund_incident(actor=clerk, incident_id=incident.pk, note="wrong amount")

    incident.refresh_from_db()
    assert (incident.state, incident.resolved_by, incident.refund) == ("refunded", clerk.key, refund)
    assert facts(refund.payment) == ("paid", "unmatched", 700, 700, 0)
    assert refund.payment.twin_of == payment_of(bill)
    assert cash() == 700
    with pytest.raises(IncidentResolved):
        refund_incident(actor=clerk, incident_id=incident.pk, note="again")
    assert AuditEntry.objects.filter(action="payments.resolve_incident").count() == 1
    assert list(audit_payments()) == []


def test_what_no_query_confirmed_cannot_be_refunded(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    confirm_attempt(transaction=reported(shopper, bill, amount_total=1), source="callback")
    incident = PaymentIncident.objects.get()

    with pytest.raises(IncidentNotRefundable):
        refund_incident(actor=SYSTEM, incident_id=incident.pk, note="")

    dismiss_incident(actor=SYSTEM, incident_id=incident.pk, note="a test of WeChat's")
    incident.refresh_from_db()
    assert (incident.state, incident.note) == ("dismissed", "a test of WeChat's")
    with pytest.raises(IncidentResolved):
        dismiss_incident(actor=SYSTEM, incident_id=incident.pk, note="")


def test_an_incident_about_another_merchant_cannot_be_refunded(shopper: Shopper) -> None:
    _bill, incident = disputed(shopper, amount_total=1000, mchid="1999999999")

    with pytest.raises(IncidentNotRefundable):
        refund_incident(actor=SYSTEM, incident_id=incident.pk, note="")
    with pytest.raises(Forbidden):
        refund_incident(actor=Actor.member(7), incident_id=incident.pk, note="")
    with pytest.raises(Forbidden):
        dismiss_incident(actor=staff("nobody"), incident_id=incident.pk, note="")


def test_a_dispute_while_closing_ends_the_closing(shopper: Shopper) -> None:
    bill = shopper.bill(stock=1)
    shopper.start(bill)
    close(bill)

    confirm_attempt(transaction=reported(shopper, bill, amount_total=1), source="query")

    bill.refresh_from_db()
    assert (bill.state, bill.released) == ("closed", 1)
    assert attempt_of(bill).state == "disputed"


def test_a_payment_refunded_outside_before_we_knew_it(shopper: Shopper) -> None:
    """Paid and refunded in the merchant's own console: never booked as paid, left to staff."""
    bill = shopper.bill()
    shopper.start(bill)
    attempt = attempt_of(bill)
    refunded = reported(shopper, bill, trade_state="REFUND")
    from shop.payments.rules import OrderMeaning
    from shop.payments.services import watching

    finding = watching._Finding(OrderMeaning.REFUNDED, "REFUND", refunded)
    for _time in range(2):
        watching._act(attempt, finding, attempt.created_at)

    assert attempt_of(bill).state == "disputed"
    assert PaymentIncident.objects.get().kind == "refunded_outside"
    assert facts(payment_of(bill)) == ("open", "", 0, 0, 0)
    watch_attempt(attempt_id=attempt.pk)
    assert attempt_of(bill).state == "disputed"


def refund_result(refund: Refund, **changes: Any) -> RefundResult:
    values: dict[str, Any] = {
        "out_refund_no": refund.number,
        "refund_id": f"50{refund.pk}",
        "out_trade_no": "",
        "transaction_id": refund.payment.attempts.get().transaction_id,
        "status": "SUCCESS",
        "amount_refund": refund.amount,
        "amount_total": 1000,
        "payer_refund": refund.amount,
        "payer_total": 1000,
        "channel": "ORIGINAL",
        "user_received_account": "",
        "success_time": None,
        "create_time": None,
        "mchid": "",
    }
    return RefundResult(**(values | changes))


def pending(shopper: Shopper) -> tuple[Payment, Refund]:
    payment = shopper.paid()
    ticket = request_refund(
        actor=SYSTEM, payment_number=payment.number, amount=400, reason="r", reference="a"
    )
    assert ticket.refund is not None
    return payment, ticket.refund


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"amount_refund": 401}, "refund_amount"),
        ({"mchid": "1999999999"}, "merchant"),
        ({"out_refund_no": "ELSEWHERE"}, "refunded_outside"),
        ({"out_refund_no": "ELSEWHERE", "transaction_id": "0"}, "unknown_number"),
    ],
)
def test_a_refund_that_does_not_fit_is_not_booked(
    shopper: Shopper, changes: dict[str, Any], kind: str
) -> None:
    payment, refund = pending(shopper)

    apply_refund_result(result=refund_result(refund, **changes), source="callback")

    assert PaymentIncident.objects.get().kind == kind
    assert facts(payment) == ("paid", "kept", 1000, 400, 0)


def test_a_refund_that_was_given_up_and_went_out_after_all(shopper: Shopper) -> None:
    payment, refund = pending(shopper)
    apply_refund_result(result=refund_result(refund, status="CLOSED"), source="callback")
    abandon_refund(actor=SYSTEM, number=refund.number, reason="cash")

    for _copy in range(2):
        apply_refund_result(result=refund_result(refund), source="callback")

    assert PaymentIncident.objects.get().kind == "dead_refund"
    assert facts(payment) == ("paid", "kept", 1000, 0, 0)


def test_refund_messages_in_any_order_end_once(shopper: Shopper) -> None:
    payment, refund = pending(shopper)
    for status in ("ABNORMAL", "CLOSED", "PROCESSING", "ODD", "SUCCESS", "SUCCESS", "CLOSED", "PROCESSING"):
        apply_refund_result(result=refund_result(refund, status=status), source="callback")

    refund.refresh_from_db()
    assert (refund.state, refund.due_at) == ("succeeded", None)
    assert facts(payment) == ("paid", "kept", 1000, 400, 400)
    assert cash() == 600
    assert list(audit_payments()) == []


def test_a_callback_before_the_refund_was_ever_sent(shopper: Shopper) -> None:
    _payment, refund = pending(shopper)

    apply_refund_result(result=refund_result(refund, status="PROCESSING"), source="callback")
    apply_refund_result(result=refund_result(refund, status="ODD"), source="callback")
    assert jobs.advance_refunds() == 0

    refund.refresh_from_db()
    assert refund.state == "processing"
    assert PaymentAttempt.objects.get().state == "paid"
