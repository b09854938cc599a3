"""Do payments, attempts, refunds, transfers and the cash ledger tell the same story? Changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from shop.core import clock
from shop.payments import rules
from shop.payments.models import Payment, PaymentAttempt, Refund, Transfer

STUCK_AFTER = timedelta(hours=1)
"""A row whose turn came so long ago that its job cannot be running."""

_BATCH = 500


@dataclass(frozen=True)
class Finding:
    """One contradiction: what kind, in which row, and both sides of it."""

    kind: str
    number: str
    detail: str


# Each query returns (number, detail) of what does not add up, and reads one snapshot.
_DRIFT: dict[str, str] = {
    "captured": """
        SELECT p.number, format('captured %%s, attempts %%s', p.captured, coalesce(sum(a.received), 0))
        FROM payments_payment p
        LEFT JOIN payments_paymentattempt a ON a.payment_id = p.id AND a.state = 'paid'
        WHERE p.method = 'wechat' GROUP BY p.id HAVING p.captured <> coalesce(sum(a.received), 0)""",
    "refunded": """
        SELECT p.number, format('refunded %%s, refunds %%s', p.refunded, coalesce(sum(r.amount), 0))
        FROM payments_payment p
        LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.state = 'succeeded'
        GROUP BY p.id HAVING p.refunded <> coalesce(sum(r.amount), 0)""",
    "refund_committed": """
        SELECT p.number, format('promised %%s, refunds %%s', p.refund_committed, coalesce(sum(r.amount), 0))
        FROM payments_payment p
        LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.state NOT IN ('replaced', 'abandoned')
        GROUP BY p.id HAVING p.refund_committed <> coalesce(sum(r.amount), 0)""",
    "capture_entry": """
        SELECT coalesce(a.out_trade_no, e.reference),
               format('attempt %%s, cash %%s', a.received, e.amount)
        FROM (SELECT * FROM payments_paymentattempt WHERE state = 'paid') a
        FULL JOIN (SELECT * FROM payments_cashentry WHERE reason = 'capture') e
          ON e.reference = a.transaction_id
        WHERE a.received IS DISTINCT FROM e.amount""",
    "refund_entry": """
        SELECT coalesce(r.number, e.reference), format('refund %%s, cash %%s', r.amount, e.amount)
        FROM (SELECT r.* FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
              WHERE r.state = 'succeeded' AND p.method = 'wechat') r
        FULL JOIN (SELECT * FROM payments_cashentry WHERE reason = 'refund') e ON e.reference = r.number
        WHERE r.amount IS DISTINCT FROM -e.amount""",
    "transfer_entry": """
        SELECT coalesce(t.number, e.reference), format('transfer %%s, cash %%s', t.amount, e.amount)
        FROM (SELECT * FROM payments_transfer WHERE debited) t
        FULL JOIN (SELECT reference, sum(amount) AS amount FROM payments_cashentry
                   WHERE reason IN ('transfer', 'transfer_return') GROUP BY reference
                   HAVING sum(amount) <> 0) e ON e.reference = t.number
        WHERE t.amount IS DISTINCT FROM -e.amount""",
}


def audit_payments() -> Iterator[Finding]:
    """Yield every contradiction and every row that has been left behind."""
    for kind, query in _DRIFT.items():
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, [])
            while rows := cursor.fetchmany(_BATCH):
                yield from (Finding(kind, number, detail) for number, detail in rows)
    for find in _LEFT_BEHIND:
        yield from find()


def _attempts_without_watch() -> Iterator[Finding]:
    lost = PaymentAttempt.objects.filter(state__in=rules.ATTEMPT_WATCHED).filter(_forgotten())
    for number, state in lost.values_list("out_trade_no", "state").iterator(_BATCH):
        yield Finding("stuck_attempt", number, f"{state} and nobody asks")


def _refunds_without_watch() -> Iterator[Finding]:
    under_way = [Refund.State.PENDING, Refund.State.SENDING, Refund.State.PROCESSING]
    lost = Refund.objects.filter(state__in=under_way).filter(_forgotten())
    for number, state in lost.values_list("number", "state").iterator(_BATCH):
        yield Finding("stuck_refund", number, f"{state} and nobody asks")


def _transfers_without_watch() -> Iterator[Finding]:
    lost = Transfer.objects.exclude(state__in=[*rules.TRANSFER_ENDED, Transfer.State.REFUSED])
    for number, state in lost.filter(_forgotten()).values_list("number", "state").iterator(_BATCH):
        yield Finding("stuck_transfer", number, f"{state} and nobody asks")


def _closings_without_attempt() -> Iterator[Finding]:
    live = PaymentAttempt.objects.filter(payment=OuterRef("pk"), state__in=rules.ATTEMPT_LIVE)
    done = Payment.objects.filter(~Exists(live), state=Payment.State.CLOSING)
    lost = done.filter(created_at__lt=clock.now() - STUCK_AFTER)
    for number in lost.values_list("number", flat=True).iterator(_BATCH):
        yield Finding("stuck_closing", number, "nothing left to close, and not closed")


def _unpromised_returns() -> Iterator[Finding]:
    """Money that was not kept must have been promised back in full, unless staff gave that up."""
    given_up = Refund.objects.filter(payment=OuterRef("pk"), state=Refund.State.ABANDONED)
    back = Payment.objects.filter(disposition__in=["late", "duplicate", "unmatched", "returned"])
    for number, captured, promised in back.filter(~Exists(given_up)).values_list(
        "number", "captured", "refund_committed"
    ):
        if captured != promised:
            yield Finding("unpromised_return", number, f"captured {captured}, promised {promised}")


def _forgotten() -> Q:
    return Q(due_at__isnull=True) | Q(due_at__lt=clock.now() - STUCK_AFTER)


_LEFT_BEHIND: tuple[Callable[[], Iterator[Finding]], ...] = (
    _attempts_without_watch,
    _refunds_without_watch,
    _transfers_without_watch,
    _closings_without_attempt,
    _unpromised_returns,
)
