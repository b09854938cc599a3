"""What other floors ask about the card that was bought with an order."""

from members.cards.models import CardPurchase


def card_money(number: str) -> int:
    """Return how many fen of an order's money are for a card that its holder still has.

    People refund them on the card's page, where the card ends and its gift is taken back.
    """
    held = CardPurchase.objects.filter(order_number=number, state=CardPurchase.State.PAID)
    return held.values_list("amount", flat=True).first() or 0
