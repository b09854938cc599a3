"""A refund's row: written under the payment's lock before WeChat hears of it."""

from typing import Any

from shop.core import clock
from shop.core.actors import Actor
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.payments.errors import PaymentNotPaid, RefundExceedsPayment, RefundReferenceReused
from shop.payments.events import RefundRequested, RefundSucceeded
from shop.payments.models import Payment, Refund
from shop.payments.registry import wallet
from shop.payments.services.cash import post_cash

_LONGEST_REASON = 80


def write_refund(
    *, actor: Actor, payment: Payment, amount: int, reason: str, reference: str, kind: str
) -> Refund:
    """Promise ``amount`` fen of a payment back and return the row; a job sends it.

    The caller holds the payment's lock in an open transaction. The same reference again returns the row of
    the first time. A payment by wallet is given back here and now. Raises PaymentNotPaid,
    RefundExceedsPayment, RefundReferenceReused.
    """
    known = payment.refunds.filter(reference=reference).exclude(state=Refund.State.REPLACED).first()
    if known is not None:
        if known.amount != amount:
            raise RefundReferenceReused(refund=known.number, amount=known.amount)
        return known
    if payment.state != Payment.State.PAID or payment.disposition == Payment.Disposition.HELD:
        raise PaymentNotPaid
    if not 0 < amount <= payment.refundable:
        raise RefundExceedsPayment(refundable=payment.refundable)
    payment.refund_committed += amount
    payment.save(update_fields=["refund_committed"])
    refund = Refund.objects.create(
        number=new_number(),
        payment=payment,
        amount=amount,
        reason=reason[:_LONGEST_REASON],
        kind=kind,
        reference=reference,
        requested_by=actor.key,
        due_at=clock.now(),
        created_at=clock.now(),
    )
    publish(RefundRequested(**about_refund(payment, refund)))
    if payment.method == Payment.Method.WALLET:
        _refund_to_wallet(payment, refund)
    return refund


def settle_refund(payment: Payment, refund: Refund) -> None:
    """The payer has the money: book it. The caller holds the locks of payment and refund."""
    payment.refunded += refund.amount
    payment.save(update_fields=["refunded"])
    refund.state = Refund.State.SUCCEEDED
    refund.settled_at = clock.now()
    refund.due_at = refund.leased_until = None
    refund.save()
    publish(RefundSucceeded(**about_refund(payment, refund)))


def about_refund(payment: Payment, refund: Refund) -> dict[str, Any]:
    """Return what every refund event says."""
    return {
        "payment": payment.number,
        "payable_kind": payment.payable_kind,
        "payable_number": payment.payable_number,
        "part": payment.part,
        "member_id": payment.member_id,
        "amount": refund.amount,
        "refund": refund.number,
        "kind": refund.kind,
        "reference": refund.reference,
    }


def post_refund_cash(payment: Payment, refund: Refund) -> None:
    """Take a settled refund out of what WeChat holds for us; last in its transaction."""
    mchid = payment.attempts.values_list("mchid", flat=True).get(state="paid")
    post_cash(mchid=mchid, amount=-refund.amount, reason="refund", reference=refund.number)


def _refund_to_wallet(payment: Payment, refund: Refund) -> None:
    wallet().credit(
        member_id=payment.member_id,
        amount=refund.amount,
        payment_number=payment.number,
        refund_number=refund.number,
    )
    settle_refund(payment, refund)
