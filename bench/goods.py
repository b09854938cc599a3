"""Goods to list, for a database that has none: written in bulk, because a benchmark is not an import."""

from datetime import timedelta

from django.db import transaction

from catalog.models import (
    Brand,
    Category,
    FreightTemplate,
    Media,
    Product,
    ProductTag,
    Sku,
    Tag,
)
from catalog.search import document
from catalog.services.stock import Demand, receive_stock
from shop.core import clock
from shop.core.actors import Actor

_WORDS = ("明前龙井", "手工陶杯", "纯棉毛巾", "云南咖啡", "竹编收纳", "羊毛围巾", "实木砧板", "亚麻床品")


@transaction.atomic
def fill(count: int) -> None:
    """Make ``count`` products on sale in 12 categories, with a picture, three SKUs, stock, two tags each."""
    now = clock.now()
    freight = FreightTemplate.objects.get(is_default=True)
    categories = [Category.objects.add_root({"name": f"分类{number}"}) for number in range(12)]
    brands = Brand.objects.bulk_create(Brand(name=f"品牌{number}") for number in range(10))
    tags = Tag.objects.bulk_create(Tag(name=f"标签{number}") for number in range(6))
    products = Product.objects.bulk_create(
        Product(
            title=f"{_WORDS[number % 8]} {number}",
            subtitle="源头直采，七天无理由退换",
            category=categories[number % 12],
            brand=brands[number % 10],
            freight_template=freight,
            state=Product.State.ON_SALE,
            listed_at=now - timedelta(minutes=number),
            created_at=now,
            updated_at=now,
            min_price=1000 + number % 5000,
            max_price=3000 + number % 5000,
            market_price=9900,
            sales=number * 7919 % 10_000,
            position=number % 97,
            spec_names=["规格"],
            attributes={"产地": f"产地{number % 9}"},
        )
        for number in range(count)
    )
    media = Media.objects.bulk_create(
        Media(
            product=product,
            file=f"products/2026/01/{product.pk:032x}.jpg",
            sha256=f"{product.pk:064x}",
            width=800,
            height=800,
            renditions={
                str(width): f"products/2026/01/{product.pk:032x}_{width}.webp" for width in (200, 400, 800)
            },
        )
        for product in products
    )
    for product, picture in zip(products, media, strict=True):
        product.cover = picture
        product.search = document(title=product.title)
    Product.objects.bulk_update(products, ["cover", "search"], batch_size=500)
    ProductTag.objects.bulk_create(
        ProductTag(product=product, tag=tags[(number + shift) % 6])
        for number, product in enumerate(products)
        for shift in (0, 2)
    )
    skus = Sku.objects.bulk_create(
        Sku(
            product=product,
            code=f"BENCH-{product.pk}-{size}",
            spec={"规格": size},
            price=product.min_price + place * 1000,
            position=place,
        )
        for product in products
        for place, size in enumerate(("小", "中", "大"))
    )
    sellable = [sku.pk for sku in skus if sku.product_id % 10]
    for start in range(0, len(sellable), 200):
        lines = [Demand(pk, 1000) for pk in sellable[start : start + 200]]
        receive_stock(
            actor=Actor.system("bench"),
            location_id=None,
            lines=lines,
            reference=f"BENCH-{lines[0].sku_id}",
            reason="bench",
        )
