"""Everything that became of the bills, as JSON: what our books say, to be held against WeChat's."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from shop.core.models import OutboxEvent
from shop.payments.models import CashAccount, Payment, Refund
from shop.wechat.models import InboxMessage
from tests.shopfloor.models import Bill


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        bills = Bill.objects.values("number", "amount", "state", "confirmed", "refused", "released")
        payments = Payment.objects.values(
            "number", "payable_number", "state", "disposition", "captured", "refunded", "refund_committed"
        )
        refunds = Refund.objects.values("number", "payment__number", "amount", "state")
        report = {
            "bills": list(bills),
            "payments": list(payments),
            "refunds": list(refunds),
            "cash": sum(CashAccount.objects.values_list("balance", flat=True)),
            "events_waiting": OutboxEvent.objects.exclude(state=OutboxEvent.State.DONE).count(),
            "messages_waiting": InboxMessage.objects.filter(state__in=["received", "failed", "dead"]).count(),
        }
        self.stdout.write(json.dumps(report))
