"""A member's two accounts: opened when first needed, locked principal before gift."""

from members.wallet.models import WalletGift, WalletPrincipal
from members.wallet.rules import Split
from shop.core.db import lock_row


def open_accounts(member_id: int) -> None:
    """Make sure that the member has both accounts; safe at once."""
    WalletPrincipal.objects.bulk_create([WalletPrincipal(member_id=member_id)], ignore_conflicts=True)
    WalletGift.objects.bulk_create([WalletGift(member_id=member_id)], ignore_conflicts=True)


def lock_accounts(member_id: int) -> Split:
    """Lock the member's accounts for the rest of the transaction and return what is in them."""
    open_accounts(member_id)
    principal = lock_row(WalletPrincipal.objects.filter(pk=member_id))
    gift = lock_row(WalletGift.objects.filter(pk=member_id))
    return Split(principal.balance, gift.balance)
