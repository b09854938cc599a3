"""One product as its page shows it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery

from catalog.models import Attribute, FreightTemplate, Media, Product, Sku, Stock
from catalog.queries.images import PAGE_WIDTH, image_url, rendition_url
from catalog.queries.sellable import ordered_spec
from shop.core.errors import NotFound


def product_detail(product_id: int) -> dict[str, Any]:
    """Return a product on sale with SKUs, pictures, promises and freight, in a fixed number of queries.

    Prices in fen. ``available`` of each SKU is what was true at this moment: pages that are kept longer take
    it from ``available_of``. Raises ``NotFound`` for a product that is absent, off sale or deleted.
    """
    product = (
        Product.objects.filter(pk=product_id, state=Product.State.ON_SALE, is_deleted=False)
        .select_related("brand", "category", "cover")
        .defer("search")
        .first()
    )
    if product is None:
        raise NotFound
    skus = _skus(product)
    return {
        "id": product.pk,
        "title": product.title,
        "subtitle": product.subtitle,
        "category": {"id": product.category_id, "name": product.category.name},
        "brand": {"id": product.brand.pk, "name": product.brand.name} if product.brand else None,
        "image": rendition_url(product.cover.file.name, product.cover.renditions) if product.cover else "",
        "price": product.min_price,
        "max_price": product.max_price,
        "market_price": product.market_price,
        "sales": product.sales,
        "tags": list(product.tags.order_by("position", "id").values_list("name", flat=True)),
        "media": _media(product),
        "detail": product.detail,
        "attributes": [{"name": name, "value": value} for name, value in _ordered_attributes(product)],
        "specs": _specs(product, skus),
        "skus": skus,
        "min_quantity": product.min_quantity,
        "limit_per_order": product.limit_per_order,
        "limit_per_member": product.limit_per_member,
        "is_virtual": product.is_virtual,
        "no_reason_return": product.no_reason_return,
        "freight": _freight(product),
        "promises": list(product.promises.order_by("position", "id").values("id", "name", "description")),
    }


def available_of(product_id: int) -> dict[int, int]:
    """Return the pieces of each active SKU that express orders can have now. One query."""
    rows = Stock.objects.filter(
        sku__product=product_id, sku__is_active=True, location__is_default=True
    ).values_list("sku_id", F("on_hand") - F("reserved"))
    return dict(rows.order_by("sku_id"))


def _skus(product: Product) -> list[dict[str, Any]]:
    here = Stock.objects.filter(sku=OuterRef("pk"), location__is_default=True)
    rows = (
        Sku.objects.filter(product=product, is_active=True)
        .order_by("position", "id")
        .values(
            "id",
            "code",
            "spec",
            "price",
            "market_price",
            "barcode",
            "weight_g",
            "image__file",
            "image__renditions",
            available=Subquery(here.values_list(F("on_hand") - F("reserved"))[:1]),
        )
    )
    return [
        {
            "id": row["id"],
            "code": row["code"],
            "spec": ordered_spec(row["spec"], product.spec_names),
            "price": row["price"],
            "market_price": row["market_price"],
            "available": row["available"] or 0,
            "image": rendition_url(row["image__file"], row["image__renditions"]),
            "barcode": row["barcode"],
            "weight_g": row["weight_g"],
        }
        for row in rows
    ]


def _specs(product: Product, skus: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the specifications with the values that its SKUs have, in the order of the SKUs."""
    return [
        {
            "name": name,
            "values": list(dict.fromkeys(sku["spec"][name] for sku in skus if name in sku["spec"])),
        }
        for name in product.spec_names
    ]


def _media(product: Product) -> list[dict[str, Any]]:
    rows = Media.objects.filter(product=product, in_detail=False).order_by("position", "id")
    return [
        {
            "kind": row.kind,
            "url": rendition_url(row.file.name, row.renditions, width=PAGE_WIDTH),
            "original": image_url(row.file.name),
            "width": row.width,
            "height": row.height,
        }
        for row in rows
    ]


def _ordered_attributes(product: Product) -> list[tuple[str, str]]:
    """Return the attributes in the order in which the shop declares them, others after by name."""
    if not product.attributes:
        return []
    declared = Attribute.objects.filter(name__in=product.attributes).order_by("position", "id")
    order = {name: place for place, name in enumerate(declared.values_list("name", flat=True))}
    return sorted(product.attributes.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def _freight(product: Product) -> Mapping[str, Any] | None:
    """Return what express delivery costs; the product's own template comes before the default one."""
    if product.is_virtual:
        return None
    templates = FreightTemplate.objects.filter(Q(pk=product.freight_template_id) | Q(is_default=True))
    return templates.order_by("is_default").values("id", "name", "flat_fee", "free_over").first()
