"""A member card as a kind of gift (``members.gifts``)."""

from members.cards.models import MemberCard, MemberCardPeriod
from members.cards.queries import uses_of
from members.cards.services.periods import Opening, Source, end_period, lock_cards, objection_to, open_period
from members.wallet.errors import GiftUnavailable
from shop.core import clock


class GiftCard:
    """Implements ``members.gifts.GiftKind``: ``quantity`` is the id of a card, offered or not."""

    field = "card"

    def grant(self, *, member_id: int, quantity: int, reason: str, reference: str) -> None:
        """Give the card, without its opening gift. Who has it for ever gets nothing by it.

        Raises ``GiftUnavailable`` for a card that does not exist.
        """
        card = MemberCard.objects.filter(pk=quantity).first()
        if card is None:
            raise GiftUnavailable(kind=self.field)
        lock_cards(member_id)
        opening = Opening(member_id, card.terms(), Source.GIFT, f"{_reference(member_id, reference)}{reason}")
        if objection_to(opening) is None:
            open_period(opening)

    def take_back(self, *, member_id: int, quantity: int, reason: str, reference: str) -> int:
        """Take the card back unless it was used; return its id, or 0."""
        lock_cards(member_id)
        periods = MemberCardPeriod.objects.filter(
            card_id=quantity, source=Source.GIFT, reference__startswith=_reference(member_id, reference)
        )
        period = periods.order_by("pk").first()
        if period is None:
            return 0
        is_over = period.ends_at is not None and period.ends_at <= clock.now()
        if period.ended_at is None and not is_over and not uses_of(period).exists():
            end_period(period, reason=reason)
        return quantity if period.ended_at is not None else 0


def _reference(member_id: int, reference: str) -> str:
    return f"{member_id}:{reference}:"
