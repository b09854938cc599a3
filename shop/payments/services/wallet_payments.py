"""Paying by wallet: the whole payment is one transaction."""

from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import WechatBusy
from shop.core.outbox import publish
from shop.payments import rules
from shop.payments.errors import PayableClosed
from shop.payments.events import PaymentSucceeded
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.registry import payable_handler, wallet
from shop.payments.services.releasing import about
from shop.payments.services.starting import StartedPayment, check_payable, open_payment
from shop.payments.services.watching import watch_attempt

_PREPARATIONS = 2


def pay_by_wallet(
    *, actor: Actor, payable_kind: str, payable_number: str, wallet_token: str | None = None
) -> StartedPayment:
    """Pay what is due from the member's wallet.

    A WeChat number that is still open for the same due is closed first, so call this outside a transaction.
    Raises what ``start_payment`` raises, WalletUnavailable, and what the wallet refuses with.
    """
    for _turn in range(_PREPARATIONS):
        done = _charge(
            actor=actor, payable_kind=payable_kind, payable_number=payable_number, wallet_token=wallet_token
        )
        if isinstance(done, StartedPayment):
            return done
        watch_attempt(attempt_id=done, in_request=True)
    raise WechatBusy(retry_after=2)


@in_transaction
def _charge(
    *, actor: Actor, payable_kind: str, payable_number: str, wallet_token: str | None
) -> StartedPayment | int:
    """Debit and confirm, or return the attempt to be closed first. Locks payable, payment, what
    the payable needs, the wallet last."""
    handler = payable_handler(payable_kind)
    due = handler.lock(payable_number)
    check_payable(actor=actor, due=due)
    payment = open_payment(
        payable_kind=payable_kind, payable_number=payable_number, due=due, method=Payment.Method.WALLET
    )
    live = payment.attempts.filter(state__in=rules.ATTEMPT_LIVE).first() if payment.pk else None
    if live is not None:
        PaymentAttempt.objects.filter(pk=live.pk).update(close_requested=True)
        return live.pk
    payment.method = Payment.Method.WALLET
    payment.state = Payment.State.PAID
    payment.disposition = Payment.Disposition.KEPT
    payment.amount = payment.captured = due.amount
    payment.paid_at = clock.now()
    payment.save()
    verdict = handler.confirm(
        number=payable_number, payment_number=payment.number, part=payment.part, amount=payment.amount
    )
    if not verdict.kept:
        raise PayableClosed(reason=verdict.reason)
    wallet().debit(
        member_id=due.member_id,
        amount=due.amount,
        payment_number=payment.number,
        wallet_token=wallet_token,
    )
    publish(PaymentSucceeded(**about(payment), method=payment.method))
    return StartedPayment(payment.number, payment.method, payment.amount, payment.state, None)
