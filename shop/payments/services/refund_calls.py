"""Refunds at WeChat: send, ask, and book what comes out. The same number on every retry."""

from collections.abc import Mapping

import structlog

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, run_in_transaction
from shop.core.errors import WechatBusy
from shop.core.outbox import publish
from shop.core.permissions import require
from shop.payments import rules
from shop.payments.errors import RefundStateRefused
from shop.payments.events import (
    RefundAbnormal,
    RefundClosed,
    RefundEvent,
    RefundFailed,
    RefundShortOfFunds,
)
from shop.payments.models import Payment, PaymentAttempt, PaymentIncident, Refund
from shop.payments.rules import RefundMeaning
from shop.payments.services.addresses import notify_url
from shop.payments.services.incidents import record_incident
from shop.payments.services.refund_rows import about_refund, post_refund_cash, settle_refund
from shop.payments.services.refunds import lock_refund
from shop.payments.services.watching import answer_of
from shop.payments.wording import reason_for_payer
from shop.wechat.outcomes import Outcome, Refused, Success
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.types import AbnormalRefundRequest, RefundRequest, RefundResult

log = structlog.get_logger(__name__)

REDIRECT_ACTION = "payments.redirect_refund"
SHORT_OF_FUNDS = "NOT_ENOUGH"

_ASKABLE = frozenset({Refund.State.SENDING, Refund.State.PROCESSING, Refund.State.ABNORMAL})
_FINAL_STATE = {
    RefundMeaning.ABNORMAL: (Refund.State.ABNORMAL, RefundAbnormal),
    RefundMeaning.CLOSED: (Refund.State.CLOSED, RefundClosed),
    RefundMeaning.FAILED: (Refund.State.FAILED, RefundFailed),
}


def advance_refund(*, refund_id: int, in_request: bool = False) -> None:
    """Bring one refund a step further: send it, or ask WeChat about it. Call it outside a transaction.

    In a request it may raise WechatBusy before anything is sent.
    """
    refund = Refund.objects.get(pk=refund_id)
    client = pay_client(in_request=in_request)
    if refund.state == Refund.State.PENDING:
        _send(client, refund)
    elif refund.state in _ASKABLE:
        _watch(client, refund)


def _send(client: PayClient, refund: Refund) -> None:
    request = _prepare(number=refund.number)
    if request is None:
        return
    outcome = client.create_refund(request)
    _apply(refund.number, rules.read_refund_sent(outcome), outcome, sent=True)


@in_transaction
def _prepare(*, number: str) -> RefundRequest | None:
    """Write down that the refund goes out now; None when it must wait. Locks payment and refund.

    WeChat wants a minute between two refunds of one payment, whoever asked for them.
    """
    payment, refund = lock_refund(number=number)
    now = clock.now()
    if refund.state != Refund.State.PENDING:
        return None
    free_at = payment.last_refund_at and payment.last_refund_at + rules.REFUND_SPACING
    if free_at and free_at > now:
        refund.due_at = free_at
        refund.leased_until = None
        refund.save(update_fields=["due_at", "leased_until"])
        return None
    payment.last_refund_at = refund.sent_at = now
    payment.save(update_fields=["last_refund_at"])
    refund.state = Refund.State.SENDING
    refund.refusal = ""
    refund.notify_url = refund.notify_url or notify_url("refund")
    refund.due_at = now + rules.pause_after(0)
    refund.save()
    attempt = payment.attempts.get(state=PaymentAttempt.State.PAID)
    return RefundRequest(
        out_refund_no=refund.number,
        transaction_id=str(attempt.transaction_id),
        amount_refund=refund.amount,
        amount_total=attempt.received,
        reason=reason_for_payer(refund.reason),
        notify_url=refund.notify_url,
    )


def _watch(client: PayClient, refund: Refund) -> None:
    asked = clock.now()
    outcome = client.query_refund(refund.number)
    meaning = rules.read_refund_query(
        outcome,
        window_over=refund.sent_at is not None and asked >= refund.sent_at + rules.SEND_WINDOW,
        refused=bool(refund.refusal),
    )
    _apply(refund.number, meaning, outcome, sent=False)


def apply_refund_result(*, result: RefundResult, source: str) -> None:
    """Book what WeChat says about a refund, from a callback or a query. Safe to repeat, in any order.

    Locks payment and refund, at last the cash account. A refund that we do not know, or whose amount is not
    ours, becomes an incident.
    """
    run_in_transaction(lambda: _apply_result(result, source))


def _apply(number: str, meaning: RefundMeaning, outcome: Outcome[RefundResult], *, sent: bool) -> None:
    if isinstance(outcome, Success):
        apply_refund_result(result=outcome.value, source="query")
    else:
        refusal = outcome.code if isinstance(outcome, Refused) and sent else ""
        _apply_without_result(number=number, meaning=meaning, answer=answer_of(outcome), refusal=refusal)


def _apply_result(result: RefundResult, source: str) -> None:
    if not Refund.objects.filter(number=result.out_refund_no).exists():
        _record_unknown(result, source)
        return
    payment, refund = lock_refund(number=result.out_refund_no)
    if result.mchid and result.mchid != payment.attempts.get(state=PaymentAttempt.State.PAID).mchid:
        _record(PaymentIncident.Kind.MERCHANT, refund, result, source)
        return
    if result.amount_refund != refund.amount:
        _record(PaymentIncident.Kind.REFUND_AMOUNT, refund, result, source)
        return
    refund.refund_id = result.refund_id or refund.refund_id
    refund.channel = result.channel[:32] or refund.channel
    refund.last_answer = result.status[:64]
    refund.leased_until = None
    _move(payment, refund, rules.read_refund_status(result.status), result, source)


def _move(
    payment: Payment, refund: Refund, meaning: RefundMeaning, result: RefundResult, source: str
) -> None:
    if refund.state in rules.REFUND_DEAD and meaning == RefundMeaning.SUCCEEDED:
        _record(PaymentIncident.Kind.DEAD_REFUND, refund, result, source)
    elif meaning == RefundMeaning.SUCCEEDED:
        if rules.may_refund_move(refund.state, Refund.State.SUCCEEDED):
            settle_refund(payment, refund)
            post_refund_cash(payment, refund)
    elif meaning == RefundMeaning.PROCESSING:
        if rules.may_refund_move(refund.state, Refund.State.PROCESSING):
            refund.state = Refund.State.PROCESSING
            _look_again(refund)
    elif meaning in _FINAL_STATE:
        _park(payment, refund, meaning)
    elif refund.state in _ASKABLE:
        _look_again(refund)


def _park(payment: Payment, refund: Refund, meaning: RefundMeaning) -> None:
    """Leave a refund to staff."""
    state, event = _FINAL_STATE[meaning]
    if not rules.may_refund_move(refund.state, state):
        return
    known = refund.state == state
    refund.state = state
    refund.due_at = refund.leased_until = None
    refund.save()
    if known:
        return
    _tell(event, payment, refund)
    log.warning("refund_needs_staff", refund=refund.number, state=str(state))


def _look_again(refund: Refund) -> None:
    refund.due_at = clock.now() + rules.pause_after(refund.looks)
    refund.looks += 1
    refund.leased_until = None
    refund.save()


@in_transaction
def _apply_without_result(*, number: str, meaning: RefundMeaning, answer: str, refusal: str) -> None:
    """Book an answer that says nothing about the refund's state at WeChat. Locks payment and refund."""
    payment, refund = lock_refund(number=number)
    if refund.state not in _ASKABLE:
        return
    short_before = refund.last_answer == f"refused {SHORT_OF_FUNDS}"
    refund.last_answer = answer
    refund.refusal = refusal or refund.refusal
    if meaning == RefundMeaning.SHORT_OF_FUNDS:
        _wait_for_funds(payment, refund, tell=not short_before)
    elif meaning == RefundMeaning.RESEND and refund.state == Refund.State.SENDING:
        refund.state = Refund.State.PENDING
        refund.due_at = clock.now()
        refund.leased_until = None
        refund.save()
    elif meaning == RefundMeaning.FAILED:
        _park(payment, refund, meaning)
    else:
        _look_again(refund)


def _wait_for_funds(payment: Payment, refund: Refund, *, tell: bool) -> None:
    refund.state = Refund.State.PENDING
    refund.due_at = clock.now() + rules.SHORT_OF_FUNDS_PAUSE
    refund.leased_until = None
    refund.save()
    if tell:
        _tell(RefundShortOfFunds, payment, refund)
        log.warning("refund_short_of_funds", refund=refund.number)


def _tell(event: type[RefundEvent], payment: Payment, refund: Refund) -> None:
    publish(event(**about_refund(payment, refund)))


def _record(kind: str, refund: Refund, result: RefundResult, source: str) -> None:
    record_incident(
        kind=kind,
        number=refund.number,
        source=source,
        transaction_id=result.transaction_id,
        refund=refund,
        amount=result.amount_refund,
        expected=f"{refund.amount} {refund.state}",
        received=f"{result.amount_refund} {result.status}",
    )


def _record_unknown(result: RefundResult, source: str) -> None:
    """A refund made outside the shop (the merchant's console): staff must know, the shop did not book it."""
    attempt = PaymentAttempt.objects.filter(transaction_id=result.transaction_id).first()
    record_incident(
        kind=PaymentIncident.Kind.REFUNDED_OUTSIDE if attempt else PaymentIncident.Kind.UNKNOWN_NUMBER,
        number=result.out_refund_no,
        source=source,
        transaction_id=result.transaction_id,
        attempt=attempt,
        amount=result.amount_refund,
        received=f"{result.amount_refund} {result.status}",
    )


def apply_abnormal_refund(
    *, actor: Actor, number: str, kind: str, bank_type: str = "", bank_account: str = "", real_name: str = ""
) -> Refund:
    """Have an ABNORMAL refund sent to a bank card: the payer's (with card data) or the merchant's own.

    The card data goes to WeChat encrypted and is kept nowhere. Call it outside a transaction. Raises
    NotFound, Forbidden, RefundStateRefused (``wechat_code`` when WeChat refuses), WechatBusy (unknown: ask
    later). Audited.
    """
    refund = _prepare_redirect(actor=actor, number=number, kind=kind)
    outcome = pay_client(in_request=True).apply_abnormal_refund(
        AbnormalRefundRequest(
            refund_id=str(refund.refund_id),
            out_refund_no=refund.number,
            kind=kind,
            bank_type=bank_type,
            bank_account=bank_account,
            real_name=real_name,
        )
    )
    if isinstance(outcome, Refused):
        raise RefundStateRefused(state=refund.state, wechat_code=outcome.code)
    if not isinstance(outcome, Success):
        raise WechatBusy(retry_after=outcome.retry_after or 2)
    apply_refund_result(result=outcome.value, source="query")
    return Refund.objects.get(pk=refund.pk)


@in_transaction
def _prepare_redirect(*, actor: Actor, number: str, kind: str) -> Refund:
    """Write down who sends the refund elsewhere, and have a job ask about it. Locks payment and refund."""
    require(actor, REDIRECT_ACTION)
    _payment, refund = lock_refund(number=number)
    if refund.state != Refund.State.ABNORMAL:
        raise RefundStateRefused(state=refund.state)
    refund.due_at = clock.now() + rules.pause_after(0)
    refund.looks = 0
    refund.save(update_fields=["due_at", "looks"])
    details: Mapping[str, object] = {"kind": kind, "amount": refund.amount}
    audit.record(actor=actor, action=REDIRECT_ACTION, subject=refund, after=details)
    return refund
