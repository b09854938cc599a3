"""What payments does by itself. Each run is bounded, shares its rows with other runs, and may run twice."""

from datetime import timedelta

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.jobs import job
from shop.payments import rules
from shop.payments.models import BillFile, PaymentAttempt, Refund, Transfer
from shop.payments.services import bills, expiry, leases, refund_calls, transfer_calls, watching

BILL_DAYS = 7
"""How far back a bill that is missing is fetched; WeChat keeps three months."""


@job(
    name="payments.watch_attempts",
    every=timedelta(seconds=5),
    queue="critical",
    title=_("Ask about open payments"),
    description=_(
        "Asks WeChat about payments whose callback has not come and closes cancelled ones. "
        "Stopped: paid orders wait for their callback, cancelled ones keep their goods."
    ),
)
def watch_attempts() -> int:
    """Ask about every attempt that is due."""
    rows = PaymentAttempt.objects.filter(state__in=rules.ATTEMPT_WATCHED)
    return leases.work_through(rows, lambda pk: watching.watch_attempt(attempt_id=pk))


@job(
    name="payments.advance_refunds",
    every=timedelta(seconds=5),
    queue="critical",
    title=_("Send and follow refunds"),
    description=_(
        "Sends promised refunds to WeChat and asks how they stand. Stopped: members wait for their money."
    ),
)
def advance_refunds() -> int:
    """Bring every due refund a step further."""
    rows = Refund.objects.filter(due_at__isnull=False)
    return leases.work_through(rows, lambda pk: refund_calls.advance_refund(refund_id=pk))


@job(
    name="payments.advance_transfers",
    every=timedelta(seconds=5),
    queue="critical",
    title=_("Send and follow transfers"),
    description=_(
        "Sends payouts to members' WeChat and asks how they stand. Stopped: promoters wait for their money."
    ),
)
def advance_transfers() -> int:
    """Bring every due transfer a step further."""
    rows = Transfer.objects.filter(due_at__isnull=False)
    return leases.work_through(rows, lambda pk: transfer_calls.advance_transfer(transfer_id=pk))


@job(
    name="payments.expire_payments",
    every=timedelta(seconds=15),
    queue="critical",
    title=_("Close expired payments"),
    description=_("Starts closing what was not paid in time. Stopped: unpaid goods stay reserved."),
)
def expire_payments() -> int:
    """Close payments whose time is over, and finish closings that were left unfinished."""
    return expiry.expire_payments() + expiry.finish_closings()


@job(
    name="payments.want_bills",
    every=crontab(hour="10", minute="15"),
    queue="bulk",
    title=_("Order yesterday's bills"),
    description=_("Notes which bills of WeChat are missing. Stopped for a day: the next run catches up."),
)
def want_bills() -> int:
    """Note the bills of the last days that we do not have."""
    yesterday = clock.today() - timedelta(days=1)
    return bills.want_bills(first=yesterday - timedelta(days=BILL_DAYS - 1), last=yesterday)


@job(
    name="payments.fetch_bills",
    every=timedelta(minutes=5),
    queue="bulk",
    title=_("Fetch bills"),
    description=_("Downloads the bills that were ordered. Stopped: the daily reconciliation waits."),
)
def fetch_bills() -> int:
    """Fetch every wanted bill that is due."""
    rows = BillFile.objects.filter(state=BillFile.State.WANTED)
    return leases.work_through(rows, lambda pk: bills.fetch_bill(bill_id=pk), limit=20)
