"""Starting a payment: a row, then WeChat, then the answer. One open number per due, whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.conf import settings

from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, write_at_once
from shop.core.errors import NotFound, WechatBusy
from shop.core.idempotency import Claim
from shop.core.ids import new_number
from shop.core.prepared import Prepared
from shop.core.rows import find_row, find_rows, insert_family, insert_row, update_row
from shop.payments import rules
from shop.payments.errors import (
    AlreadyPaid,
    NothingDue,
    PayableClosed,
    PayableClosing,
    PayableExpired,
    PaymentRefused,
)
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.ports import Due, DueState
from shop.payments.registry import payable_handler
from shop.payments.rules import PrepayMeaning
from shop.payments.services.addresses import notify_url
from shop.payments.services.watching import answer_of, watch_attempt
from shop.wechat.outcomes import Refused, Success, Unknown
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.types import JsapiOrder

log = structlog.get_logger(__name__)

_OPENED = Prepared("""
UPDATE payments_paymentattempt SET state = %s, prepay_id = %s, prepay_at = %s, last_answer = 'ok'
WHERE id = %s AND state = ANY(%s) RETURNING close_requested
""")

_RETRY_AFTER = 2
_LONGEST_DESCRIPTION = 127
_PREPARATIONS = 2


@dataclass(frozen=True)
class StartedPayment:
    """What the member's client gets. ``wechat`` is what ``wx.requestPayment`` needs, or None for the
    wallet."""

    number: str
    method: str
    amount: int
    status: str
    wechat: Mapping[str, str] | None


@dataclass(frozen=True)
class _Prepared:
    """An attempt and what to do with it: hand it out as it is, send it, or have it closed first."""

    attempt: PaymentAttempt
    send: bool = False
    repeated: bool = False
    outdated: bool = False


def start_payment(
    *, actor: Actor, payable_kind: str, payable_number: str, openid: str, claim: Claim | None = None
) -> StartedPayment:
    """Begin, or continue, paying what is due with WeChat Pay.

    The open number of the same due is handed out again, freshly signed; it is never joined by a second one.
    When the amount or the payer's identity changed, the old number is closed at WeChat before a new one is
    made. Must be called outside a transaction; ``claim`` keeps the number for a request that is repeated
    after a crash.

    Raises NotFound (absent, or another member's), PayableClosing, PayableClosed, PayableExpired, AlreadyPaid,
    NothingDue, PaymentRefused (WeChat's refusal), WechatNotConfigured, WechatBusy (nobody knows yet: repeat).
    """
    client = pay_client(in_request=True)
    for _turn in range(_PREPARATIONS):
        prepared = _prepare(
            actor=actor, payable_kind=payable_kind, payable_number=payable_number, openid=openid, claim=claim
        )
        if not prepared.outdated:
            return _hand_out(client, prepared)
        watch_attempt(attempt_id=prepared.attempt.pk, in_request=True)
    raise WechatBusy(retry_after=_RETRY_AFTER)


def check_payable(*, actor: Actor, due: Due) -> None:
    """Raise what forbids that ``actor`` pays ``due`` now."""
    if actor.kind == "member" and actor.id != due.member_id:
        raise NotFound
    refusals = {
        DueState.PAID: AlreadyPaid,
        DueState.CLOSING: PayableClosing,
        DueState.CLOSED: PayableClosed,
    }
    if due.state in refusals:
        raise refusals[due.state]
    if due.expires_at is not None and due.expires_at <= clock.now():
        raise PayableExpired
    if due.amount <= 0:
        raise NothingDue


def open_payment(*, payable_kind: str, payable_number: str, due: Due, method: str) -> Payment:
    """Return the due's open payment, locked, or a new one that the caller has yet to insert.

    The caller holds the payable's lock. Raises PayableClosing while an earlier payment of it is being closed,
    AlreadyPaid when one was kept: the payable says that it is owed, our own books have the last word.
    """
    rows = find_rows(
        Payment, lock=True, payable_kind=payable_kind, payable_number=payable_number, part=due.part
    )
    for row in rows:
        if row.state == Payment.State.CLOSING:
            raise PayableClosing
        if row.state == Payment.State.OPEN:
            return row
    if any(row.disposition == Payment.Disposition.KEPT for row in rows):
        raise AlreadyPaid
    return Payment(
        number=new_number(),
        payable_kind=payable_kind,
        payable_number=payable_number,
        part=due.part,
        member_id=due.member_id,
        method=method,
        amount=due.amount,
        created_at=clock.now(),
        expires_at=due.expires_at,
    )


@in_transaction
def _prepare(
    *, actor: Actor, payable_kind: str, payable_number: str, openid: str, claim: Claim | None
) -> _Prepared:
    """Write down what is about to be sent. Locks payable, payment, attempt."""
    handler = payable_handler(payable_kind)
    due = handler.lock(payable_number)
    check_payable(actor=actor, due=due)
    payment = open_payment(
        payable_kind=payable_kind, payable_number=payable_number, due=due, method=Payment.Method.WECHAT
    )
    live = _live_attempts(payment) if payment.pk else []
    if not live:
        description = handler.describe(payable_number)
        prepared = _Prepared(_new_attempt(payment, due, openid, description), send=True)
    elif _outdated(live[0], due, openid):
        live[0].close_requested = True
        live[0].save(update_fields=["close_requested"])
        return _Prepared(live[0], outdated=True)
    else:
        prepared = _continue(live[0])
    if claim is not None:
        claim.keep(prepared.attempt.out_trade_no)
    return prepared


def _live_attempts(payment: Payment) -> list[PaymentAttempt]:
    return find_rows(PaymentAttempt, lock=True, payment=payment.pk, state=list(rules.ATTEMPT_LIVE))


def _outdated(attempt: PaymentAttempt, due: Due, openid: str) -> bool:
    """Whether this number can no longer be what the member pays with."""
    wanted = (due.amount, openid, settings.WECHAT_APPID, settings.WECHATPAY_MCHID)
    sent = (attempt.amount, attempt.openid, attempt.appid, attempt.mchid)
    return attempt.close_requested or sent != wanted or attempt.time_expire <= clock.now()


def _new_attempt(payment: Payment, due: Due, openid: str, description: str) -> PaymentAttempt:
    now = clock.now()
    wanted = (Payment.Method.WECHAT, due.amount, due.expires_at)
    if payment.pk and (payment.method, payment.amount, payment.expires_at) != wanted:
        payment.method, payment.amount, payment.expires_at = wanted
        update_row(payment, "method", "amount", "expires_at")
    attempt = PaymentAttempt(
        payment=payment,
        out_trade_no=new_number(),
        appid=settings.WECHAT_APPID,
        mchid=settings.WECHATPAY_MCHID,
        amount=due.amount,
        description=description[:_LONGEST_DESCRIPTION],
        openid=openid,
        notify_url=notify_url("pay"),
        time_expire=rules.time_to_expire(now=now, expires_at=due.expires_at),
        prepay_deadline=clock.wall() + rules.PREPAY_WINDOW,
        due_at=now + rules.pause_after(0),
        created_at=now,
    )
    if payment.pk:
        insert_row(attempt)
    else:
        insert_family(payment, "payment", [attempt])
    return attempt


def _continue(attempt: PaymentAttempt) -> _Prepared:
    fresh = attempt.prepay_at is not None and clock.now() < attempt.prepay_at + rules.PREPAY_LIFETIME
    if attempt.state == PaymentAttempt.State.OPEN and fresh:
        return _Prepared(attempt)
    attempt.prepay_deadline = clock.wall() + rules.PREPAY_WINDOW
    attempt.save(update_fields=["prepay_deadline"])
    return _Prepared(attempt, send=True, repeated=True)


def _hand_out(client: PayClient, prepared: _Prepared) -> StartedPayment:
    attempt = _send(client, prepared) if prepared.send else prepared.attempt
    payment = prepared.attempt.payment
    return StartedPayment(
        number=payment.number,
        method=Payment.Method.WECHAT,
        amount=attempt.amount,
        status=Payment.State.OPEN,
        wechat=client.invoke_parameters(attempt.prepay_id),
    )


def _send(client: PayClient, prepared: _Prepared) -> PaymentAttempt:
    attempt = prepared.attempt
    outcome = client.create_jsapi_order(
        JsapiOrder(
            out_trade_no=attempt.out_trade_no,
            description=attempt.description,
            amount=attempt.amount,
            openid=attempt.openid,
            notify_url=attempt.notify_url,
            time_expire=attempt.time_expire,
        )
    )
    meaning = rules.read_prepay(outcome, repeated=prepared.repeated)
    if isinstance(outcome, Success):
        return _usable(_store_prepay(attempt, outcome.value.prepay_id))
    _store_failure(attempt_id=attempt.pk, meaning=meaning, answer=answer_of(outcome))
    if meaning == PrepayMeaning.REFUSED and isinstance(outcome, Refused):
        log.warning("prepay_refused", out_trade_no=attempt.out_trade_no, code=outcome.code)
        raise PaymentRefused(wechat_code=outcome.code)
    if meaning == PrepayMeaning.ASK:
        watch_attempt(attempt_id=attempt.pk, in_request=True)
        if PaymentAttempt.objects.filter(pk=attempt.pk, state=PaymentAttempt.State.PAID).exists():
            raise AlreadyPaid
    wait = outcome.retry_after if isinstance(outcome, Unknown) else None
    raise WechatBusy(retry_after=wait or _RETRY_AFTER)


def _usable(attempt: PaymentAttempt) -> PaymentAttempt:
    """Return the attempt unless the world has moved on while WeChat answered."""
    if attempt.state == PaymentAttempt.State.PAID:
        raise AlreadyPaid
    if attempt.state != PaymentAttempt.State.OPEN or attempt.close_requested:
        raise WechatBusy(retry_after=_RETRY_AFTER)
    return attempt


def _store_prepay(sent: PaymentAttempt, prepay_id: str) -> PaymentAttempt:
    """Keep the prepay id; return the attempt as it stands now. Locks it.

    Need not wait for the disk: WeChat gives it again for the same number.
    """
    now = clock.now()
    found = write_at_once(
        _OPENED,
        [PaymentAttempt.State.OPEN, prepay_id, now, sent.pk, list(rules.ATTEMPT_LIVE)],
        flushed=False,
    )
    if found is None:
        return _keep_for_closing(sent.pk, prepay_id)
    sent.state = PaymentAttempt.State.OPEN
    sent.prepay_id, sent.prepay_at, sent.last_answer = prepay_id, now, "ok"
    (sent.close_requested,) = found
    return sent


@in_transaction
def _keep_for_closing(attempt_id: int, prepay_id: str) -> PaymentAttempt:
    """Keep the prepay id of a number that was given up while this answer was on its way.

    WeChat knows it now: it must be closed there.
    """
    attempt = _lock(attempt_id)
    if rules.may_attempt_move(attempt.state, PaymentAttempt.State.ABANDONED):
        attempt.state = PaymentAttempt.State.ABANDONED
        attempt.close_requested = True
        attempt.due_at = clock.now()
    attempt.prepay_id = prepay_id
    attempt.prepay_at = clock.now()
    attempt.last_answer = "ok"
    update_row(attempt, "state", "close_requested", "due_at", "prepay_id", "prepay_at", "last_answer")
    return attempt


def _lock(attempt_id: int) -> PaymentAttempt:
    attempt = find_row(PaymentAttempt, lock=True, id=attempt_id)
    if attempt is None:
        raise NotFound
    return attempt


@in_transaction
def _store_failure(*, attempt_id: int, meaning: PrepayMeaning, answer: str) -> None:
    """Keep what WeChat said instead of a prepay id. Locks the attempt.

    A number that is being closed stays with those who close it, because they also release the payable.
    """
    attempt = _lock(attempt_id)
    if attempt.state not in rules.ATTEMPT_LIVE:
        return
    attempt.last_answer = answer
    if meaning == PrepayMeaning.REFUSED and not attempt.close_requested:
        attempt.state = PaymentAttempt.State.REFUSED
        attempt.due_at = None
    if meaning == PrepayMeaning.ASK:
        attempt.close_requested = True
        attempt.due_at = clock.now()
    attempt.save()
