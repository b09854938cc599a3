"""What cart, quote and checkout need to know of SKUs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from catalog.models import Product
from catalog.queries.images import image_url
from shop.core.prepared import Prepared

Unsellable = Literal["off_sale", "sku_inactive", "sold_out"]

# Carts, quotes and orders ask this each time, so it is written in SQL: composing it through the ORM costs
# more than answering it. Subqueries stand where one row answers, because PostgreSQL weighs every order of
# joins against every other, which takes longer than to run any of them.
_SELLABLE = Prepared("""
SELECT sku.id, sku.product_id, sku.code, product.title, sku.spec, product.spec_names,
    (SELECT coalesce(media.renditions ->> '400', media.file) FROM catalog_media AS media
        WHERE media.id = coalesce(sku.image_id, product.cover_id)),
    sku.price, sku.market_price, sku.cost, sku.weight_g, sku.volume_cm3,
    product.category_id,
    (SELECT category.path FROM catalog_category AS category WHERE category.id = product.category_id),
    product.brand_id,
    product.min_quantity, product.limit_per_order, product.limit_per_member,
    product.is_virtual, product.no_reason_return,
    freight.id, freight.name, freight.flat_fee, freight.free_over,
    product.state, sku.is_active, product.is_deleted,
    coalesce((SELECT stock.on_hand - stock.reserved FROM catalog_stock AS stock
        WHERE stock.sku_id = sku.id AND stock.location_id = place.id), 0), place.id
FROM catalog_sku AS sku
JOIN catalog_product AS product ON product.id = sku.product_id
CROSS JOIN (SELECT coalesce(%(place)s,
    (SELECT usual.id FROM catalog_location AS usual WHERE usual.is_default)) AS id) AS place
LEFT JOIN catalog_freighttemplate AS freight ON freight.id = coalesce(product.freight_template_id,
    (SELECT usual.id FROM catalog_freighttemplate AS usual WHERE usual.is_default))
WHERE sku.id = ANY(%(ids)s)
""")


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """A flat fee in fen per order, free from ``free_over`` fen of goods upwards."""

    id: int
    name: str
    flat_fee: int
    free_over: int | None


@dataclass(frozen=True, slots=True)
class SellableSku:
    """One SKU with everything that pricing, limits and order lines take from the catalog.

    Money in fen, ``weight_g`` in g, ``volume_cm3`` in cm3; ``spec`` in the order in which it is shown;
    ``image`` a path or URL, empty when there is no picture; ``category_path`` names the category and all
    above it (``startswith`` is "below"); ``available`` in pieces at ``location_id``, the location asked for
    (``None`` only for the default one of a shop without).
    """

    sku_id: int
    product_id: int
    code: str
    title: str
    spec: dict[str, str]
    image: str
    price: int
    market_price: int | None
    cost: int | None
    weight_g: int
    volume_cm3: int
    category_id: int
    category_path: str
    brand_id: int | None
    min_quantity: int
    limit_per_order: int | None
    limit_per_member: int | None
    is_virtual: bool
    no_reason_return: bool
    freight: FreightTerms | None
    state: str
    is_active: bool
    is_deleted: bool
    available: int
    location_id: int | None

    @property
    def unsellable(self) -> Unsellable | None:
        """Return why it cannot be bought now, the gravest reason first; ``None`` when it can."""
        if self.is_deleted or self.state != Product.State.ON_SALE:
            return "off_sale"
        if not self.is_active:
            return "sku_inactive"
        return "sold_out" if self.available < self.min_quantity else None


def sellable_skus(sku_ids: Iterable[int], *, location_id: int | None = None) -> dict[int, SellableSku]:
    """Return the SKUs by id, those that cannot be bought included; unknown ids are missing.

    ``available`` is that of a location (``None``: the default one). One query, without locks: what is
    promised is decided by ``reserve_stock``.
    """
    ids = list(sku_ids)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        _SELLABLE.run(cursor, {"ids": ids, "place": location_id})
        return {row[0]: _sellable(row) for row in cursor.fetchall()}


def _sellable(row: Sequence[Any]) -> SellableSku:
    """Build a row from the columns of ``_SELLABLE``, which stand in the order of the fields."""
    has_freight = row[20] is not None
    columns: tuple[Any, ...] = (
        *row[:4],
        ordered_spec(json.loads(row[4]), json.loads(row[5])),
        image_url(row[6]),
        *row[7:20],
        FreightTerms(*row[20:24]) if has_freight else None,
        *row[24:],
    )
    return SellableSku(*columns)


def ordered_spec(spec: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return a specification in the order of its product: ``jsonb`` itself keeps none."""
    known = [name for name in names if name in spec]
    return {name: spec[name] for name in [*known, *(name for name in spec if name not in known)]}
