"""What cart, quote and checkout need to know of SKUs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.files.storage import default_storage
from django.db.models import F, OuterRef, Q, Subquery

from catalog.models import FreightTemplate, Product, Sku, Stock

Unsellable = Literal["off_sale", "sku_inactive", "sold_out"]

IMAGE_WIDTH = 400
"""The rendition that lists, carts and orders show."""


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
    above it (``startswith`` is "below"); ``available`` in pieces at the location asked for.
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

    ``available`` is that of a location (``None``: the default one). Two queries, without locks: what is
    promised is decided by ``reserve_stock``.
    """
    rows = list(_rows(sku_ids, location_id))
    terms = freight_terms({row["product__freight_template_id"] for row in rows}) if rows else {}
    return {row["pk"]: _sellable(row, terms) for row in rows}


def freight_terms(template_ids: Iterable[int | None]) -> dict[int | None, FreightTerms]:
    """Return freight templates by id, the default one under ``None``. One query."""
    ids = [pk for pk in template_ids if pk is not None]
    found: dict[int | None, FreightTerms] = {}
    for template in FreightTemplate.objects.filter(Q(pk__in=ids) | Q(is_default=True)):
        terms = FreightTerms(template.pk, template.name, template.flat_fee, template.free_over)
        found[template.pk] = terms
        if template.is_default:
            found[None] = terms
    return found


def image_url(file: str | None, renditions: Mapping[str, str] | None, *, width: int = IMAGE_WIDTH) -> str:
    """Return the address of a picture's rendition of ``width`` pixels, else of the picture; or nothing."""
    name = (renditions or {}).get(str(width)) or file
    return default_storage.url(name) if name else ""


def _rows(sku_ids: Iterable[int], location_id: int | None) -> Iterable[Mapping[str, Any]]:
    return (
        Sku.objects.filter(pk__in=list(sku_ids))
        .order_by()
        .values(
            "pk",
            "product_id",
            "code",
            "spec",
            "price",
            "market_price",
            "cost",
            "weight_g",
            "volume_cm3",
            "is_active",
            "image__file",
            "image__renditions",
            "product__title",
            "product__spec_names",
            "product__category_id",
            "product__category__path",
            "product__brand_id",
            "product__min_quantity",
            "product__limit_per_order",
            "product__limit_per_member",
            "product__is_virtual",
            "product__no_reason_return",
            "product__freight_template_id",
            "product__state",
            "product__is_deleted",
            "product__cover__file",
            "product__cover__renditions",
            available=available_at(location_id, sku="pk"),
        )
    )


def available_at(location_id: int | None, *, sku: str) -> Subquery:
    """Return the pieces available at a location (``None``: the default one) of the SKU in column ``sku``."""
    here = Stock.objects.filter(sku=OuterRef(sku))
    if location_id is None:
        here = here.filter(location__is_default=True)
    else:
        here = here.filter(location=location_id)
    return Subquery(here.values_list(F("on_hand") - F("reserved"))[:1])


def _sellable(row: Mapping[str, Any], terms: Mapping[int | None, FreightTerms]) -> SellableSku:
    own = image_url(row["image__file"], row["image__renditions"])
    return SellableSku(
        sku_id=row["pk"],
        product_id=row["product_id"],
        code=row["code"],
        title=row["product__title"],
        spec=ordered_spec(row["spec"], row["product__spec_names"]),
        image=own or image_url(row["product__cover__file"], row["product__cover__renditions"]),
        price=row["price"],
        market_price=row["market_price"],
        cost=row["cost"],
        weight_g=row["weight_g"],
        volume_cm3=row["volume_cm3"],
        category_id=row["product__category_id"],
        category_path=row["product__category__path"],
        brand_id=row["product__brand_id"],
        min_quantity=row["product__min_quantity"],
        limit_per_order=row["product__limit_per_order"],
        limit_per_member=row["product__limit_per_member"],
        is_virtual=row["product__is_virtual"],
        no_reason_return=row["product__no_reason_return"],
        freight=terms.get(row["product__freight_template_id"]) or terms.get(None),
        state=row["product__state"],
        is_active=row["is_active"],
        is_deleted=row["product__is_deleted"],
        available=row["available"] or 0,
    )


def ordered_spec(spec: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return a specification in the order of its product: ``jsonb`` itself keeps none."""
    known = [name for name in names if name in spec]
    return {name: spec[name] for name in [*known, *(name for name in spec if name not in known)]}
