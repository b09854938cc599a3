"""What people and upper floors may ask of refunds."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from shop.core import approvals, audit, clock, runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.ids import new_number
from shop.core.models.approvals import Approval
from shop.core.money import format_yuan
from shop.core.outbox import publish
from shop.core.permissions import require
from shop.core.roof import roof_table
from shop.payments.errors import RefundElsewhere, RefundExceedsPayment, RefundStateRefused
from shop.payments.events import RefundAbandoned, RefundRequested
from shop.payments.models import Payment, Refund
from shop.payments.queries import payments_of, refundable_by_hand
from shop.payments.services.refund_rows import about_refund, write_refund

REFUND_ACTION = "payments.refund_payment"
RETRY_ACTION = "payments.retry_refund"


@dataclass(frozen=True)
class RefundTicket:
    """A refund that was written down, or the approval that it waits for."""

    refund: Refund | None = None
    approval: Approval | None = None


@in_transaction
def request_refund(
    *, actor: Actor, payment_number: str, amount: int, reason: str, reference: str
) -> RefundTicket:
    """Promise ``amount`` fen of a payment back; a job carries it out at WeChat, a wallet gets it at once.

    Idempotent by ``reference`` (at most 64 characters, unique for the payment): the same again returns the
    same refund. A refund that staff start is held for a second person from ``refund_approval_amount`` on.
    Callers that lock payable rows lock them before. Locks the payment; for people all of its payable's.
    Raises NotFound, Forbidden, PaymentNotPaid, RefundExceedsPayment (``refundable``),
    RefundReferenceReused, and RefundElsewhere when a person refunds what only its own room can (the roof's
    tables ``OWN_REFUNDS`` and ``REFUNDED_APART``).
    """
    if actor.is_person:
        require(actor, REFUND_ACTION)
    payment = _lock_payment(actor, payment_number)
    if actor.is_person and payment.payable_kind in roof_table("OWN_REFUNDS"):
        raise RefundElsewhere
    known = payment.refunds.filter(reference=reference).exists()
    if actor.is_person and not known:
        _refuse_what_goes_apart(payment, amount)
    if actor.kind == "staff" and not known and amount >= runtime.value("refund_approval_amount"):
        return RefundTicket(approval=_hold(actor, payment, amount, reason, reference))
    return RefundTicket(refund=_write(actor, payment, amount, reason, reference))


def execute_held_refund(held: approvals.Held) -> dict[str, Any]:
    """Carry out a refund that a second person approved; runs in the approving transaction, once."""
    wanted = held.payload
    payment = _lock_payment(held.requester, wanted["payment"])
    if not payment.refunds.filter(reference=wanted["reference"]).exists():
        _refuse_what_goes_apart(payment, wanted["amount"])
    refund = _write(held.requester, payment, wanted["amount"], held.reason, wanted["reference"])
    return {"refund": refund.number}


def _lock_payment(actor: Actor, number: str) -> Payment:
    """Lock a payment; for people with the other payments of its payable, whose rest bounds what they may."""
    if actor.is_person:
        mine = Payment.objects.filter(number=number).values("payable_kind", "payable_number")
        for about in mine:
            lock_rows(payments_of(**about))
    return lock_row(Payment.objects.filter(number=number))


def _refuse_what_goes_apart(payment: Payment, amount: int) -> None:
    """Raise ``RefundElsewhere`` for more than what people may refund here; ``refundable`` says how much."""
    possible, apart = refundable_by_hand(payment)
    if apart and possible < amount <= payment.refundable:
        detail = _(
            "%(apart)s yuan of it are refunded on a page of their own; here it is %(possible)s at most."
        )
        texts = {"apart": format_yuan(apart), "possible": format_yuan(possible)}
        raise RefundElsewhere(detail % texts, refundable=possible)


def _hold(actor: Actor, payment: Payment, amount: int, reason: str, reference: str) -> Approval:
    if not 0 < amount <= payment.refundable:
        raise RefundExceedsPayment(refundable=payment.refundable)
    return approvals.hold(
        actor=actor,
        action=REFUND_ACTION,
        payload={"payment": payment.number, "amount": amount, "reference": reference},
        reason=reason,
        subject=("payments.payment", f"{payment.number}:{reference}"[:64]),
    )


def _write(actor: Actor, payment: Payment, amount: int, reason: str, reference: str) -> Refund:
    promised = payment.refund_committed
    refund = write_refund(
        actor=actor,
        payment=payment,
        amount=amount,
        reason=reason,
        reference=reference,
        kind=Refund.Kind.REQUESTED,
    )
    if actor.kind == "staff" and payment.refund_committed != promised:
        audit.record(
            actor=actor,
            action=REFUND_ACTION,
            subject=payment,
            before={"refund_committed": promised},
            after={"refund_committed": payment.refund_committed, "refund": refund.number},
            reason=reason,
        )
    return refund


@in_transaction
def retry_closed_refund(*, actor: Actor, number: str, reason: str = "") -> Refund:
    """Send a refund that WeChat closed once more, under a new number, and return its successor.

    Locks payment and refund. Raises NotFound, Forbidden, RefundStateRefused. Audited.
    """
    require(actor, RETRY_ACTION)
    payment, old = lock_refund(number=number)
    _expect(old, Refund.State.CLOSED)
    old.state = Refund.State.REPLACED
    old.save(update_fields=["state"])
    new = Refund.objects.create(
        number=new_number(),
        payment=payment,
        amount=old.amount,
        reason=old.reason,
        kind=old.kind,
        reference=old.reference,
        requested_by=actor.key,
        predecessor=old,
        due_at=clock.now(),
        created_at=clock.now(),
    )
    publish(RefundRequested(**about_refund(payment, new)))
    _audit(actor, old, after={"state": old.state, "successor": new.number}, reason=reason)
    return new


@in_transaction
def retry_failed_refund(*, actor: Actor, number: str, reason: str = "") -> Refund:
    """Send a refund that WeChat refused, and does not know, once more under its own number.

    For when the cause is gone (a permission granted, a limit raised). Locks payment and refund. Raises
    NotFound, Forbidden, RefundStateRefused. Audited.
    """
    require(actor, RETRY_ACTION)
    _payment, refund = lock_refund(number=number)
    _expect(refund, Refund.State.FAILED)
    refund.state = Refund.State.PENDING
    refund.refusal = ""
    refund.due_at = clock.now()
    refund.looks = 0
    refund.save()
    _audit(actor, refund, after={"state": refund.state}, reason=reason)
    return refund


@in_transaction
def abandon_refund(*, actor: Actor, number: str, reason: str) -> Refund:
    """Give up a refund that WeChat closed or refused, because the money went back by other means.

    The promise is void and the amount can be refunded anew. Locks payment and refund. Raises NotFound,
    Forbidden, RefundStateRefused. Audited.
    """
    require(actor, RETRY_ACTION)
    payment, refund = lock_refund(number=number)
    _expect(refund, Refund.State.CLOSED, Refund.State.FAILED)
    refund.state = Refund.State.ABANDONED
    refund.settled_at = clock.now()
    refund.save()
    payment.refund_committed -= refund.amount
    payment.save(update_fields=["refund_committed"])
    publish(RefundAbandoned(**about_refund(payment, refund)))
    _audit(actor, refund, after={"state": refund.state}, reason=reason)
    return refund


def lock_refund(*, number: str) -> tuple[Payment, Refund]:
    """Lock a refund and, before it, its payment; raises NotFound."""
    found = lock_row(Payment.objects.filter(refunds__number=number))
    return found, lock_row(Refund.objects.filter(number=number))


def _expect(refund: Refund, *states: Refund.State) -> None:
    if refund.state not in states:
        raise RefundStateRefused(state=refund.state)


def _audit(actor: Actor, refund: Refund, *, after: dict[str, Any], reason: str) -> None:
    audit.record(
        actor=actor,
        action=RETRY_ACTION,
        subject=refund,
        before={"amount": refund.amount},
        after=after,
        reason=reason,
    )
