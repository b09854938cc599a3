"""Staff do not want to wait for the job: ask WeChat now. Asking twice does no harm."""

from typing import TypeVar

from shop.core.actors import Actor
from shop.core.errors import NotFound
from shop.core.permissions import require
from shop.payments import rules
from shop.payments.models import Payment, Refund, Transfer
from shop.payments.services.refund_calls import advance_refund
from shop.payments.services.transfer_calls import advance_transfer
from shop.payments.services.watching import watch_attempt

R = TypeVar("R")

QUERY_ACTION = "payments.query_payment"


def query_payment(*, actor: Actor, number: str) -> Payment:
    """Ask WeChat about every number of the payment that may still change. Raises Forbidden, NotFound,
    WechatBusy."""
    require(actor, QUERY_ACTION)
    payment = _found(Payment.objects.filter(number=number).first())
    for pk in payment.attempts.filter(state__in=rules.ATTEMPT_WATCHED).values_list("pk", flat=True):
        watch_attempt(attempt_id=pk, in_request=True)
    return Payment.objects.get(pk=payment.pk)


def query_refund(*, actor: Actor, number: str) -> Refund:
    """Ask WeChat about a refund, or send it if it waits. Raises Forbidden, NotFound, WechatBusy."""
    require(actor, QUERY_ACTION)
    refund = _found(Refund.objects.filter(number=number).first())
    advance_refund(refund_id=refund.pk, in_request=True)
    return Refund.objects.get(pk=refund.pk)


def query_transfer(*, actor: Actor, number: str) -> Transfer:
    """Ask WeChat about a transfer, or send it if it waits. Raises Forbidden, NotFound, WechatBusy."""
    require(actor, QUERY_ACTION)
    transfer = _found(Transfer.objects.filter(number=number).first())
    advance_transfer(transfer_id=transfer.pk, in_request=True)
    return Transfer.objects.get(pk=transfer.pk)


def _found(row: R | None) -> R:
    if row is None:
        raise NotFound
    return row
