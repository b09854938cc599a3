"""What a tier means for an order: plain figures, no database. The pricing pipeline and lists share them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FULL = 1000
SKU_PRICE = "tier_price"
DISCOUNT = "tier_discount"


@dataclass(frozen=True, slots=True)
class TierTerms:
    """What a member's tier means for an order today.

    ``discount_permille`` is what is paid of 1000. ``sku_prices`` has the SKUs with a price of their own, in
    fen. ``free_shipping`` says whether an order may have free freight now; ``free_shipping_left`` how many
    orders of this month may (``None``: all), of ``free_shipping_times``. ``points_multiplier`` is per mille.
    """

    tier_id: int
    name: str
    discount_permille: int = FULL
    sku_prices: Mapping[int, int] = field(default_factory=dict)
    free_shipping: bool = False
    free_shipping_left: int | None = None
    free_shipping_times: int | None = None
    points_multiplier: int = FULL
    is_member_day: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.discount_permille <= FULL or any(price < 0 for price in self.sku_prices.values()):
            raise ValueError("A discount leaves 1 to 1000 per mille, a price is 0 or more.")

    def piece_price(self, sku_id: int, price: int) -> tuple[int, str]:
        """Return what one piece costs at a base price in fen, and by which rule ("" for the base price).

        The SKU's own price takes the place of the discount; neither ever makes a piece dearer.
        """
        own = self.sku_prices.get(sku_id)
        rule = DISCOUNT if own is None else SKU_PRICE
        wanted = discounted(price, self.discount_permille) if own is None else own
        return (wanted, rule) if wanted < price else (price, "")


def discounted(price: int, permille: int) -> int:
    """Return the price of one piece at ``permille`` of 1000, rounded half up to a fen."""
    return (price * permille + FULL // 2) // FULL
