"""The columns of the order list: two lines each, so that a row says what it is about."""

import json

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.admin.badges import fulfilment_badge, payment_badge, status_badge
from orders.models import Order, OrderLine
from orders.showing import picture, spec_text
from shop.core.console import money_text
from shop.core.crypto import mask_name, mask_phone

PICTURES = 3


@admin.display(description=gettext_lazy("order"))
def order_column(order: Order) -> SafeString:
    """Number, time and way of delivery."""
    placed = timezone.localtime(order.created_at).strftime("%Y-%m-%d %H:%M")
    return format_html(
        '<span class="order-cell"><span class="order-number">{}</span>'
        '<span class="console-subtle">{} · {}</span></span>',
        order.number,
        placed,
        order.get_delivery_display(),
    )


@admin.display(description=gettext_lazy("Items"))
def goods_column(order: Order) -> SafeString:
    """Pictures and what is in it."""
    lines = list(order.lines.all())
    pictures = format_html_join("", "{}", ((picture(line.image),) for line in lines[:PICTURES]))
    return format_html(
        '<span class="order-goods"><span class="order-goods__pictures">{}</span>'
        '<span class="order-goods__text"><span class="order-goods__title">{}</span>'
        '<span class="console-subtle">{}</span></span></span>',
        pictures,
        lines[0].title if lines else "",
        goods_summary(lines),
    )


def goods_summary(lines: list[OrderLine]) -> str:
    """Return the specification of a single line, or how much there is of how many kinds."""
    pieces = sum(line.quantity for line in lines)
    text = ngettext("%(count)d piece", "%(count)d pieces", pieces) % {"count": pieces}
    if len(lines) == 1:
        return f"{spec_text(lines[0].spec)} × {pieces}".strip(" ×") if lines[0].spec else f"× {pieces}"
    return _("%(kinds)d kinds, %(pieces)s") % {"kinds": len(lines), "pieces": text}


@admin.display(description=gettext_lazy("Buyer"))
def member_column(order: Order) -> SafeString:
    """Who ordered and who receives, both masked."""
    return format_html(
        '<span class="order-cell"><span>{}</span>'
        '<span class="console-subtle order-cell__wide">{}</span></span>',
        member_name(order),
        receiver(order),
    )


def member_name(order: Order) -> str:
    """Return the member's masked nickname and number."""
    return f"{mask_name(order.member.nickname)} #{order.member_id}".strip()


def receiver(order: Order) -> str:
    """Return the masked receiver, or the masked phone of a member who needs no address."""
    if not order.address:
        return mask_phone(order.member.phone) if order.member.phone else ""
    address = json.loads(order.address)
    return f"{mask_name(address.get('receiver', ''))} {mask_phone(address.get('phone', ''))}"


@admin.display(description=gettext_lazy("payable / paid"))
def amount_column(order: Order) -> SafeString:
    """What it costs and what has come, less what went back."""
    paid = money_text(order.paid) if order.paid_at else _("unpaid")
    if order.refunded:
        paid = _("%(paid)s, back %(refunded)s") % {"paid": paid, "refunded": money_text(order.refunded)}
    return format_html(
        '<span class="order-cell"><span class="console-money text-important">{}</span>'
        '<span class="console-subtle console-money">{}</span></span>',
        money_text(order.payable),
        paid,
    )


@admin.display(description=gettext_lazy("Order status"))
def status_column(order: Order) -> SafeString:
    """Where it stands."""
    return status_badge(order)


@admin.display(description=gettext_lazy("Payment status"))
def payment_column(order: Order) -> SafeString:
    """What became of the money."""
    return payment_badge(order)


@admin.display(description=gettext_lazy("Fulfilment status"))
def fulfilment_column(order: Order) -> SafeString:
    """What became of the goods."""
    return fulfilment_badge(order)
