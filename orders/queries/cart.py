"""The cart as it is shown: live prices and stock, in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime

from catalog.queries import SellableSku, sellable_skus
from orders.models import CartItem
from orders.rules import MAX_LINES, broken_limits


@dataclass(frozen=True, slots=True)
class CartLine:
    """One item of the cart. ``invalid`` says why it cannot be bought; ``warnings`` what is wrong with its
    quantity."""

    id: int
    quantity: int
    is_selected: bool
    added_at: datetime
    sku: SellableSku
    invalid: str | None
    warnings: tuple[str, ...]

    @property
    def amount(self) -> int:
        """Return what the line costs at today's price, in fen."""
        return self.sku.price * self.quantity

    @property
    def counts(self) -> bool:
        """Return whether the line takes part in the total and in a quote from the cart."""
        return self.is_selected and self.invalid is None


@dataclass(frozen=True, slots=True)
class Cart:
    """A member's cart, latest additions first."""

    lines: tuple[CartLine, ...]

    @property
    def goods_total(self) -> int:
        """Return the sum of the selected lines that can be bought, in fen, before any campaign."""
        return sum(line.amount for line in self.lines if line.counts)

    @property
    def pieces(self) -> int:
        """Return how many pieces are selected and can be bought."""
        return sum(line.quantity for line in self.lines if line.counts)


def cart_of(member_id: int) -> Cart:
    """Return the member's cart. Three queries."""
    items = list(CartItem.objects.filter(member_id=member_id).order_by("-added_at", "-id")[:MAX_LINES])
    skus = sellable_skus(item.sku_id for item in items) if items else {}
    return Cart(tuple(_line(item, skus[item.sku_id]) for item in items if item.sku_id in skus))


def _line(item: CartItem, sku: SellableSku) -> CartLine:
    warnings = [excess.code for excess in broken_limits(sku, wanted=item.quantity, bought=0)]
    if 0 < sku.available < item.quantity:
        warnings.append("insufficient")
    return CartLine(
        id=item.pk,
        quantity=item.quantity,
        is_selected=item.is_selected,
        added_at=item.added_at,
        sku=sku,
        invalid=sku.unsellable,
        warnings=tuple(warnings),
    )
