"""Writes of the cart. Everything of one member's cart happens under the lock of the member's row."""

from collections.abc import Sequence

from catalog.queries import sellable_skus
from members.services.locking import lock_member
from orders.errors import CartFull, GoodsUnavailable, PurchaseLimited
from orders.models import CartItem
from orders.rules import MAX_LINES, MAX_PIECES
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.errors import NotFound
from shop.core.rows import find_row, insert_row, update_row


@in_transaction
def add_to_cart(*, member_id: int, sku_id: int, quantity: int) -> CartItem:
    """Put pieces of a SKU into the cart, on top of those that are there; return the item, selected.

    Stock is not asked: the cart shows what is left. Locks the member. Raises ``GoodsUnavailable`` for a SKU
    that is not on sale, ``CartFull``, ``PurchaseLimited``.
    """
    lock_member(member_id=member_id)
    item = find_row(CartItem, member_id=member_id, sku_id=sku_id)
    is_new = item is None
    if item is None:
        if CartItem.objects.filter(member_id=member_id).count() >= MAX_LINES:
            raise CartFull(limit=MAX_LINES)
        item = CartItem(member_id=member_id, sku_id=sku_id, quantity=0, added_at=clock.now())
    item.quantity += quantity
    item.is_selected = True
    _check(sku_id, item.quantity)
    if is_new:
        insert_row(item)
    else:
        update_row(item, "quantity", "is_selected")
    return item


@in_transaction
def change_cart_item(
    *, member_id: int, item_id: int, quantity: int | None = None, is_selected: bool | None = None
) -> CartItem:
    """Set an item's quantity, its selection, or both. Locks member and item.

    Raises ``NotFound`` (absent, or another member's), ``GoodsUnavailable``, ``PurchaseLimited``.
    """
    lock_member(member_id=member_id)
    item = find_row(CartItem, lock=True, pk=item_id, member_id=member_id)
    if item is None:
        raise NotFound
    if quantity is not None and quantity != item.quantity:
        _check(item.sku_id, quantity)
        item.quantity = quantity
    if is_selected is not None:
        item.is_selected = is_selected
    update_row(item, "quantity", "is_selected")
    return item


@in_transaction
def remove_from_cart(*, member_id: int, item_id: int) -> None:
    """Take an item out of the cart; raises ``NotFound``. Locks the member."""
    lock_member(member_id=member_id)
    removed, _each = CartItem.objects.filter(pk=item_id, member_id=member_id).delete()
    if not removed:
        raise NotFound


@in_transaction
def select_cart_items(*, member_id: int, item_ids: Sequence[int] | None, is_selected: bool) -> None:
    """Select or unselect items, all of them for ``None``; raises ``NotFound`` unless all are the member's.

    Locks the member.
    """
    lock_member(member_id=member_id)
    items = CartItem.objects.filter(member_id=member_id)
    if item_ids is not None:
        wanted = set(item_ids)
        items = items.filter(pk__in=wanted)
        if items.count() != len(wanted):
            raise NotFound
    items.update(is_selected=is_selected)


def _check(sku_id: int, quantity: int) -> None:
    sku = sellable_skus([sku_id]).get(sku_id)
    if sku is None or sku.unsellable in ("off_sale", "sku_inactive"):
        reason = "unknown" if sku is None else sku.unsellable
        raise GoodsUnavailable(lines=[{"sku": sku_id, "reason": reason}])
    limit = min(MAX_PIECES, sku.limit_per_order or MAX_PIECES)
    if quantity > limit:
        raise PurchaseLimited(
            lines=[{"sku": sku_id, "code": "limit_per_order", "limit": limit, "wanted": quantity}]
        )
