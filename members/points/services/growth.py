"""Growth: it comes, and what was given wrongly is taken back. Every change is told."""

from members.points.events import GrowthChanged
from members.points.models import GROWTH, GrowthAccount, GrowthEntry
from members.points.services.accounts import lock_growth
from shop.core.db import in_transaction
from shop.core.outbox import publish


@in_transaction
def add_growth(*, member_id: int, amount: int, reason: str, reference: str, memo: str = "") -> None:
    """Give a member growth, once for each reason and reference. Locks the growth account.

    Raises ``LedgerConflict`` when it was given before in another amount, ``ValueError`` for less than 1.
    """
    if amount <= 0:
        raise ValueError("Who grows gets something.")
    _post(member_id, amount, reason, reference, memo)


@in_transaction
def take_back_growth(*, member_id: int, up_to: int, reason: str, reference: str, memo: str = "") -> int:
    """Take back at most ``up_to`` growth and at most what is there; return how much was taken.

    Repeated under the same reason and reference, it returns what was taken the first time.
    """
    if up_to < 0:
        raise ValueError("Nothing is taken back below zero.")
    balance = lock_growth(member_id).balance
    known = GrowthEntry.objects.filter(account=member_id, reason=reason, reference=reference).first()
    if known is not None:
        return -known.amount
    taken = min(up_to, balance)
    if taken:
        _post(member_id, -taken, reason, reference, memo)
    return taken


def _post(member_id: int, amount: int, reason: str, reference: str, memo: str) -> None:
    before = lock_growth(member_id).balance
    GROWTH.post(account_id=member_id, amount=amount, reason=reason, reference=reference, memo=memo)
    balance = GrowthAccount.objects.values_list("balance", flat=True).get(pk=member_id)
    if balance != before:
        publish(GrowthChanged(member_id, balance=balance))
