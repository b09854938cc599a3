"""What orders do by themselves. Each run is bounded, shares its rows with other runs, and may run twice."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderAlert
from orders.services.alerting import send_alert
from orders.services.cancelling import expire_order
from orders.services.receiving import auto_receive, complete_order
from orders.states import Status
from shop.core import clock
from shop.core.jobs import job
from shop.payments.services.leases import work_through

log = structlog.get_logger(__name__)

BATCH = 500


@job(
    name="orders.expire_orders",
    every=timedelta(seconds=15),
    queue="critical",
    title=_("Close unpaid orders"),
    description=_("Closes orders that were not paid in time. Stopped: their goods stay reserved."),
)
def expire_orders() -> int:
    """Close what was not paid in time."""
    over = Order.objects.filter(status=Status.PENDING_PAYMENT, expires_at__lte=clock.now())
    numbers = over.order_by("expires_at").values_list("number", flat=True)[:BATCH]
    return _each(numbers, lambda number: expire_order(number=number))


@job(
    name="orders.auto_receive",
    every=timedelta(minutes=5),
    title=_("Receive shipped orders"),
    description=_("Takes shipped orders as received after their time. Stopped for a day: a day later."),
)
def auto_receive_orders() -> int:
    """Take as received what was shipped long enough ago."""
    over = Order.objects.filter(status=Status.SHIPPED, receive_by__lte=clock.now())
    numbers = over.order_by("receive_by").values_list("number", flat=True)[:BATCH]
    return _each(numbers, lambda number: auto_receive(number=number))


@job(
    name="orders.complete_orders",
    every=timedelta(minutes=5),
    title=_("Complete received orders"),
    description=_("Completes orders whose time for returns is over. Stopped for a day: a day later."),
)
def complete_orders() -> int:
    """Complete what can no longer be returned."""
    over = Order.objects.filter(status=Status.RECEIVED, complete_by__lte=clock.now()).exclude(
        after_sale_status=Order.AfterSaleStatus.OPEN
    )
    numbers = over.order_by("complete_by").values_list("number", flat=True)[:BATCH]
    return _each(numbers, lambda number: complete_order(number=number))


@job(
    name="orders.send_alerts",
    every=timedelta(seconds=10),
    title=_("Announce new orders to staff"),
    description=_("Sends new-order messages to the staff's group chat. Stopped: the messages wait."),
)
def send_alerts() -> int:
    """Send every alert that is due."""
    rows = OrderAlert.objects.filter(state=OrderAlert.State.PENDING, due_at__isnull=False)
    return work_through(rows, lambda pk: send_alert(alert_id=pk), limit=100)


def _each(numbers: Iterable[str], work: Callable[[str], bool]) -> int:
    """Work on each order in a transaction of its own and return how many moved.

    One order that cannot be moved does not keep the others: the first error is raised at the end, so that
    the run counts as failed.
    """
    done = 0
    failure: Exception | None = None
    for number in list(numbers):
        try:
            done += work(number)
        except Exception as error:  # noqa: BLE001  raised below, after the rest had its turn
            log.warning("order_job_failed", order=number, error=type(error).__name__)
            failure = failure or error
    if failure is not None:
        raise failure
    return done
