"""What the card room does when payments has something to tell. Each runs once per event."""

from collections.abc import Mapping
from typing import Any

from members.cards.models import CardPurchase
from members.cards.services.purchases import KIND
from members.cards.services.refunding import settle_card_refund
from members.cards.services.upkeep import turn_cards_of


def refund_arrived(event: Mapping[str, Any]) -> None:
    """Mark a card as refunded when its payer has the money; duplicates going back are not its own."""
    prefix, _colon, number = str(event["reference"]).partition(":")
    if event["kind"] != "requested" or prefix != KIND:
        return
    if CardPurchase.objects.filter(number=number, state=CardPurchase.State.REFUNDING).exists():
        settle_card_refund(number=number)


def card_turned(event: Mapping[str, Any]) -> None:
    """Give or take the tiers that come with a member's cards, in a transaction of its own.

    Not where the card is opened or ended: a tier is locked before the wallet, and there the wallet is locked
    already.
    """
    turn_cards_of(member_id=event["member_id"])
