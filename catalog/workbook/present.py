"""Products as the shop has them, in the workbook's terms: what export writes and import compares with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Prefetch

from catalog.models import Category, Media, Product, Sku, Stock
from catalog.queries.sellable import ordered_spec
from catalog.rules.tree import lineage
from shop.core import clock
from shop.core.sheets.cells import Value


@dataclass
class Present:
    """A product with all that a workbook can say of it."""

    product: Product
    category: list[str]
    skus: list[Sku]
    stocks: Mapping[int, Stock]
    media: list[Media]
    tags: list[str]
    promises: list[str]
    by_code: dict[str, Sku] = field(init=False)

    def __post_init__(self) -> None:
        self.by_code = {sku.code: sku for sku in self.skus}

    def pictures(self, *, in_detail: bool) -> list[Media]:
        """Return the pictures of the page's top, or those below the detail, in order."""
        return [media for media in self.media if media.in_detail == in_detail]


def load_present(product_ids: Iterable[int]) -> dict[int, Present]:
    """Return products by id, in a fixed number of queries."""
    products = list(
        Product.objects.filter(pk__in=list(product_ids))
        .defer("search")
        .select_related("brand", "category", "freight_template")
        .prefetch_related(
            Prefetch("skus", Sku.objects.select_related("image").order_by("position", "id")),
            Prefetch("media", Media.objects.order_by("position", "id")),
            "tags",
            "promises",
        )
    )
    paths = {product.category.path for product in products}
    names = category_names(paths)
    stocks = Stock.objects.filter(
        sku__product__in=[product.pk for product in products], location__is_default=True
    )
    by_sku = {stock.sku_id: stock for stock in stocks}
    return {
        product.pk: Present(
            product=product,
            category=[names[up] for up in lineage(product.category.path, step=Category.steplen)],
            skus=list(product.skus.all()),
            stocks=by_sku,
            media=list(product.media.all()),
            tags=[tag.name for tag in product.tags.all()],
            promises=[promise.name for promise in product.promises.all()],
        )
        for product in products
    }


def category_names(paths: Iterable[str]) -> dict[str, str]:
    """Return the name of each category on the way to ``paths``, by its tree path."""
    wanted = {up for path in paths for up in lineage(path, step=Category.steplen)}
    return dict(Category.objects.filter(path__in=wanted).values_list("path", "name"))


def product_values(present: Present) -> dict[str, Value]:
    """Return the product's columns."""
    product = present.product
    return {
        "product_code": product.code,
        "title": product.title,
        "subtitle": product.subtitle,
        "category": present.category,
        "brand": product.brand.name if product.brand else "",
        "tags": present.tags,
        "images": [file_name(media) for media in present.pictures(in_detail=False)],
        "detail": product.detail,
        "detail_images": [file_name(media) for media in present.pictures(in_detail=True)],
        "attributes": [[name, str(value)] for name, value in product.attributes.items()],
        "min_quantity": product.min_quantity,
        "limit_per_order": product.limit_per_order,
        "limit_per_member": product.limit_per_member,
        "is_virtual": product.is_virtual,
        "no_reason_return": product.no_reason_return,
        "freight_template": product.freight_template.name if product.freight_template else "",
        "promises": present.promises,
        "state": str(product.state),
        "on_sale_at": moment_value(product.on_sale_at),
        "off_sale_at": moment_value(product.off_sale_at),
        "position": product.position,
    }


def sku_values(present: Present, sku: Sku) -> dict[str, Value]:
    """Return the SKU's columns."""
    stock = present.stocks.get(sku.pk)
    spec = ordered_spec(sku.spec, present.product.spec_names)
    return {
        "sku_code": sku.code,
        "spec": [[name, value] for name, value in spec.items()],
        "price": sku.price,
        "market_price": sku.market_price,
        "cost": sku.cost,
        "weight_g": sku.weight_g,
        "volume_cm3": sku.volume_cm3,
        "barcode": sku.barcode,
        "stock": stock.on_hand if stock else 0,
        "warning_level": stock.warning_level if stock else None,
        "safety_level": stock.safety_level if stock else None,
        "is_active": sku.is_active,
        "sku_image": [file_name(sku.image)] if sku.image else [],
    }


def file_name(media: Media) -> str:
    """Return the name by which a workbook refers to a stored picture: it follows from the content."""
    return PurePosixPath(str(media.file.name)).name


def moment_value(moment: Any) -> str | None:
    """Return a time as cells hold it."""
    return moment.astimezone(clock.BEIJING).isoformat() if moment else None
