"""Reads for the API, the console and the floors above."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from shop.core.errors import NotFound
from shop.core.roof import roof_entry, roof_table
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident, Refund, Transfer


def payment_of_member(*, member_id: int, number: str) -> Payment:
    """Return a member's payment; NotFound for an absent one and for another's alike."""
    payment = Payment.objects.filter(number=number, member_id=member_id).first()
    if payment is None:
        raise NotFound
    return payment


def payments_of(*, payable_kind: str, payable_number: str) -> QuerySet[Payment]:
    """Return every payment of a payable, oldest first."""
    return Payment.objects.filter(payable_kind=payable_kind, payable_number=payable_number).order_by("pk")


def kept_payments(*, payable_kind: str, payable_number: str) -> QuerySet[Payment]:
    """Return the payments whose money the payable kept, oldest first: what can be refunded."""
    return payments_of(payable_kind=payable_kind, payable_number=payable_number).filter(
        disposition=Payment.Disposition.KEPT
    )


def refundable_by_hand(payment: Payment) -> tuple[int, int]:
    """Return how many fen of a payment people may refund, and how many of its payable another page refunds.

    What is refunded apart (a card bought with an order) may lie in any of the payable's payments: people get
    at what they hold together beyond it.
    """
    kept = payment.disposition == Payment.Disposition.KEPT
    if not kept or payment.payable_kind not in roof_table("REFUNDED_APART"):
        return payment.refundable, 0
    apart = int(roof_entry("REFUNDED_APART", payment.payable_kind)(payment.payable_number))
    if not apart:
        return payment.refundable, 0
    siblings = kept_payments(payable_kind=payment.payable_kind, payable_number=payment.payable_number)
    together = sum(sibling.refundable for sibling in siblings)
    return max(0, min(payment.refundable, together - apart)), apart


def payer_openid(*, payment: Payment) -> str:
    """Return the openid that paid, as WeChat's shipping upload wants it; "" for a wallet payment."""
    paid = payment.attempts.filter(state=PaymentAttempt.State.PAID).first()
    return paid.openid if paid is not None else ""


def merchant_trade_no(*, payment: Payment) -> str:
    """Return the out_trade_no that was paid; "" for a wallet payment or one not paid."""
    paid = payment.attempts.filter(state=PaymentAttempt.State.PAID).first()
    return paid.out_trade_no if paid is not None else ""


def refunds_for_staff() -> QuerySet[Refund]:
    """Return the refunds that go no further without a person."""
    stopped = [Refund.State.ABNORMAL, Refund.State.CLOSED, Refund.State.FAILED]
    return Refund.objects.filter(state__in=stopped)


def transfers_for_staff() -> QuerySet[Transfer]:
    """Return the transfers that go no further without a person."""
    return Transfer.objects.filter(state=Transfer.State.REFUSED)


def open_incidents() -> QuerySet[PaymentIncident]:
    """Return the incidents that nobody has resolved."""
    return PaymentIncident.objects.filter(state=PaymentIncident.State.OPEN)


def troubled_payables(kind: str) -> QuerySet[Payment]:
    """Return the payments of a kind of payable of which a refund or an incident waits for a person."""
    incidents = open_incidents()
    waiting = (
        refunds_for_staff()
        .values("payment")
        .union(
            incidents.filter(attempt__isnull=False).values("attempt__payment"),
            incidents.filter(refund__isnull=False).values("refund__payment"),
        )
    )
    return Payment.objects.filter(payable_kind=kind, pk__in=waiting)


def open_incidents_of(payments: Sequence[Payment]) -> QuerySet[PaymentIncident]:
    """Return the unresolved incidents about these payments, their attempts or refunds, oldest first."""
    about = Q(attempt__payment__in=payments) | Q(refund__payment__in=payments) | Q(payment__in=payments)
    return open_incidents().filter(about).order_by("pk")
