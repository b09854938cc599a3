"""Tables of the card room, one story a file."""

from members.cards.models.card import CARD_KINDS, MemberCard
from members.cards.models.code import CardCode, CardCodeBatch, CardGuesses
from members.cards.models.period import CardUse, MemberCardPeriod
from members.cards.models.purchase import CardPurchase

__all__ = [
    "CARD_KINDS",
    "CardCode",
    "CardCodeBatch",
    "CardGuesses",
    "CardPurchase",
    "CardUse",
    "MemberCard",
    "MemberCardPeriod",
]
