"""Money has arrived: book it exactly once, whatever comes, in whatever order, however often."""

from enum import StrEnum

import structlog

from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import joining_transaction
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.rows import update_row
from shop.payments import rules
from shop.payments.events import PaymentDuplicated, PaymentLate, PaymentSucceeded
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident, Refund
from shop.payments.ports import DueState
from shop.payments.services.cash import post_cash
from shop.payments.services.incidents import record_incident
from shop.payments.services.locking import Locked, lock_number
from shop.payments.services.refund_rows import write_refund
from shop.payments.services.releasing import about, finish_closing, stop_siblings
from shop.wechat.pay.types import TradeState, Transaction

log = structlog.get_logger(__name__)

_SYSTEM = Actor.system("payments.confirm")

_CAPTURED_ATTEMPT = (
    *("payment", "state", "transaction_id", "received", "bank_type", "paid_at", "close_requested"),
    *("due_at", "leased_until"),
)
_CAPTURED_PAYMENT = ("twin_of", "state", "disposition", "amount", "captured", "paid_at")

CALLBACK = "callback"
QUERY = "query"


class Confirmation(StrEnum):
    """How a confirmation ended."""

    KEPT = "kept"
    REFUNDED = "refunded"
    DUPLICATE = "duplicate"
    REPEATED = "repeated"
    INCIDENT = "incident"
    NOT_PAID = "not_paid"


@joining_transaction
def confirm_attempt(*, transaction: Transaction, source: str) -> Confirmation:
    """Book a payment that WeChat reports as received. ``transaction`` must come verified from WeChat.

    ``source`` is "callback" or "query"; only a query's word marks an attempt as disputed, because then
    nobody will ask again. Locks payable, payment, attempt, at last the cash account. Posts the cash ledger,
    lets the payable decide, publishes PaymentSucceeded, PaymentLate or PaymentDuplicated, and writes the
    refund of money that is not kept.
    """
    if transaction.trade_state != TradeState.SUCCESS:
        return Confirmation.NOT_PAID
    locked = lock_number(transaction.out_trade_no)
    if locked is None:
        _record(PaymentIncident.Kind.UNKNOWN_NUMBER, transaction, source)
        return Confirmation.INCIDENT
    if _contradicted(locked, transaction, source):
        return Confirmation.INCIDENT
    if locked.attempt.state == PaymentAttempt.State.PAID:
        return Confirmation.REPEATED
    return _book(locked, transaction)


def _contradicted(locked: Locked, transaction: Transaction, source: str) -> bool:
    attempt = locked.attempt
    paid = attempt.state == PaymentAttempt.State.PAID
    if paid and attempt.transaction_id != transaction.transaction_id:
        _record(PaymentIncident.Kind.TRANSACTION, transaction, source, attempt, str(attempt.transaction_id))
        return True
    found = rules.mismatches(
        transaction,
        appid=attempt.appid,
        mchid=attempt.mchid,
        amount=attempt.received if paid else attempt.amount,
        currency=attempt.currency,
    )
    for kind, expected, received in found:
        _record(kind, transaction, source, attempt, expected, received)
    if found and source == QUERY:
        dispute(locked, transaction)
    return bool(found)


def dispute(locked: Locked, transaction: Transaction) -> None:
    """Take an attempt out of the ordinary way: WeChat's own word contradicts it and staff must look.

    A paid attempt stays paid.
    """
    attempt = locked.attempt
    if not rules.may_attempt_move(attempt.state, PaymentAttempt.State.DISPUTED):
        return
    attempt.state = PaymentAttempt.State.DISPUTED
    attempt.received = transaction.amount_total
    attempt.paid_at = transaction.success_time
    attempt.transaction_id = transaction.transaction_id or None
    attempt.due_at = attempt.leased_until = None
    attempt.save()
    finish_closing(locked.handler, locked.due, locked.payment)


def _record(
    kind: str,
    transaction: Transaction,
    source: str,
    attempt: PaymentAttempt | None = None,
    expected: str = "",
    received: str = "",
) -> None:
    record_incident(
        kind=kind,
        number=transaction.out_trade_no,
        source=source,
        transaction_id=transaction.transaction_id,
        attempt=attempt,
        amount=transaction.amount_total,
        expected=expected,
        received=received or transaction.transaction_id,
    )
    log.warning("payment_incident", kind=str(kind), out_trade_no=transaction.out_trade_no, source=source)


def _book(locked: Locked, transaction: Transaction) -> Confirmation:
    attempt = locked.attempt
    payment = locked.payment
    kept = next((row for row in locked.payments if row.disposition == Payment.Disposition.KEPT), None)
    if payment.state == Payment.State.PAID:
        payment = _twin(payment, attempt)
    if kept is not None:
        _send_back_duplicate(payment, attempt, transaction, kept)
        outcome = Confirmation.DUPLICATE
    else:
        outcome = _offer(locked, payment, transaction)
    post_cash(
        mchid=attempt.mchid, amount=attempt.amount, reason="capture", reference=transaction.transaction_id
    )
    return outcome


def _offer(locked: Locked, payment: Payment, transaction: Transaction) -> Confirmation:
    verdict = locked.handler.confirm(
        number=payment.payable_number,
        payment_number=payment.number,
        part=payment.part,
        amount=locked.attempt.amount,
    )
    if not verdict.kept:
        _send_back(locked, payment, transaction, verdict.reason)
        return Confirmation.REFUNDED
    _capture(payment, locked.attempt, transaction, Payment.Disposition.KEPT)
    stop_siblings(payment, payments=locked.payments, attempts=locked.attempts)
    publish(PaymentSucceeded(**about(payment), method=payment.method))
    return Confirmation.KEPT


def _capture(payment: Payment, attempt: PaymentAttempt, transaction: Transaction, disposition: str) -> None:
    moment = clock.now()
    attempt.state = PaymentAttempt.State.PAID
    attempt.transaction_id = transaction.transaction_id
    attempt.received = transaction.amount_total
    attempt.bank_type = transaction.bank_type[:32]
    attempt.paid_at = transaction.success_time or moment
    attempt.close_requested = False
    attempt.due_at = attempt.leased_until = None
    update_row(attempt, *_CAPTURED_ATTEMPT)
    payment.state = Payment.State.PAID
    payment.disposition = disposition
    payment.amount = payment.captured = attempt.amount
    payment.paid_at = attempt.paid_at
    update_row(payment, *_CAPTURED_PAYMENT)


def _send_back(locked: Locked, payment: Payment, transaction: Transaction, reason: str) -> None:
    """Book money that the payable refuses, and promise it back.

    While another number of the same due can still be paid or closed, its payment goes on as it was and the
    refused money gets a row of its own. Otherwise a closing that waited only for this number is over.
    """
    attempt = locked.attempt
    if _others_live(payment, attempt):
        payment = _twin(payment, attempt)
    elif payment.state == Payment.State.CLOSING and locked.due.state == DueState.CLOSING:
        locked.handler.release(
            number=payment.payable_number, part=payment.part, reason=payment.closing_reason
        )
    _capture(payment, attempt, transaction, Payment.Disposition.LATE)
    write_refund(
        actor=_SYSTEM,
        payment=payment,
        amount=payment.captured,
        reason=reason,
        reference="late",
        kind=Refund.Kind.LATE,
    )
    publish(PaymentLate(**about(payment), reason=reason))


def _send_back_duplicate(
    payment: Payment, attempt: PaymentAttempt, transaction: Transaction, kept: Payment
) -> None:
    if _others_live(payment, attempt):
        payment = _twin(payment, attempt)
    payment.twin_of = kept
    _capture(payment, attempt, transaction, Payment.Disposition.DUPLICATE)
    write_refund(
        actor=_SYSTEM,
        payment=payment,
        amount=payment.captured,
        reason="duplicate",
        reference="duplicate",
        kind=Refund.Kind.DUPLICATE,
    )
    publish(PaymentDuplicated(**about(payment)))


def _others_live(payment: Payment, attempt: PaymentAttempt) -> bool:
    return payment.attempts.filter(state__in=rules.ATTEMPT_LIVE).exclude(pk=attempt.pk).exists()


def _twin(payment: Payment, attempt: PaymentAttempt) -> Payment:
    twin = Payment(
        number=new_number(),
        payable_kind=payment.payable_kind,
        payable_number=payment.payable_number,
        part=payment.part,
        member_id=payment.member_id,
        twin_of=payment,
        amount=attempt.amount,
        state=Payment.State.CLOSED,
        created_at=clock.now(),
        expires_at=payment.expires_at,
    )
    twin.save()
    attempt.payment = twin
    return twin
