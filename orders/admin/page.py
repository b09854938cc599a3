"""What the order page shows, put together from the order's record and the person's permissions."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.admin.alerts import alerts_of
from orders.admin.badges import all_badges
from orders.admin.columns import member_name
from orders.admin.forms import CommentForm
from orders.admin.timeline import moments, reason_text
from orders.models import Order, OrderAdjustment, OrderLine
from orders.permissions import NOTE_ORDER, SEE_ADDRESS
from orders.pricing.steps.member_freight import FREIGHT_RULES
from orders.queries.orders import address_of_order
from orders.queries.record import OrderRecord, neighbours, refund_on_cancel
from orders.services.cancelling import UNPAID
from orders.showing import spec_text
from orders.wording import explain_stored, step_label
from shop.core.console import badge_html, may, money_html, money_text
from shop.core.crypto import mask_address, mask_name, mask_phone

SEE_PAYMENTS = "payments.view_payment"
SEE_MEMBERS = "members.view_member"

_PAYMENT_STATES = {"open": "info", "closing": "warning", "paid": "success"}
_DISPOSITIONS = {"kept": "success", "late": "warning", "duplicate": "warning", "unmatched": "danger"}
_ATTEMPT_STATES = {
    "open": "info",
    "sending": "warning",
    "paid": "success",
    "refused": "danger",
    "disputed": "danger",
}
_REFUND_STATES = {
    "pending": "info",
    "sending": "info",
    "processing": "info",
    "succeeded": "success",
    "abnormal": "danger",
    "closed": "danger",
    "failed": "danger",
}


def order_page(request: HttpRequest, record: OrderRecord) -> dict[str, Any]:
    """Return the page's context. Two queries of its own."""
    order = record.order
    sees_payments = may(request.user, SEE_PAYMENTS)
    older, newer = neighbours(order)
    return {
        "order": order,
        "record": record,
        "badges": all_badges(order),
        "alerts": alerts_of(record, sees_payments=sees_payments),
        "older": _order_url(older),
        "newer": _order_url(newer),
        "prices": _prices(record),
        "totals": _totals(order, record.adjustments),
        "money": _money(record),
        "payments": _payments(record) if sees_payments else [],
        "sees_payments": sees_payments,
        "member_name": member_name(order),
        "member_url": _member_url(request, order),
        "member_orders_url": f"{reverse('admin:orders_order_changelist')}?member={order.member_id}",
        "receiver": masked_address(order),
        "may_reveal": may(request.user, SEE_ADDRESS) and bool(order.address),
        "moments": moments(record),
        "comment_form": _comment_form(request),
    }


def cancel_warning(order: Order | None) -> str:
    """Return what the cancel dialog says: above all, what money goes back."""
    if order is None:
        return ""
    if order.status in UNPAID:
        return _("Nothing has been paid. The order is closed and its goods are free again.")
    amount = refund_on_cancel(order)
    if not amount:
        return _("No money goes back. The order is closed and its goods are free again.")
    return _(
        "%(amount)s goes back to the payer the way it came, at once and for good. "
        "The order is closed and its goods are free again."
    ) % {"amount": money_text(amount)}


def masked_address(order: Order) -> dict[str, str]:
    """Return where the goods go as everybody with orders may see it; empty where nobody drives."""
    address = address_of_order(order)
    if address is None:
        return {}
    return {
        "receiver": mask_name(address.get("receiver", "")),
        "phone": mask_phone(address.get("phone", "")),
        "region": " ".join(address.get(part, "") for part in ("province", "city", "district")),
        "detail": mask_address(address.get("detail", "")),
    }


def _order_url(pk: int | None) -> str:
    return "" if pk is None else reverse("admin:orders_order_change", args=[pk])


def _member_url(request: HttpRequest, order: Order) -> str:
    if not may(request.user, SEE_MEMBERS):
        return ""
    return reverse("admin:members_member_change", args=[order.member_id])


def _comment_form(request: HttpRequest) -> CommentForm | None:
    if not may(request.user, NOTE_ORDER):
        return None
    return CommentForm(initial=CommentForm.initial_for(None))


def _prices(record: OrderRecord) -> list[dict[str, Any]]:
    """Return for every line how its price came about."""
    return [
        {
            "line": line,
            "spec": spec_text(line.spec),
            "unit_price": money_html(line.unit_price),
            "amount": money_html(line.amount),
            "payable": money_html(line.payable),
            "freight": money_html(line.freight) if line.freight else "",
            "adjustments": [
                {"label": step_label(item.kind, item.label), "amount": money_html(item.amount)}
                for item in record.adjustments
                if item.line_id == line.pk
            ],
            "explanation": _sentences(line),
        }
        for line in record.lines
    ]


def _sentences(line: OrderLine) -> list[str]:
    return [explain_stored(reason)["text"] for reason in line.explanation]


def _totals(order: Order, adjustments: list[OrderAdjustment]) -> list[dict[str, Any]]:
    """Return the bill from goods to what WeChat is asked for, step by step; a rule of several lines once."""
    sums: dict[bool, dict[str, int]] = {False: {}, True: {}}  # rules for the goods, rules for the freight
    for item in adjustments:
        label, found = step_label(item.kind, item.label), sums[item.kind in FREIGHT_RULES]
        found[label] = found.get(label, 0) + item.amount
    rows = [(_("Goods"), order.goods_total), *sums[False].items()]
    rows += [(_("Freight"), order.freight), *sums[True].items()]
    if order.wallet_amount:
        rows.append((_("From wallet"), -order.wallet_amount))
    bill: list[dict[str, Any]] = [{"label": label, "amount": money_html(amount)} for label, amount in rows]
    if order.points_used:
        bill.append({"label": _("Points used"), "amount": order.points_used})
    if order.points_returned:
        bill.append({"label": _("Points returned"), "amount": order.points_returned})
    return bill


def _money(record: OrderRecord) -> list[dict[str, Any]]:
    order = record.order
    figures: Mapping[str, int] = {
        _("Due"): order.due,
        _("Money received"): order.paid,
        _("Refunded"): order.refunded,
        _("Net"): record.net,
    }
    return [{"label": label, "amount": money_html(amount)} for label, amount in figures.items()]


def _payments(record: OrderRecord) -> list[dict[str, Any]]:
    """Return every payment with its attempts and refunds, provider references included."""
    return [
        {
            "payment": view.payment,
            "url": reverse("admin:payments_payment_change", args=[view.payment.pk]),
            "amount": money_html(view.payment.amount),
            "state": _badge(view.payment, "state", _PAYMENT_STATES),
            "outcome": _badge(view.payment, "disposition", _DISPOSITIONS) if view.payment.disposition else "",
            "attempts": [
                {"row": row, "state": _badge(row, "state", _ATTEMPT_STATES), "amount": money_html(row.amount)}
                for row in view.attempts
            ],
            "refunds": [
                {
                    "row": row,
                    "url": reverse("admin:payments_refund_change", args=[row.pk]),
                    "state": _badge(row, "state", _REFUND_STATES),
                    "amount": money_html(row.amount),
                    "reason": reason_text(row.reason),
                }
                for row in view.refunds
            ],
        }
        for view in record.payments
    ]


def _badge(row: Any, field: str, variants: Mapping[str, str]) -> str:
    words = getattr(row, f"get_{field}_display")()
    return badge_html(words, variants.get(getattr(row, field), "neutral"))
