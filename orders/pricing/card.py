"""What a member card means for a price: plain figures, no database. Amounts in fen."""

from dataclasses import dataclass

from members.tiers.terms import FULL


@dataclass(frozen=True, slots=True)
class CardPrice:
    """A card that is bought with the goods. ``source`` names it (``card:12``)."""

    name: str
    source: str
    amount: int

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("A card costs 0 or more.")


@dataclass(frozen=True, slots=True)
class CardTerms:
    """The card that makes goods cheaper, and the one that is bought with them.

    ``discount_permille`` is what is paid of 1000. ``stacks``: on the price of the member's tier; otherwise
    whichever of the two is cheaper counts.
    """

    name: str
    source: str
    discount_permille: int = FULL
    stacks: bool = False
    bought: CardPrice | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.discount_permille <= FULL:
            raise ValueError("A discount leaves 1 to 1000 per mille.")
