"""A member card as a kind of gift (``members.gifts``)."""

from members.cards.models import MemberCard, MemberCardPeriod
from members.cards.queries import saved_with
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
        """Take the card back unless it is over; return its id, or 0. What it saved: ``worth_used``."""
        lock_cards(member_id)
        period = _given(member_id, quantity, reference)
        if period is None:
            return 0
        is_over = period.ends_at is not None and period.ends_at <= clock.now()
        if period.ended_at is None and not is_over:
            end_period(period, reason=reason)
        return quantity if period.ended_at is not None else 0


def worth_used(*, member_id: int, card_id: int, reference: str) -> int:
    """Return what of a gifted card was used, in fen: what it saved its member, at most the card's price."""
    period = _given(member_id, card_id, reference)
    price = MemberCard.objects.filter(pk=card_id).values_list("price", flat=True).first()
    return 0 if period is None else min(saved_with(period), price or 0)


def _given(member_id: int, card_id: int, reference: str) -> MemberCardPeriod | None:
    periods = MemberCardPeriod.objects.filter(
        card_id=card_id, source=Source.GIFT, reference__startswith=_reference(member_id, reference)
    )
    return periods.order_by("pk").first()


def _reference(member_id: int, reference: str) -> str:
    return f"{member_id}:{reference}:"
