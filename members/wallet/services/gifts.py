"""Gift money: granted by other rooms, taken back up to what is left."""

from members.wallet.models import GIFT, WalletGiftEntry
from members.wallet.services.accounts import lock_accounts
from shop.core.db import in_transaction


@in_transaction
def grant_gift(*, member_id: int, amount: int, reason: str, reference: str, memo: str = "") -> None:
    """Give a member ``amount`` fen of gift money, once for each reason and reference. Locks the wallet.

    Raises ``LedgerConflict`` when it was given before with another amount, ``ValueError`` for less than 1.
    """
    if amount <= 0:
        raise ValueError("A gift is worth something.")
    lock_accounts(member_id)
    GIFT.post(account_id=member_id, amount=amount, reason=reason, reference=reference, memo=memo)


@in_transaction
def take_back_gift(*, member_id: int, up_to: int, reason: str, reference: str, memo: str = "") -> int:
    """Take gift money back, at most ``up_to`` fen and at most what is left; return how much was taken.

    Repeated under the same reason and reference, it returns what was taken the first time. Locks the wallet.
    """
    if up_to < 0:
        raise ValueError("Nothing is taken back below zero.")
    balance = lock_accounts(member_id)
    known = WalletGiftEntry.objects.filter(account=member_id, reason=reason, reference=reference).first()
    if known is not None:
        return -known.amount
    taken = min(up_to, balance.gift)
    if taken:
        GIFT.post(account_id=member_id, amount=-taken, reason=reason, reference=reference, memo=memo)
    return taken
