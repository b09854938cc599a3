"""The strip above an order: what somebody has to know, or do, before anything else."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order
from orders.pricing import Delivery
from orders.queries.record import STOPPED_REFUNDS, OrderRecord
from orders.rules import needs_address
from orders.services.receiving import REMIND_EVERY, REMINDABLE
from orders.states import Status
from shop.core import clock
from shop.core.console import money_text
from shop.payments.models import Payment


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the strip; ``variant`` is danger, warning or info."""

    variant: str
    text: str
    url: str = ""

    @property
    def icon(self) -> str:
        """Return a shape of its own for each variant."""
        return {"danger": "error", "warning": "warning"}.get(self.variant, "info")


def alerts_of(record: OrderRecord, *, sees_payments: bool) -> list[Alert]:
    """Return the strip, the most urgent first. Links to payments only for those who may follow them."""
    found = [
        *_refunds(record, sees_payments),
        *_incidents(record, sees_payments),
        *_late_money(record),
        *_order(record.order),
        *_money_back(record),
    ]
    urgency = ("danger", "warning", "info")
    return sorted(found, key=lambda alert: urgency.index(alert.variant))


def _refunds(record: OrderRecord, sees_payments: bool) -> Iterator[Alert]:
    for view in record.payments:
        for refund in view.refunds:
            if refund.state in STOPPED_REFUNDS:
                text = _("Refund of %(amount)s goes no further: %(state)s.") % {
                    "amount": money_text(refund.amount),
                    "state": refund.get_state_display(),
                }
                yield Alert("danger", text, _link("payments_refund", refund.pk, sees_payments))


def _incidents(record: OrderRecord, sees_payments: bool) -> Iterator[Alert]:
    for incident in record.incidents:
        text = _("WeChat contradicts our books: %(kind)s (%(amount)s). Finance decides.") % {
            "kind": incident.get_kind_display(),
            "amount": money_text(incident.amount),
        }
        yield Alert("danger", text, _link("payments_paymentincident", incident.pk, sees_payments))


def _late_money(record: OrderRecord) -> Iterator[Alert]:
    """Money that came and could not be kept."""
    sold_out = any(event.kind == "payment_returned" and event.reason == "sold_out" for event in record.events)
    for view in record.payments:
        payment = view.payment
        figures = {"amount": money_text(payment.captured), "refunded": money_text(payment.refunded)}
        variant = "info" if payment.refunded == payment.captured else "warning"
        if payment.disposition == Payment.Disposition.LATE and sold_out:
            text = _("%(amount)s came too late and the goods were gone; it goes back: so far %(refunded)s.")
        elif payment.disposition == Payment.Disposition.LATE:
            text = _("%(amount)s came after the order was closed and goes back: so far %(refunded)s.")
        elif payment.disposition == Payment.Disposition.DUPLICATE:
            text = _("The member paid twice; the second %(amount)s goes back: so far %(refunded)s.")
        else:
            continue
        yield Alert(variant, text % figures)
    if any(event.kind == "paid_late" for event in record.events):
        yield Alert("info", _("The payment came after the order was closed; its goods were reserved again."))


def _order(order: Order) -> Iterator[Alert]:
    ended = order.status in (Status.CLOSED, Status.REFUNDED)
    if needs_address(Delivery(order.delivery)) and not order.address and not ended:
        yield Alert("danger", _("The order has no delivery address."))
    if order.after_sale_status == Order.AfterSaleStatus.OPEN:
        yield Alert("warning", _("An after-sale is open: it goes first, nothing is shipped or cancelled."))
    if order.status == Status.CLOSING:
        yield Alert("warning", _("Being closed: WeChat has not yet confirmed that nothing was paid."))
    if order.reminded_at and order.status in REMINDABLE and order.reminded_at > clock.now() - REMIND_EVERY:
        asked = timezone.localtime(order.reminded_at).strftime("%m-%d %H:%M")
        yield Alert("warning", _("The member asked for shipment on %(time)s.") % {"time": asked})


def _money_back(record: OrderRecord) -> Iterator[Alert]:
    if record.returning:
        text = _("%(amount)s is promised back and not yet with the payer.")
        yield Alert("info", text % {"amount": money_text(record.returning)})


def _link(page: str, pk: int, allowed: bool) -> str:
    return reverse(f"admin:{page}_change", args=[pk]) if allowed else ""
