"""Prices: every change is written down, and a crossed-out price must have been charged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.errors import MarketPriceUnproven
from catalog.events import ProductChanged
from catalog.models import PriceChange, Product, Sku
from catalog.permissions import CHANGE_PRICE
from catalog.rules.prices import PricePoint, is_proven
from catalog.rules.products import price_errors
from catalog.services.products.deriving import store_price_ranges
from shop.core import audit, clock, runtime
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import InvalidInput, NotFound
from shop.core.outbox import publish_many
from shop.core.permissions import require


@dataclass(frozen=True, slots=True)
class PriceUpdate:
    """New prices of one SKU, in fen. ``market_price`` ``None`` crosses nothing out."""

    sku_id: int
    price: int
    market_price: int | None = None


@in_transaction
def change_price(
    *, actor: Actor, updates: Sequence[PriceUpdate], reason: str = "", unproven: str = "ask"
) -> list[Sku]:
    """Set prices of SKUs, all or none, and return the SKUs that changed.

    Writes a ``PriceChange`` per SKU, the products' price ranges, audit and ``ProductChanged``. Locks the
    products, then the SKUs. ``unproven`` says what happens to a crossed-out price that was not charged:
    ``"refuse"``, ``"allow"`` (imports: the caller warns), or ``"ask"`` the setting ``market_price_refuse``.

    Raises ``Forbidden``, ``InvalidInput``, ``NotFound`` (an unknown SKU) or ``MarketPriceUnproven``.
    """
    require(actor, CHANGE_PRICE)
    _refuse_impossible(updates)
    wanted = {update.sku_id: update for update in updates}
    products = lock_rows(
        Product.objects.filter(pk__in=Sku.objects.filter(pk__in=wanted).values("product_id"))
    )
    skus = {sku.pk: sku for sku in lock_rows(Sku.objects.filter(pk__in=wanted))}
    if len(skus) != len(wanted):
        raise NotFound
    changed = [
        sku
        for pk, sku in skus.items()
        if (sku.price, sku.market_price) != (wanted[pk].price, wanted[pk].market_price)
    ]
    before = {sku.code: [sku.price, sku.market_price] for sku in changed}
    for sku in changed:
        sku.price, sku.market_price = wanted[sku.pk].price, wanted[sku.pk].market_price
    if not changed:
        return []
    refuse_unproven(changed, mode=unproven)
    Sku.objects.bulk_update(changed, ["price", "market_price"])
    record_prices(changed, actor=actor)
    store_price_ranges([product.pk for product in products])
    Product.objects.filter(pk__in=[product.pk for product in products]).update(updated_at=clock.now())
    audit.record(
        actor=actor,
        action=CHANGE_PRICE,
        subject=products[0] if len(products) == 1 else ("catalog.product", f"{len(products)} products"),
        before=before,
        after={sku.code: [sku.price, sku.market_price] for sku in changed},
        reason=reason,
    )
    publish_many([ProductChanged(product.pk) for product in products])
    return changed


def _refuse_impossible(updates: Sequence[PriceUpdate]) -> None:
    """Raise ``InvalidInput`` naming every price that cannot be."""
    errors = [
        error
        for place, update in enumerate(updates)
        for error in price_errors(
            f"updates.{place}", price=update.price, market_price=update.market_price, cost=None
        )
    ]
    if errors:
        raise InvalidInput(errors=errors)


def add_sales(*, pieces: Mapping[int, int]) -> None:
    """Add to the pieces that products (id -> pieces) are shown to have sold; a refund takes away.

    Called inside the caller's transaction. Locks the products; never goes below zero. Two statements.
    """
    rows = lock_rows(Product.objects.filter(pk__in=pieces).only("pk", "sales"))
    for product in rows:
        product.sales = max(0, product.sales + pieces[product.pk])
    Product.objects.bulk_update(rows, ["sales"])


def record_prices(skus: Iterable[Sku], *, actor: Actor) -> None:
    """Append the present prices of SKUs to their history; one statement."""
    now = clock.now()
    PriceChange.objects.bulk_create(
        [
            PriceChange(
                sku=sku,
                price=sku.price,
                market_price=sku.market_price,
                at=now,
                actor_key=actor.key[:160],
                actor_label=actor.label[:150],
            )
            for sku in skus
        ]
    )


def unproven_market_prices(skus: Sequence[Sku]) -> list[Sku]:
    """Return those of the SKUs whose crossed-out price was not charged long enough lately. One query."""
    candidates = [sku for sku in skus if sku.market_price is not None and sku.market_price > sku.price]
    if not candidates:
        return []
    now = clock.now()
    histories = price_histories([sku.pk for sku in candidates if sku.pk])
    return [
        sku
        for sku in candidates
        if not is_proven(
            histories.get(sku.pk, ()),
            price=sku.price,
            market_price=sku.market_price,
            now=now,
            min_days=runtime.value("market_price_min_days"),
            window_days=runtime.value("market_price_window_days"),
        )
    ]


def refuse_unproven(skus: Sequence[Sku], *, mode: str) -> None:
    """Raise ``MarketPriceUnproven`` for SKUs whose crossed-out price was not charged, if ``mode`` says so."""
    if mode == "allow" or (mode == "ask" and not runtime.value("market_price_refuse")):
        return
    unproven = unproven_market_prices(skus)
    if unproven:
        lines = [{"code": sku.code, "market_price": sku.market_price} for sku in unproven]
        raise MarketPriceUnproven(lines=lines)


def price_histories(sku_ids: Iterable[int]) -> Mapping[int, list[PricePoint]]:
    """Return each SKU's prices in order of time."""
    rows: dict[int, list[tuple[datetime, int]]] = {}
    changes = PriceChange.objects.filter(sku__in=list(sku_ids)).order_by("at", "id")
    for sku_id, moment, price in changes.values_list("sku_id", "at", "price"):
        rows.setdefault(sku_id, []).append((moment, price))
    return rows
