"""Orders on the pages of members and payments, which know nothing of orders."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.cards.models import CardPurchase
from members.cards.permissions import VIEW_CARDS
from members.models import Member
from orders.admin.badges import fulfilment_badge, payment_badge, status_badge
from orders.models import Order
from orders.payable import KIND
from orders.permissions import SEE_ORDERS
from shop.core.console import Panel, PanelItem, may, money_text, panel
from shop.payments.models import Payment, PaymentIncident, Refund

SHOWN = 5


@panel("members.member")
def latest_orders(request: HttpRequest, member: Member) -> Panel | None:
    """Show the member's latest orders."""
    if not may(request.user, SEE_ORDERS):
        return None
    orders = Order.objects.filter(member=member).defer("address", "staff_note").order_by("-pk")[:SHOWN]
    everything = f"{reverse('admin:orders_order_changelist')}?member={member.pk}"
    return Panel(_("Latest orders"), [_item(one) for one in orders], everything, _("No orders yet."))


@panel("payments.payment")
def order_of_payment(request: HttpRequest, payment: Payment) -> Panel | None:
    """Lead from a payment to its order."""
    return _order_panel(request, payment)


@panel("payments.payment")
def card_of_payment(request: HttpRequest, payment: Payment) -> Panel | None:
    """Say that a card is refunded on a page of its own, and lead there."""
    return _card_panel(request, payment.payable_number) if payment.payable_kind == KIND else None


@panel("payments.refund")
def order_of_refund(request: HttpRequest, refund: Refund) -> Panel | None:
    """Lead from a refund to its order."""
    return _order_panel(request, refund.payment)


@panel("payments.paymentincident")
def order_of_incident(request: HttpRequest, incident: PaymentIncident) -> Panel | None:
    """Lead from an incident to the order it is about, where that is known."""
    about = incident.attempt or incident.refund
    payment = incident.payment if about is None else about.payment
    return None if payment is None else _order_panel(request, payment)


def _order_panel(request: HttpRequest, payment: Payment) -> Panel | None:
    if payment.payable_kind != KIND or not may(request.user, SEE_ORDERS):
        return None
    order = Order.objects.filter(number=payment.payable_number).defer("address", "staff_note").first()
    return None if order is None else Panel(_("Order"), [_item(order)])


def _card_panel(request: HttpRequest, order_number: str) -> Panel | None:
    if not may(request.user, VIEW_CARDS):
        return None
    bought = CardPurchase.objects.filter(order_number=order_number).first()
    if bought is None:
        return None
    detail = f"{money_text(bought.amount)} · {bought.get_state_display()}"
    if bought.state == CardPurchase.State.PAID:
        detail += " · " + _("It is refunded on its own page, not with the goods.")
    url = reverse("admin:members_cardpurchase_change", args=[bought.pk])
    return Panel(_("Card bought with the order"), [PanelItem(bought.card_name, url, detail)])


def _item(order: Order) -> PanelItem:
    placed = timezone.localtime(order.created_at).strftime("%Y-%m-%d %H:%M")
    return PanelItem(
        text=order.number,
        url=reverse("admin:orders_order_change", args=[order.pk]),
        detail=f"{placed} · {money_text(order.payable)}",
        badges=(status_badge(order), payment_badge(order), fulfilment_badge(order)),
    )
