"""The words for what the pricing pipeline and the timeline know as codes, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.tiers.wording import discount_rate
from orders.pricing import Place, Reason
from shop.core.money import format_yuan

_REASONS: Mapping[str, str | Promise] = {
    "price": gettext_lazy("Price ¥%(amount)s"),
    "freight_flat": gettext_lazy("Freight ¥%(amount)s (%(template)s, ¥%(fee)s for the order)"),
    "freight_free_over": gettext_lazy("Free freight from ¥%(free_over)s (%(template)s)"),
    "freight_none": gettext_lazy("No freight"),
    "points_paid": gettext_lazy("Paid with points: ¥%(amount)s"),
    "points_price": gettext_lazy("%(points)s points"),
    "tier_price": gettext_lazy("%(tier)s price ¥%(price)s a piece: ¥%(amount)s"),
    "tier_discount": gettext_lazy("%(tier)s %(rate)s%% off, ¥%(price)s a piece: ¥%(amount)s"),
    "tier_member_day": gettext_lazy("Member day, %(tier)s %(rate)s%% off, ¥%(price)s a piece: ¥%(amount)s"),
    "card_discount": gettext_lazy("%(card)s %(rate)s%% off: ¥%(amount)s"),
    "tier_points": gettext_lazy("%(tier)s earns %(times)s times the points"),
    "tier_free_shipping": gettext_lazy("Free freight for %(tier)s: ¥%(amount)s"),
    "tier_monthly_free_shipping": gettext_lazy(
        "Free freight for %(tier)s: ¥%(amount)s (%(left)s of %(of)s left this month)"
    ),
}
_MONEY = ("fee", "free_over", "price")

_LABELS: Mapping[str, str | Promise] = {"points": gettext_lazy("Points deducted")}
"""Kind of adjustment -> words, for rules to which no merchant gave a name."""

_STEPS: Mapping[str, str | Promise] = {
    "card": gettext_lazy("Card bought: %(name)s"),
    "card_discount": gettext_lazy("Card discount: %(name)s"),
    "tier_price": gettext_lazy("Member price: %(name)s"),
    "tier_discount": gettext_lazy("Member discount: %(name)s"),
    "tier_free_shipping": gettext_lazy("Free freight: %(name)s"),
    "tier_monthly_free_shipping": gettext_lazy("Free freight of the month: %(name)s"),
}
"""Kind of adjustment -> what staff read on the bill: one card or tier may stand behind several lines."""

_EVENTS: Mapping[str, str | Promise] = {
    "placed": gettext_lazy("Order placed"),
    "paid": gettext_lazy("Paid"),
    "paid_late": gettext_lazy("Paid after the order was closed; the goods were still there"),
    "closing": gettext_lazy("Being closed"),
    "closed": gettext_lazy("Order closed"),
    "cancelled": gettext_lazy("Order cancelled"),
    "refund_requested": gettext_lazy("Refund started"),
    "refunded": gettext_lazy("Refund received"),
    "card_refunded": gettext_lazy("Refund for the member card received"),
    "payment_returned": gettext_lazy("A payment that came too late goes back"),
    "payment_duplicated": gettext_lazy("A second payment goes back"),
    "refund_trouble": gettext_lazy("The refund needs staff"),
    "shipped": gettext_lazy("Parcel shipped"),
    "delivered": gettext_lazy("Delivered online"),
    "handed_over": gettext_lazy("Picked up"),
    "received": gettext_lazy("Receipt confirmed"),
    "auto_received": gettext_lazy("Received, by lapse of time"),
    "completed": gettext_lazy("Order completed"),
    "reminded": gettext_lazy("The member asks for shipment"),
    "noted": gettext_lazy("Note changed"),
    "comment": gettext_lazy("Comment"),
}


def explain(reason: Reason) -> dict[str, Any]:
    """Return one sentence of a line's explanation as the API shows it."""
    return explain_stored(store_reason(reason))


def store_reason(reason: Reason) -> dict[str, Any]:
    """Return a reason as an order line keeps it: codes and figures, no words."""
    return {
        "step": Place(reason.place).name.lower(),
        "code": reason.code,
        "amount": reason.amount,
        "details": dict(reason.details),
    }


def explain_stored(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored reason with its words; an older version's code stands for itself."""
    details = dict(stored.get("details", {}))
    figures = {
        **details,
        **{name: format_yuan(details[name]) for name in _MONEY if name in details},
        "amount": format_yuan(stored["amount"]),
        **_rates(details),
    }
    template = _REASONS.get(stored["code"])
    text = stored["code"] if template is None else str(template) % figures
    return {"step": stored["step"], "code": stored["code"], "amount": stored["amount"], "text": text}


def adjustment_label(kind: str, label: str) -> str:
    """Return the merchant's name for a price rule, or the shop's words for its kind."""
    return label or str(_LABELS.get(kind, kind))


def step_label(kind: str, label: str) -> str:
    """Return what staff read for a price rule on an order's bill: what it does, and the merchant's name."""
    step = _STEPS.get(kind)
    if step is None or not label:
        return adjustment_label(kind, label)
    return str(step) % {"name": label}


def _rates(details: Mapping[str, Any]) -> dict[str, str]:
    """Return a discount as the reader's language writes it, points as a factor."""
    found = {}
    if "permille" in details:
        found["rate"] = discount_rate(details["permille"])
    if "times" in details:
        found["times"] = f"{details['times'] / 1000:g}"
    return found


def event_title(kind: str) -> str:
    """Return what the timeline says for a kind of event."""
    return str(_EVENTS.get(kind, kind))


def payment_description(title: str, lines: int) -> str:
    """Return what the payer reads in WeChat: the first title, and that there is more."""
    if lines == 1:
        return title
    return _("%(title)s and %(count)d more") % {"title": title, "count": lines - 1}
