"""Telling staff about new orders: an intention row per order, carried out by a job with retries."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from orders.models import Order, OrderAlert
from orders.webhooks import Answer, is_allowed, message, post
from shop.core import clock, runtime
from shop.core.db import in_transaction, lock_row
from shop.core.money import format_yuan

NO_ALERT: Final = "none"
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 3600, 3600, 7200))
"""After which time a failed message is tried again; after the last one it is given up."""


def alerts_wanted() -> bool:
    """Return whether the shop wants its staff to be told about new orders; asks no database."""
    return bool(runtime.value("order_alert_kind") != NO_ALERT)


def want_alert(*, order_id: int) -> None:
    """Write the intention to announce an order, unless the shop wants no alerts. Once per order."""
    if not alerts_wanted():
        return
    now = clock.now()
    OrderAlert.objects.bulk_create(
        [OrderAlert(order_id=order_id, created_at=now, due_at=now)], ignore_conflicts=True
    )


def send_alert(*, alert_id: int) -> None:
    """Send one alert and note how it went. Call it outside a transaction, with the row leased."""
    alert = OrderAlert.objects.select_related("order").defer("order__address").get(pk=alert_id)
    kind, url = runtime.value("order_alert_kind"), runtime.value("order_alert_url")
    if kind == NO_ALERT:
        _note(alert_id=alert_id, answer=None)
    elif not is_allowed(url, kind=kind):
        _note(alert_id=alert_id, answer=Answer(delivered=False, retry=True, text="address not allowed"))
    else:
        _note(alert_id=alert_id, answer=post(url, _message(kind, alert.order)))


def _message(kind: str, order: Order) -> dict[str, object]:
    """Return what staff read: number, amount, pieces; nothing personal leaves the shop."""
    pieces = order.lines.aggregate(pieces=Sum("quantity"))["pieces"]
    with override(settings.LANGUAGE_CODE):
        return message(
            kind,
            title=_("New order"),
            lines={
                _("Number"): order.number,
                _("Amount"): f"¥{format_yuan(order.payable)}",
                _("Pieces"): str(pieces),
                _("Delivery"): str(order.get_delivery_display()),
                _("Paid at"): _moment(order),
            },
        )


def _moment(order: Order) -> str:
    paid_at = order.paid_at or order.created_at
    return paid_at.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@in_transaction
def _note(*, alert_id: int, answer: Answer | None) -> None:
    """Keep the outcome; ``None`` when alerts were switched off meanwhile. Locks the alert."""
    alert = lock_row(OrderAlert.objects.filter(pk=alert_id))
    if alert.state != OrderAlert.State.PENDING:
        return
    alert.leased_until = None
    now = clock.now()
    if answer is None:
        alert.state, alert.due_at = OrderAlert.State.SKIPPED, None
    elif answer.delivered:
        alert.state, alert.due_at, alert.sent_at = OrderAlert.State.SENT, None, now
    elif answer.retry and alert.looks < len(PAUSES):
        alert.due_at = now + PAUSES[alert.looks]
    else:
        alert.state, alert.due_at = OrderAlert.State.FAILED, None
    if answer is not None:
        alert.looks += 1
        alert.last_answer = answer.text[:100]
    alert.save()
