"""From what a member wants to a quote: reads the catalog, then lets the pure pipeline price it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, Sum

from catalog.models import Location, Store
from catalog.queries import SellableSku, sellable_skus
from members.models import Address
from members.points.mall import MallOffer
from members.queries import address_of
from members.wallet.platforms import is_virtual_blocked
from members.wallet.queries import balance_of
from members.wallet.services.authority import needs_password
from orders.errors import DeliveryUnsuitable, GoodsUnavailable, NothingSelected, StoreClosed, StoreRequired
from orders.models import Order, OrderLine
from orders.pricing import Basket, BasketLine, Delivery, FreightRule, PointsTerms, Quote, price
from orders.queries.cart import CartLine, cart_of
from orders.rules import broken_limits, unsuitable
from orders.services.points import offer_of, pieces_left, points_missing, points_terms
from shop.core.errors import NotFound

STOCK_CAVEAT = "out_of_stock"
SOLD_OUT = "sold_out"
POINTS_CAVEAT = "insufficient_points"


@dataclass(frozen=True, slots=True)
class Want:
    """Pieces of a SKU that a member wants."""

    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a member wants to buy, and how it travels. ``items`` is ``None`` for the cart's selection.

    ``points`` is how many are to pay a part of it (``None``: not asked for), ``mall_goods`` the goods of the
    points mall that are bought.
    """

    items: tuple[Want, ...] | None
    delivery: Delivery = Delivery.EXPRESS
    address_id: int | None = None
    store_id: int | None = None
    use_wallet: bool = False
    wallet_token: str | None = field(default=None, repr=False)
    platform: str = ""
    points: int | None = None
    mall_goods: int | None = None


@dataclass(frozen=True, slots=True)
class Caveat:
    """What keeps the quote from becoming an order as it is, or what is otherwise than wished.

    ``limit`` is set for quantity rules; ``sku_id`` is ``None`` for what concerns the whole order.
    """

    code: str
    sku_id: int | None
    available: int
    limit: int | None = None
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A quote with everything that was read for it.

    ``skipped`` is what of the cart is not in it, ``warnings`` what is wrong with what is. ``location_id`` is
    where the goods would come from, ``address`` the one that was asked for. ``wallet_amount`` is what the
    wallet would pay of it; ``wallet_token_required`` tells that the payment password must be given first.
    ``points_available`` is what the member can spend, if points were asked for.
    """

    request: OrderRequest
    skus: Mapping[int, SellableSku]
    quote: Quote
    skipped: tuple[Caveat, ...]
    warnings: tuple[Caveat, ...]
    location_id: int
    store: Store | None
    address: Address | None
    wallet_amount: int = 0
    wallet_token_required: bool = False
    points_available: int | None = None
    offer: MallOffer | None = None

    @property
    def due(self) -> int:
        """Return what is left to pay when the order is placed."""
        return self.quote.payable - self.wallet_amount


def prepare_quote(*, member_id: int, request: OrderRequest) -> Prepared:
    """Price a request as of now; a constant number of queries, no locks, nothing written.

    Never refused for stock or quantities: ``warnings`` tell. Raises ``NothingSelected``,
    ``GoodsUnavailable``, ``DeliveryUnsuitable``, ``StoreRequired``, ``StoreClosed``,
    ``NotFound`` (address or store).
    """
    quantities, skipped = _quantities(member_id, request)
    store = _store(request)
    skus = sellable_skus(quantities, location_id=None if store is None else _location(store))
    _refuse_unavailable(quantities, skus)
    location_id = next(iter(skus.values())).location_id
    if location_id is None:
        raise NotFound
    _refuse_unsuitable(request.delivery, skus.values())
    address = _address(member_id, request)
    offer = offer_of(goods_id=request.mall_goods, member_id=member_id, quantities=quantities)
    terms = None if offer else points_terms(member_id=member_id, wanted=request.points)
    quote = price(_basket(request.delivery, quantities, skus, points=terms, offer=offer))
    warnings = (
        *_quantity_warnings(member_id, quantities, skus, offer),
        *_platform_warnings(request, skus),
        *_points_warnings(terms, offer, quote),
    )
    amount, asks = _from_wallet(member_id, request, quote.payable)
    return Prepared(
        request,
        skus,
        quote,
        tuple(skipped),
        warnings,
        location_id,
        store,
        address,
        wallet_amount=amount,
        wallet_token_required=asks,
        points_available=_spendable(terms, offer),
        offer=offer,
    )


def _spendable(terms: PointsTerms | None, offer: MallOffer | None) -> int | None:
    """Return the points that the member can spend, where somebody asked."""
    if offer is not None:
        return offer.balance
    return None if terms is None else terms.available


def _from_wallet(member_id: int, request: OrderRequest, payable: int) -> tuple[int, bool]:
    """Return what the wallet would pay, and whether the payment password must be given first."""
    if not request.use_wallet:
        return 0, False
    amount = min(balance_of(member_id).total, payable)
    asks = bool(amount) and not request.wallet_token and needs_password(member_id=member_id, amount=amount)
    return amount, asks


def _address(member_id: int, request: OrderRequest) -> Address | None:
    if request.address_id is None:
        return None
    return address_of(member_id=member_id, address_id=request.address_id)


def _quantities(member_id: int, request: OrderRequest) -> tuple[dict[int, int], list[Caveat]]:
    """Return pieces by SKU, in the order asked for, and what of the cart was left out."""
    if request.items is not None:
        quantities: dict[int, int] = {}
        for item in request.items:
            quantities[item.sku_id] = quantities.get(item.sku_id, 0) + item.quantity
        return quantities, []
    lines = [line for line in cart_of(member_id).lines if line.is_selected]
    sold_out = [line for line in lines if line.invalid == SOLD_OUT]
    # A cart of nothing but sold-out goods is priced all the same: no quote is refused for stock.
    chosen = [line for line in lines if line.counts] or sold_out
    skipped = [_left_out(line) for line in lines if line not in chosen]
    if not chosen:
        raise NothingSelected(lines=[{"sku": item.sku_id, "reason": item.code} for item in skipped])
    return {line.sku.sku_id: line.quantity for line in chosen}, skipped


def _left_out(line: CartLine) -> Caveat:
    if line.invalid == SOLD_OUT:
        return Caveat(STOCK_CAVEAT, line.sku.sku_id, 0, wanted=line.quantity)
    return Caveat("unavailable", line.sku.sku_id, 0)


def _store(request: OrderRequest) -> Store | None:
    if request.delivery is not Delivery.PICKUP:
        return None
    if request.store_id is None:
        raise StoreRequired
    store = Store.objects.filter(pk=request.store_id).first()
    if store is None:
        raise NotFound
    if not store.is_open:
        raise StoreClosed
    return store


def _location(store: Store) -> int | None:
    """Return the store's own stock location if it has one, else the default one."""
    places = Location.objects.filter(Q(store=store) | Q(is_default=True)).order_by("is_default")
    return places.values_list("pk", flat=True).first()


def _refuse_unavailable(quantities: Mapping[int, int], skus: Mapping[int, SellableSku]) -> None:
    lines = []
    for sku_id in quantities:
        reason = skus[sku_id].unsellable if sku_id in skus else "unknown"
        if reason in ("unknown", "off_sale", "sku_inactive"):
            lines.append({"sku": sku_id, "reason": reason})
    if lines:
        raise GoodsUnavailable(lines=lines)


def _refuse_unsuitable(delivery: Delivery, skus: Iterable[SellableSku]) -> None:
    lines = []
    for sku in skus:
        reason = unsuitable(delivery, is_virtual=sku.is_virtual)
        if reason:
            lines.append({"sku": sku.sku_id, "reason": reason})
    if lines:
        raise DeliveryUnsuitable(lines=lines)


def _stock_warnings(quantities: Mapping[int, int], skus: Mapping[int, SellableSku]) -> list[Caveat]:
    return [
        Caveat(STOCK_CAVEAT, sku_id, skus[sku_id].available, wanted=quantity)
        for sku_id, quantity in quantities.items()
        if skus[sku_id].available < quantity
    ]


def _quantity_warnings(
    member_id: int,
    quantities: Mapping[int, int],
    skus: Mapping[int, SellableSku],
    offer: MallOffer | None,
) -> list[Caveat]:
    """Return what is short, and the broken quantity rules; goods of the points mall have their own."""
    if offer is None:
        return [*_stock_warnings(quantities, skus), *_limit_warnings(member_id, quantities, skus)]
    sku_id, wanted = offer.sku_id, quantities[offer.sku_id]
    left = pieces_left(offer, skus[sku_id])
    found = [Caveat(STOCK_CAVEAT, sku_id, left, wanted=wanted)] if wanted > left else []
    if offer.limit is not None and wanted > offer.limit:
        found.append(Caveat("limit_per_member", sku_id, left, limit=offer.limit, wanted=wanted))
    return found


def _points_warnings(terms: PointsTerms | None, offer: MallOffer | None, quote: Quote) -> list[Caveat]:
    """Tell that fewer points are used than wished, or that mall goods cost more than the member has."""
    if offer is not None and points_missing(offer, quote):
        return [Caveat(POINTS_CAVEAT, offer.sku_id, offer.balance, wanted=quote.points_used)]
    if terms is not None and quote.points_used < terms.wanted:
        return [Caveat("points_clamped", None, quote.points_usable, wanted=terms.wanted)]
    return []


def _limit_warnings(
    member_id: int, quantities: Mapping[int, int], skus: Mapping[int, SellableSku]
) -> list[Caveat]:
    """Return the broken quantity rules, one for each product, named by its first SKU."""
    wanted: dict[int, int] = {}
    first: dict[int, SellableSku] = {}
    for sku_id, quantity in quantities.items():
        product_id = skus[sku_id].product_id
        wanted[product_id] = wanted.get(product_id, 0) + quantity
        first.setdefault(product_id, skus[sku_id])
    limited = [pk for pk, sku in first.items() if sku.limit_per_member is not None]
    bought = pieces_bought(member_id=member_id, product_ids=limited) if limited else {}
    return [
        Caveat(excess.code, sku.sku_id, sku.available, limit=excess.limit, wanted=excess.wanted)
        for product_id, sku in first.items()
        for excess in broken_limits(sku, wanted=wanted[product_id], bought=bought.get(product_id, 0))
    ]


def _platform_warnings(request: OrderRequest, skus: Mapping[int, SellableSku]) -> list[Caveat]:
    if not is_virtual_blocked(request.platform):
        return []
    return [
        Caveat("ios_virtual_payment", sku.sku_id, sku.available) for sku in skus.values() if sku.is_virtual
    ]


def pieces_bought(*, member_id: int, product_ids: Sequence[int]) -> dict[int, int]:
    """Return how many pieces of products the member has in orders that stand. One query."""
    rows = (
        OrderLine.objects.filter(order__member_id=member_id, product_id__in=product_ids)
        .exclude(order__status__in=(Order.Status.CLOSED, Order.Status.REFUNDED))
        .order_by()
        .values_list("product_id")
        .annotate(pieces=Sum("quantity"))
    )
    return dict(rows)


def _basket(
    delivery: Delivery,
    quantities: Mapping[int, int],
    skus: Mapping[int, SellableSku],
    *,
    points: PointsTerms | None = None,
    offer: MallOffer | None = None,
) -> Basket:
    lines = (_basket_line(skus[sku_id], quantity, offer) for sku_id, quantity in quantities.items())
    return Basket(tuple(lines), delivery, points)


def _basket_line(sku: SellableSku, quantity: int, offer: MallOffer | None) -> BasketLine:
    terms = sku.freight
    rule = None if terms is None else FreightRule(terms.id, terms.name, terms.flat_fee, terms.free_over)
    if offer is not None:
        return BasketLine(sku.sku_id, quantity, offer.cash, rule, sku.is_virtual, offer.points)
    return BasketLine(sku.sku_id, quantity, sku.price, rule, sku.is_virtual)
