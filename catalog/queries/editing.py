"""What the product editor shows: everything of one product, in a number of queries that does not grow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import Attribute, Category, Media, PriceChange, Product, Sku, Stock
from catalog.queries.images import PAGE_WIDTH, image_url, rendition_url
from catalog.queries.sellable import ordered_spec
from shop.core.clock import BEIJING
from shop.core.money import format_yuan

PRICES_SHOWN = 100


@dataclass(frozen=True)
class CategoryChoice:
    """A category with the names of all above it."""

    id: int
    name: str
    depth: int
    full_name: str
    is_visible: bool

    @property
    def indented(self) -> str:
        """Return the name, moved in by its depth, for drop-downs."""
        return f"{'　' * (self.depth - 1)}{self.name}"


def category_choices() -> list[CategoryChoice]:
    """Return the whole tree in order, hidden categories too. One query."""
    names: dict[str, str] = {}
    found = []
    rows = Category.objects.order_by("path").values_list("pk", "path", "depth", "name", "is_visible")
    for pk, path, depth, name, is_visible in rows:
        above = names.get(path[: -Category.steplen])
        names[path] = f"{above} / {name}" if above else name
        found.append(CategoryChoice(pk, name, depth, names[path], is_visible))
    return found


def product_state(product: Product, *, with_cost: bool) -> dict[str, Any]:
    """Return a stored product as the editor's script reads and sends it: amounts in yuan, Beijing times."""
    media = list(product.media.order_by("position", "id"))
    skus = list(Sku.objects.filter(product=product).select_related("image").order_by("position", "id"))
    names = list(product.spec_names)
    fitting = [sku for sku in skus if set(sku.spec) == set(names)]
    return {
        "id": product.pk,
        "version": product.updated_at.isoformat(),
        "state": product.state,
        "title": product.title,
        "subtitle": product.subtitle,
        "category": product.category_id,
        "brand": product.brand_id,
        "tags": [tag.pk for tag in product.tags.all()],
        "promises": [promise.pk for promise in product.promises.all()],
        "freight_template": product.freight_template_id,
        "detail": product.detail,
        "attributes": _attributes(product),
        "spec_names": names,
        "min_quantity": product.min_quantity,
        "limit_per_order": product.limit_per_order,
        "limit_per_member": product.limit_per_member,
        "is_virtual": product.is_virtual,
        "no_reason_return": product.no_reason_return,
        "position": product.position,
        "on_sale_at": _local(product.on_sale_at),
        "off_sale_at": _local(product.off_sale_at),
        "media": [picture_state(row) for row in media if not row.in_detail],
        "extra_media": [row.pk for row in media if row.in_detail],
        "skus": [_sku_state(sku, names, with_cost=with_cost) for sku in fitting],
        "retired": [sku.code for sku in skus if sku not in fitting],
    }


def picture_state(media: Media) -> dict[str, Any]:
    """Return a picture or video as the editor's script shows it."""
    file = str(media.file.name)
    return {
        "id": media.pk,
        "kind": media.kind,
        "thumb": rendition_url(file, media.renditions) if media.kind == Media.Kind.IMAGE else "",
        "page": rendition_url(file, media.renditions, width=PAGE_WIDTH),
        "url": image_url(file),
        "width": media.width,
        "height": media.height,
    }


def attribute_names() -> list[dict[str, Any]]:
    """Return the declared attributes with the categories below which they are asked for. One query."""
    rows = Attribute.objects.order_by("position", "id").values("name", "category", "category__path")
    return [{"name": row["name"], "category": row["category"], "path": row["category__path"]} for row in rows]


def price_history(product_id: int) -> list[PriceChange]:
    """Return the latest prices of a product's SKUs, the newest first. One query."""
    rows = PriceChange.objects.filter(sku__product=product_id).select_related("sku")
    return list(rows.order_by("-at", "-id")[:PRICES_SHOWN])


def stock_of_product(product_id: int) -> QuerySet[Stock]:
    """Return the stock rows of a product's SKUs at every location, active SKUs first."""
    rows = Stock.objects.filter(sku__product=product_id).select_related("sku", "location")
    return rows.order_by("-sku__is_active", "sku__position", "sku_id", "-location__is_default", "location_id")


def stored_costs(product_id: int) -> dict[str, int | None]:
    """Return code -> cost in fen of a product's SKUs. One query."""
    return dict(Sku.objects.filter(product=product_id).values_list("code", "cost"))


def spec_text(spec: dict[str, str], names: Iterable[str] = ()) -> str:
    """Return a SKU's specification for people: ``白 / L``."""
    return " / ".join(ordered_spec(spec, list(names)).values())


def _sku_state(sku: Sku, names: list[str], *, with_cost: bool) -> dict[str, Any]:
    image = sku.image
    return {
        "id": sku.pk,
        "code": sku.code,
        "spec": ordered_spec(sku.spec, names),
        "price": format_yuan(sku.price),
        "market_price": _yuan(sku.market_price),
        "cost": _yuan(sku.cost) if with_cost else "",
        "weight_g": sku.weight_g or "",
        "volume_cm3": sku.volume_cm3 or "",
        "barcode": sku.barcode,
        "image": None if image is None else picture_state(image),
        "is_active": sku.is_active,
    }


def _attributes(product: Product) -> list[dict[str, str]]:
    declared = [row["name"] for row in attribute_names()]
    order = {name: place for place, name in enumerate(declared)}
    items = sorted(product.attributes.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))
    return [{"name": name, "value": str(value)} for name, value in items]


def _yuan(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


def _local(moment: Any) -> str:
    return "" if moment is None else timezone.localtime(moment, BEIJING).strftime("%Y-%m-%dT%H:%M")
