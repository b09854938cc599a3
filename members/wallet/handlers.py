"""What the wallet does when payments has something to tell. Each runs once per event."""

from collections.abc import Mapping
from typing import Any

from members.wallet.models import Recharge
from members.wallet.services.recharges import KIND
from members.wallet.services.refunding import settle_recharge_refund


def refund_arrived(event: Mapping[str, Any]) -> None:
    """Mark a recharge as refunded when its payer has the money; duplicates going back are not its own."""
    if event["payable_kind"] != KIND or event["kind"] != "requested":
        return
    if Recharge.objects.filter(number=event["payable_number"], state=Recharge.State.REFUNDING).exists():
        settle_recharge_refund(number=event["payable_number"])
