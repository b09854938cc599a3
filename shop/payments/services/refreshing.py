"""A member looks at a payment that is still open: ask WeChat, but not too often and never for long."""

from datetime import timedelta

from django.db.models import Q

from shop.core import clock
from shop.core.errors import Busy, WechatBusy
from shop.payments import rules
from shop.payments.models import Payment, PaymentAttempt
from shop.payments.services.watching import watch_attempt

ASK_AGAIN_AFTER = timedelta(seconds=3)


def refresh_payment(*, payment: Payment) -> Payment:
    """Return the payment as it stands now; while it is open WeChat is asked, at most every three seconds.

    Fails softly: when WeChat or the database is busy, the stored state is the answer.
    """
    if payment.state not in (Payment.State.OPEN, Payment.State.CLOSING):
        return payment
    attempt = payment.attempts.filter(state__in=rules.ATTEMPT_LIVE).first()
    if attempt is None or not _may_ask(attempt):
        return payment
    try:
        watch_attempt(attempt_id=attempt.pk, in_request=True)
    except (WechatBusy, Busy):
        return payment
    # The attempt may have moved to a payment of its own; the member asked for this one.
    return Payment.objects.get(pk=payment.pk)


def _may_ask(attempt: PaymentAttempt) -> bool:
    """Take the turn to ask; of many that look at once, one gets it."""
    now = clock.now()
    rested = Q(asked_at__isnull=True) | Q(asked_at__lte=now - ASK_AGAIN_AFTER)
    return PaymentAttempt.objects.filter(rested, pk=attempt.pk).update(asked_at=now) == 1
