"""Gift money as a kind of gift (``members.gifts``)."""

from members.wallet.services.gifts import grant_gift, take_back_gift


class GiftMoney:
    """Implements ``members.gifts.GiftKind`` over the wallet's gift ledger."""

    field = "money"

    def grant(self, *, member_id: int, quantity: int, reason: str, reference: str) -> None:
        """Give gift money."""
        grant_gift(member_id=member_id, amount=quantity, reason=reason, reference=reference)

    def take_back(self, *, member_id: int, quantity: int, reason: str, reference: str) -> int:
        """Take gift money back, up to what is left."""
        return take_back_gift(member_id=member_id, up_to=quantity, reason=reason, reference=reference)
