"""Goods for tests: one warehouse, one freight template, products with SKUs and stock."""

import itertools
from typing import Any

from catalog.models import Category, FreightTemplate, Location, Media, Product, Sku
from catalog.rules.products import ProductFields, SkuFields
from catalog.services.products import create_product, set_product_state
from catalog.services.stock import Demand, receive_stock
from shop.core.actors import Actor

SYSTEM = Actor.system("tests")
_numbers = itertools.count(1)


def make_warehouse() -> Location:
    """Return the default location, made on first use."""
    return Location.objects.get_or_create(name="总仓", defaults={"is_default": True})[0]


def make_freight(**changes: Any) -> FreightTemplate:
    """Return the default freight template, made on first use."""
    fields = {"flat_fee": 800, "free_over": 9900, "is_default": True, **changes}
    return FreightTemplate.objects.get_or_create(name="包邮模板", defaults=fields)[0]


def make_category(name: str = "", parent: Category | None = None, **fields: Any) -> Category:
    """Return a new category, at the top unless ``parent`` is given."""
    name = name or f"分类{next(_numbers)}"
    if parent is None:
        root: Category = Category.objects.add_root({"name": name, **fields})
        return root
    child: Category = Category.objects.add_child(Category.objects.get(pk=parent.pk), {"name": name, **fields})
    return child


def make_picture(**fields: Any) -> Media:
    """Return a picture that belongs to no product yet; its file is not there."""
    number = next(_numbers)
    values = {"file": f"products/{number}.jpg", "sha256": f"{number:064x}", "width": 800, "height": 800}
    return Media.objects.create(**{**values, **fields})


def make_product(*, stock: int = 100, on_sale: bool = True, skus: Any = None, **changes: Any) -> Product:
    """Return a product on sale with one SKU (or ``skus``) of ``stock`` pieces each."""
    make_warehouse()
    make_freight()
    category_id = changes.pop("category_id", None) or make_category().pk
    fields = ProductFields(
        **{
            "title": f"纯棉短袖T恤 {next(_numbers)}",
            "category_id": category_id,
            "media_ids": (make_picture().pk,),
            **changes,
        }
    )
    if skus is None:
        skus = [SkuFields(code=f"SKU-{next(_numbers)}", price=5900)]
    product = create_product(actor=SYSTEM, fields=fields, skus=skus, unproven="allow")
    if on_sale:
        product = set_product_state(actor=SYSTEM, product_id=product.pk, state="on_sale")
    if stock:
        lines = [Demand(sku.pk, stock) for sku in product.skus.all()]
        receive_stock(
            actor=SYSTEM, location_id=None, lines=lines, reference=f"IN-{next(_numbers)}", reason="进货"
        )
    return product


def make_sku(*, stock: int = 100, price: int = 5900, **changes: Any) -> Sku:
    """Return the only SKU of a new product on sale."""
    skus = [SkuFields(code=f"SKU-{next(_numbers)}", price=price)]
    return make_product(stock=stock, skus=skus, **changes).skus.get()
