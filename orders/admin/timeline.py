"""The timeline as staff read it: everything that happened, who did it, and what they said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from orders.carriers import carrier_name
from orders.models import Order, OrderEvent
from orders.queries.record import OrderRecord
from orders.wording import event_title
from shop.core.console import money_text

_WORDS = {
    "staff": lambda: _("staff"),
    "member": lambda: _("the member"),
    "system": lambda: _("by itself"),
    "cancelled": lambda: _("the order was cancelled"),
    "expired": lambda: _("not paid in time"),
    "sold_out": lambda: _("the goods were gone"),
    "wallet_spent": lambda: _("the wallet's part was spent meanwhile"),
    "points_spent": lambda: _("the points were spent meanwhile"),
    "price_changed": lambda: _("another amount was due"),
    "already_paid": lambda: _("the order was paid already"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One event; ``step`` is the change of status in words, if there was one."""

    title: str
    at: datetime
    by: str
    icon: str
    step: str
    text: str
    details: list[str]
    is_public: bool


_ICONS = {
    "placed": "shopping_cart",
    "paid": "payments",
    "paid_late": "payments",
    "closing": "hourglass_top",
    "closed": "block",
    "cancelled": "cancel",
    "refund_requested": "undo",
    "refunded": "undo",
    "payment_returned": "undo",
    "payment_duplicated": "undo",
    "refund_trouble": "error",
    "shipped": "local_shipping",
    "delivered": "cloud_done",
    "handed_over": "storefront",
    "received": "task_alt",
    "auto_received": "task_alt",
    "completed": "verified",
    "reminded": "notifications_active",
    "noted": "sticky_note_2",
    "comment": "chat",
}


def moments(record: OrderRecord) -> list[Moment]:
    """Return the order's timeline, the latest first."""
    return [_moment(event) for event in record.events]


def _moment(event: OrderEvent) -> Moment:
    return Moment(
        title=event_title(event.kind),
        at=event.at,
        by=actor_text(event),
        icon=_ICONS.get(event.kind, "circle"),
        step=_step(event),
        text=str(event.data.get("text", "")) or reason_text(event.reason),
        details=_details(event.data),
        is_public=event.is_public,
    )


def actor_text(event: OrderEvent) -> str:
    """Return who did it: a colleague by name, everybody else by kind."""
    if event.actor_kind == "member":
        return _("Buyer")
    if event.actor_kind == "wechat":
        return _("WeChat")
    if event.actor_kind == "system":
        return _("The shop itself")
    return event.actor_label


def reason_text(reason: str) -> str:
    """Return codes in words, and what people wrote as it is."""
    words = _WORDS.get(reason)
    return words() if words else reason


def _step(event: OrderEvent) -> str:
    if not event.from_status or not event.to_status or event.from_status == event.to_status:
        return ""
    names = dict(Order.Status.choices)
    former, now = (str(names.get(status, status)) for status in (event.from_status, event.to_status))
    return f"{former} → {now}"


def _details(data: dict[str, Any]) -> list[str]:
    found = []
    if "amount" in data:
        found.append(money_text(data["amount"]))
    if data.get("tracking"):
        found.append(f"{carrier_name(data.get('carrier', ''))} {data['tracking']}")
    if data.get("refund"):
        found.append(_("Refund %(number)s") % {"number": data["refund"]})
    elif data.get("payment"):
        found.append(_("Payment %(number)s") % {"number": data["payment"]})
    return found
