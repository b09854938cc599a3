"""What the payments floor knows about a member: money that is open, and the export of what was paid."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.ports import OpenMatter
from shop.payments.models import Payment, Refund, Transfer

_OPEN_PAYMENTS = (Payment.State.OPEN, Payment.State.CLOSING)
_SETTLED_REFUNDS = (Refund.State.SUCCEEDED, Refund.State.REPLACED, Refund.State.ABANDONED)
_SETTLED_TRANSFERS = (Transfer.State.SUCCESS, Transfer.State.FAIL, Transfer.State.CANCELLED)


def open_money(member_id: int) -> Iterator[OpenMatter]:
    """Closing check: payments that may still arrive, refunds and payouts that are on their way."""
    if Payment.objects.filter(member_id=member_id, state__in=_OPEN_PAYMENTS).exists():
        yield OpenMatter("payment", _("A payment is still open."))
    refunds = Refund.objects.filter(payment__member_id=member_id).exclude(state__in=_SETTLED_REFUNDS)
    if refunds.exists():
        yield OpenMatter("refund", _("A refund is still on its way."))
    transfers = Transfer.objects.filter(member_id=member_id).exclude(state__in=_SETTLED_TRANSFERS)
    if transfers.exists():
        yield OpenMatter("transfer", _("A payout is still on its way."))


def export_payments(member_id: int) -> list[dict[str, Any]]:
    """Export section: every payment of the member, amounts in fen."""
    rows = Payment.objects.filter(member_id=member_id).order_by("pk")
    fields = ("number", "payable_kind", "payable_number", "method", "amount", "captured", "refunded", "state")
    return list(rows.values(*fields, "created_at"))
