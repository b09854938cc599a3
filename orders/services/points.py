"""Points of an order: what a quote may use, spent when it is placed, returned when it closes or is refunded.

The caller of everything that writes holds the order.
"""

from collections.abc import Mapping

from catalog.queries import SellableSku
from members.points.errors import MallGoodsUnavailable
from members.points.mall import MallOffer, mall_offer
from members.points.queries import points_balance
from members.points.rules import reversed_share
from members.points.services import return_points, spend_points
from members.points.services.mall import release_goods, retake_goods, take_goods
from members.points.services.spending import ORDER, spend_on_new_order
from orders.models import Order
from orders.pricing import PointsTerms, Quote
from orders.states import write_columns
from shop.core.runtime import value

CLOSED = "closed"


def points_terms(*, member_id: int, wanted: int | None) -> PointsTerms | None:
    """Return the terms on which points pay; ``None`` for a request that does not mention points.

    One query; none where the shop takes no points.
    """
    if wanted is None:
        return None
    takes = value("points_deduction")
    return PointsTerms(
        wanted=wanted,
        available=points_balance(member_id) if takes else 0,
        per_yuan=value("points_per_yuan"),
        cap_percent=value("points_cap_percent"),
        minimum=value("points_minimum"),
        maximum=value("points_maximum"),
        goods_minimum=value("points_goods_minimum_fen"),
    )


def offer_of(*, goods_id: int | None, member_id: int, quantities: Mapping[int, int]) -> MallOffer | None:
    """Return the mall goods that a request buys; raises ``MallGoodsUnavailable`` unless it is just them."""
    if goods_id is None:
        return None
    offer = mall_offer(goods_id=goods_id, member_id=member_id)
    if set(quantities) != {offer.sku_id}:
        raise MallGoodsUnavailable
    return offer


def points_missing(offer: MallOffer | None, quote: Quote) -> bool:
    """Return whether mall goods cost more points than the member has."""
    return offer is not None and quote.points_used > offer.balance


def pieces_left(offer: MallOffer, sku: SellableSku) -> int:
    """Return how many pieces can be had for points: what is offered, and what is there."""
    return min(offer.left, sku.available)


def take_offer(order: Order, *, offer: MallOffer | None, quantity: int) -> None:
    """Take the order's mall goods. Locked after stock, before the wallet. Raises what ``take_goods`` does."""
    if offer is not None:
        take_goods(
            goods_id=offer.goods_id, member_id=order.member_id, quantity=quantity, reference=order.number
        )


def retake_offer(order: Order) -> None:
    """Take the mall goods of a closed order once more, for money that came too late.

    Raises what ``retake_goods`` does.
    """
    if order.points_used:
        retake_goods(reference=order.number)


def release_offer(order: Order) -> None:
    """Give the mall goods of a closing order back to the offer. Locked after stock, before the wallet."""
    if order.points_used:
        release_goods(reference=order.number)


def spend_for(order: Order) -> None:
    """Spend the order's points; raises ``InsufficientPoints``. Locks the points account."""
    if order.points_used:
        spend_on_new_order(member_id=order.member_id, amount=order.points_used, number=order.number)


def spend_again(order: Order) -> None:
    """Spend the points that a closed order gave back once more; raises ``InsufficientPoints``."""
    if order.points_used:
        spend_points(
            member_id=order.member_id,
            amount=order.points_used,
            reason=ORDER,
            reference=order.number,
            renew=True,
        )
        write_columns(order, {"points_returned": 0})


def give_back(order: Order) -> None:
    """Return every point that a closing order still has. Locks the points account."""
    _return(order, order.points_used - order.points_returned, cause=CLOSED)


def give_back_share(order: Order, *, refund: str) -> None:
    """Return the points that belong to the money that went back so far; all of it returns exactly all."""
    if not order.points_used:
        return
    share = reversed_share(total=order.points_used, base=order.paid, refunded=order.refunded)
    _return(order, share - order.points_returned, cause=refund)


def _return(order: Order, points: int, *, cause: str) -> None:
    if points <= 0:
        return
    return_points(member_id=order.member_id, reference=order.number, amount=points, cause=cause)
    write_columns(order, {"points_returned": order.points_returned + points})
