"""What WeChat says and our rows contradict: written down once, resolved by staff."""

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.ids import new_number
from shop.core.permissions import require
from shop.payments.errors import IncidentNotRefundable, IncidentResolved
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident, Refund
from shop.payments.services.cash import post_cash
from shop.payments.services.refund_rows import write_refund

_LONGEST = 200


def record_incident(
    *,
    kind: str,
    number: str,
    source: str,
    transaction_id: str = "",
    attempt: PaymentAttempt | None = None,
    refund: Refund | None = None,
    amount: int = 0,
    expected: str = "",
    received: str = "",
) -> PaymentIncident:
    """Write a contradiction down; the same one again returns the first row. ``source``: callback or query."""
    incident, _created = PaymentIncident.objects.get_or_create(
        kind=kind,
        number=number,
        transaction_id=transaction_id,
        received=received[:_LONGEST],
        defaults={
            "attempt": attempt,
            "refund": refund,
            "amount": amount,
            "expected": expected[:_LONGEST],
            "source": source,
            "created_at": clock.now(),
        },
    )
    return incident


@in_transaction
def dismiss_incident(*, actor: Actor, incident_id: int, note: str) -> PaymentIncident:
    """Close an incident without moving money. Raises IncidentResolved, Forbidden. Audited."""
    require(actor, "payments.resolve_incident")
    incident = lock_row(PaymentIncident.objects.filter(pk=incident_id))
    _resolve(actor=actor, incident=incident, state=PaymentIncident.State.DISMISSED, note=note)
    return incident


@in_transaction
def refund_incident(*, actor: Actor, incident_id: int, note: str) -> Refund:
    """Book money that did not fit as a payment of its own and send all of it back.

    Only for money that a query confirmed. Locks incident, payment, attempt. Raises IncidentResolved,
    IncidentNotRefundable, Forbidden. Audited.
    """
    require(actor, "payments.resolve_incident")
    incident = lock_row(PaymentIncident.objects.filter(pk=incident_id))
    if incident.state != PaymentIncident.State.OPEN:
        raise IncidentResolved
    if (
        incident.attempt_id is None
        or incident.kind != PaymentIncident.Kind.AMOUNT
        or not incident.transaction_id
    ):
        raise IncidentNotRefundable
    attempt = lock_row(PaymentAttempt.objects.filter(pk=incident.attempt_id))
    if attempt.state != PaymentAttempt.State.DISPUTED or attempt.received != incident.amount:
        raise IncidentNotRefundable
    payment = _book_unmatched(attempt)
    refund = write_refund(
        actor=actor,
        payment=payment,
        amount=payment.captured,
        reason=note,
        reference=f"incident-{incident.pk}",
        kind=Refund.Kind.UNMATCHED,
    )
    incident.payment = payment
    incident.refund = refund
    _resolve(actor=actor, incident=incident, state=PaymentIncident.State.REFUNDED, note=note)
    post_cash(
        mchid=attempt.mchid, amount=payment.captured, reason="capture", reference=incident.transaction_id
    )
    return refund


def _book_unmatched(attempt: PaymentAttempt) -> Payment:
    origin = attempt.payment
    payment = Payment.objects.create(
        number=new_number(),
        payable_kind=origin.payable_kind,
        payable_number=origin.payable_number,
        part=origin.part,
        member_id=origin.member_id,
        state=Payment.State.PAID,
        disposition=Payment.Disposition.UNMATCHED,
        amount=attempt.received,
        captured=attempt.received,
        twin_of=origin,
        created_at=clock.now(),
        paid_at=attempt.paid_at,
    )
    attempt.payment = payment
    attempt.state = PaymentAttempt.State.PAID
    attempt.save(update_fields=["payment", "state"])
    return payment


def _resolve(*, actor: Actor, incident: PaymentIncident, state: str, note: str) -> None:
    if incident.state != PaymentIncident.State.OPEN:
        raise IncidentResolved
    audit.record(
        actor=actor,
        action="payments.resolve_incident",
        subject=incident,
        before={"state": incident.state},
        after={"state": state, "amount": incident.amount},
        reason=note,
    )
    incident.state = state
    incident.note = note[:_LONGEST]
    incident.resolved_by = actor.key
    incident.resolved_at = clock.now()
    incident.save()
