"""Asking WeChat how an attempt stands, and acting on the answer. The safety net under lost callbacks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from shop.core import clock, runtime
from shop.core.db import in_transaction
from shop.payments import rules
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident
from shop.payments.rules import CloseMeaning, OrderMeaning
from shop.payments.services.confirm import QUERY, confirm_attempt, dispute
from shop.payments.services.incidents import record_incident
from shop.payments.services.locking import lock_attempt
from shop.payments.services.releasing import finish_closing
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.types import Transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Finding:
    """What came out of asking: what to do, in what words, and the transaction if WeChat described one."""

    meaning: OrderMeaning
    answer: str
    transaction: Transaction | None = None


def watch_attempt(*, attempt_id: int, in_request: bool = False) -> None:
    """Ask WeChat about one attempt, close it there if that is wanted, and book what comes out.

    Makes up to three calls outside any transaction. Never raises for what WeChat says; in a request it may
    raise WechatBusy before anything is sent.
    """
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    if attempt.state not in rules.ATTEMPT_WATCHED:
        return
    client = pay_client(in_request=in_request)
    asked = clock.wall()
    finding = _ask(
        client, attempt, closing=attempt.close_requested, window_over=asked >= attempt.prepay_deadline
    )
    if finding.meaning == OrderMeaning.CLOSE:
        finding = _close(client, attempt)
    _act(attempt, finding, asked)


def _ask(client: PayClient, attempt: PaymentAttempt, *, closing: bool, window_over: bool) -> _Finding:
    outcome = client.query_order(out_trade_no=attempt.out_trade_no)
    meaning = rules.read_order(outcome, closing=closing, window_over=window_over)
    return _Finding(meaning, answer_of(outcome), outcome.value if isinstance(outcome, Success) else None)


def _close(client: PayClient, attempt: PaymentAttempt) -> _Finding:
    outcome = client.close_order(attempt.out_trade_no)
    meaning = rules.read_close(outcome)
    if meaning == CloseMeaning.ASK:
        return _ask(client, attempt, closing=False, window_over=False)
    closed = meaning == CloseMeaning.CLOSED
    return _Finding(OrderMeaning.CLOSED if closed else OrderMeaning.UNREACHABLE, answer_of(outcome))


def _act(attempt: PaymentAttempt, finding: _Finding, asked: datetime) -> None:
    meaning, transaction = finding.meaning, finding.transaction
    if transaction is not None and meaning == OrderMeaning.PAID:
        confirm_attempt(transaction=transaction, source=QUERY)
    elif transaction is not None and meaning == OrderMeaning.REFUNDED:
        _note_outside_refund(attempt_id=attempt.pk, transaction=transaction)
    elif meaning in (OrderMeaning.CLOSED, OrderMeaning.MISSING):
        _bury(attempt_id=attempt.pk, meaning=meaning, asked=asked)
    else:
        _postpone(
            attempt_id=attempt.pk, answer=finding.answer, unreachable=meaning == OrderMeaning.UNREACHABLE
        )


def answer_of(outcome: Outcome[Any]) -> str:
    """Return a short text about an outcome for staff: a state, WeChat's code, or why nobody knows."""
    if isinstance(outcome, Refused):
        return f"refused {outcome.code}"[:64]
    if isinstance(outcome, Unknown):
        return f"unknown {outcome.code or outcome.reason}"[:64]
    value = outcome.value
    return str(getattr(value, "trade_state", None) or getattr(value, "status", None) or "ok")[:64]


@in_transaction
def _bury(*, attempt_id: int, meaning: OrderMeaning, asked: datetime) -> None:
    """The number cannot be paid any more. Locks payable, payment, attempt."""
    locked = lock_attempt(attempt_id=attempt_id)
    attempt = locked.attempt
    missing = meaning == OrderMeaning.MISSING
    if attempt.state not in rules.ATTEMPT_WATCHED:
        return
    if missing and asked < attempt.prepay_deadline:
        # Sent again since we asked: that request may still arrive.
        attempt.leased_until = None
        attempt.save(update_fields=["leased_until"])
        return
    attempt.state = PaymentAttempt.State.NOT_EXIST if missing else PaymentAttempt.State.CLOSED
    attempt.last_answer = "ORDER_NOT_EXIST" if missing else "CLOSED"
    attempt.asked_at = clock.now()
    attempt.due_at = attempt.leased_until = None
    attempt.save()
    finish_closing(locked.handler, locked.due, locked.payment)


@in_transaction
def _postpone(*, attempt_id: int, answer: str, unreachable: bool) -> None:
    """Look again later; give a closing up when WeChat has been out of reach for too long.

    Locks payable, payment, attempt.
    """
    locked = lock_attempt(attempt_id=attempt_id)
    attempt = locked.attempt
    if attempt.state not in rules.ATTEMPT_WATCHED:
        return
    attempt.asked_at = clock.now()
    attempt.last_answer = answer
    attempt.leased_until = None
    attempt.due_at = attempt.asked_at + _pause(attempt, unreachable)
    attempt.looks += 1
    if unreachable and locked.payment.state == Payment.State.CLOSING and _hold_is_over(attempt):
        attempt.state = PaymentAttempt.State.ABANDONED
        log.warning("payment_attempt_abandoned", out_trade_no=attempt.out_trade_no)
    attempt.save()
    finish_closing(locked.handler, locked.due, locked.payment)


def _hold_is_over(attempt: PaymentAttempt) -> bool:
    return rules.hold_is_over(
        now=clock.now(),
        time_expire=attempt.time_expire,
        hold_seconds=runtime.value("hold_unknown_seconds"),
    )


def _pause(attempt: PaymentAttempt, unreachable: bool) -> timedelta:
    """Return when to look again; a closing that only waits for the prepay deadline looks right after it."""
    window = attempt.prepay_deadline - clock.wall()
    if attempt.close_requested and not unreachable and window > timedelta(0):
        return min(window, rules.PREPAY_WINDOW)
    return rules.pause_after(attempt.looks)


@in_transaction
def _note_outside_refund(*, attempt_id: int, transaction: Transaction) -> None:
    """Somebody refunded a payment that we never booked: staff must look. Locks payable, payment, attempt."""
    locked = lock_attempt(attempt_id=attempt_id)
    if locked.attempt.state not in rules.ATTEMPT_WATCHED:
        return
    record_incident(
        kind=PaymentIncident.Kind.REFUNDED_OUTSIDE,
        number=transaction.out_trade_no,
        source=QUERY,
        transaction_id=transaction.transaction_id,
        attempt=locked.attempt,
        amount=transaction.amount_total,
        received=transaction.trade_state,
    )
    dispute(locked, transaction)
