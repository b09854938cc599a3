"""Products, SKUs and their stock for a big shop."""

import itertools
import json
import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalog import search
from catalog.models import Brand, Category, Media, Stock, Tag
from catalog.queries.images import rendition_url
from catalog.rules.stock import Severity, severity_of
from catalog.rules.tree import lineage
from demo.source import load_products
from shop.core import runtime
from shop.demo.seeding import tables
from shop.demo.seeding.copying import Copier, next_id

_MANNERS = (
    "清简",
    "雾野",
    "山间",
    "晨光",
    "旧巷",
    "海岸",
    "木色",
    "奶油",
    "夜行",
    "小满",
    "云上",
    "浅草",
    "拾光",
    "半日",
    "听雨",
    "南风",
    "霜降",
    "林下",
    "折枝",
    "远舟",
    "白露",
    "慢火",
    "竹里",
    "初雪",
)
_LOOKS = (
    "标准款",
    "升级款",
    "轻享装",
    "分享装",
    "家庭装",
    "便携装",
    "礼盒装",
    "加厚款",
    "随行款",
    "周末限量",
)
_COLOURS = ("雾霾蓝", "奶白", "陶土红", "墨绿", "燕麦色", "豆沙粉", "石墨灰", "琥珀黄")
_SIZES = ("小号", "中号", "大号", "特大号")
_ALERTS = {
    Severity.NONE: Stock.Alert.NONE,
    Severity.LOW: Stock.Alert.LOW,
    Severity.CRITICAL: Stock.Alert.CRITICAL,
    Severity.OUT: Stock.Alert.OUT,
}


@dataclass
class Goods:
    """What orders need of products and SKUs; plain arrays, because there are hundreds of thousands.

    A SKU's place in the arrays plus ``first_sku`` is its id, and likewise for products and stock rows.
    """

    first_product: int
    first_sku: int
    first_stock: int
    titles: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    templates: array = field(default_factory=lambda: array("i"))
    skus_from: array = field(default_factory=lambda: array("i"))
    prices: array = field(default_factory=lambda: array("q"))
    specs: list[dict[str, str]] = field(default_factory=list)
    on_hand: array = field(default_factory=lambda: array("i"))
    reserved: array = field(default_factory=lambda: array("i"))
    product_of: array = field(default_factory=lambda: array("i"))
    sales: array = field(default_factory=lambda: array("q"))
    popularity: list[float] = field(default_factory=list)

    def code(self, sku: int) -> str:
        """Return the SKU code of a place."""
        return f"S{self.first_sku + sku:08d}"

    def cost(self, sku: int) -> int:
        """Return what a SKU costs us, in fen."""
        return int(self.prices[sku] * 45 // 100)


@dataclass(frozen=True)
class Shelves:
    """What the shop has to sort products by."""

    categories: Sequence[Category]
    names: dict[int, list[str]]
    brands: Sequence[Brand]
    tags: Sequence[Tag]
    pictures: Sequence[Media]


def _picture_url(picture: Media) -> str:
    """Return the address that a line of an order keeps."""
    return rendition_url(picture.file.name, picture.renditions)


def plan_goods(count: int, *, rng: random.Random, pictures: Sequence[Media]) -> Goods:
    """Think out products with one to five SKUs each; writes nothing."""
    goods = Goods(next_id(tables.PRODUCT), next_id(tables.SKU), next_id(tables.STOCK))
    samples = [str(product.values["title"]) for product in load_products()]
    nouns = [title.split()[0] for title in samples]
    for product in range(count):
        noun = nouns[product % len(nouns)]
        title = f"{rng.choice(_MANNERS)}{noun} {rng.choice(_LOOKS)} {product + 1:05d}"
        goods.titles.append(title)
        goods.images.append(_picture_url(pictures[product % len(pictures)]) if pictures else "")
        goods.templates.append(product % len(nouns))
        goods.skus_from.append(len(goods.prices))
        _plan_skus(goods, product, rng)
    goods.skus_from.append(len(goods.prices))
    goods.sales = array("q", bytes(8 * count))
    ranks = list(range(count))
    rng.shuffle(ranks)
    goods.popularity = list(itertools.accumulate(1 / (rank + 8) ** 0.95 for rank in ranks))
    return goods


def _plan_skus(goods: Goods, product: int, rng: random.Random) -> None:
    base = round(math.exp(rng.gauss(4.2, 0.75)) * 10) * 10 + 90
    count = rng.choice((1, 2, 2, 3, 3, 4, 5))
    colours, sizes = rng.sample(_COLOURS, min(count, 3)), _SIZES[: -(-count // 3)]
    specs = [{"颜色": colour, "规格": size} for size in sizes for colour in colours][:count]
    for number, spec in enumerate(specs):
        goods.prices.append(base + number * (base // 8 // 10 * 10))
        goods.specs.append(spec if count > 1 else {})
        goods.on_hand.append(_pieces(rng))
        goods.reserved.append(0)
        goods.product_of.append(product)


def _pieces(rng: random.Random) -> int:
    chance = rng.random()
    if chance < 0.03:
        return 0
    if chance < 0.10:
        return rng.randint(1, 9)
    return rng.randint(10, 100) if chance < 0.5 else rng.randint(101, 3000)


def load_shelves() -> Shelves:
    """Read what products are sorted by."""
    everything = {category.path: category for category in Category.objects.all()}
    leaves = [category for category in everything.values() if category.numchild == 0]
    names = {
        leaf.pk: [everything[path].name for path in lineage(leaf.path, step=Category.steplen)]
        for leaf in leaves
    }
    pictures = Media.objects.filter(kind="image", in_detail=False, product__isnull=False).order_by("pk")
    return Shelves(
        leaves, names, list(Brand.objects.order_by("pk")), list(Tag.objects.order_by("pk")), list(pictures)
    )


def write_goods(
    goods: Goods, shelves: Shelves, copier: Copier, *, rng: random.Random, opened: datetime, now: datetime
) -> None:
    """Write products with SKUs, pictures, tags and prices; the stock rows come later."""
    media_id = next_id(tables.MEDIA)
    samples = list(load_products())
    span = (now - opened).total_seconds()
    for product, title in enumerate(goods.titles):
        listed = opened + timedelta(seconds=rng.random() * span * 0.2)
        skus = range(goods.skus_from[product], goods.skus_from[product + 1])
        prices = [goods.prices[sku] for sku in skus]
        sample = samples[goods.templates[product]]
        category = shelves.categories[product % len(shelves.categories)]
        brand = shelves.brands[product % len(shelves.brands)] if shelves.brands else None
        tag = shelves.tags[product % len(shelves.tags)] if shelves.tags else None
        attributes = dict(sample.values["attributes"])
        names = [*shelves.names[category.pk], *(goods.code(sku) for sku in skus)]
        names += [row.name for row in (brand, tag) if row is not None]
        texts = [str(sample.values["subtitle"]), *attributes.values()]
        product_id = goods.first_product + product
        cover = media_id + product if shelves.pictures else None
        copier.add(
            tables.PRODUCT, product_id, title, sample.values["subtitle"], category.pk,
            brand.pk if brand else None, "on_sale" if product % 50 else "off_sale", listed, sample.detail,
            json.dumps(attributes, ensure_ascii=False),
            json.dumps(list(goods.specs[skus[0]]), ensure_ascii=False),
            1, False, True, cover, goods.sales[product], min(prices), max(prices), None, 0,
            search.document(title=title, names=names, texts=texts), False, False, listed, listed,
        )  # fmt: skip
        if tag is not None:
            copier.add(tables.TAGGED, product_id, tag.pk)
        if cover is not None:
            _write_picture(copier, cover, product_id, shelves.pictures[product % len(shelves.pictures)])
        _write_skus(goods, copier, product_id, skus, listed)


def _write_picture(copier: Copier, media_id: int, product_id: int, like: Media) -> None:
    """Let a product show a picture that the shop has already: the files are shared."""
    copier.add(
        tables.MEDIA, media_id, product_id, "image", like.file.name, like.sha256, like.size, like.width,
        like.height, json.dumps(like.renditions), like.render_attempts, False, 0,
    )  # fmt: skip


def _write_skus(goods: Goods, copier: Copier, product_id: int, skus: range, listed: datetime) -> None:
    for place, sku in enumerate(skus):
        sku_id, price = goods.first_sku + sku, goods.prices[sku]
        copier.add(
            tables.SKU, sku_id, product_id, goods.code(sku), json.dumps(goods.specs[sku], ensure_ascii=False),
            price, None, goods.cost(sku), 300, 900, "", place, True,
        )  # fmt: skip
        copier.add(tables.PRICE, sku_id, price, None, listed, "system:seed_demo", "seed_demo")


def write_stock(goods: Goods, copier: Copier, *, location_id: int, now: datetime) -> None:
    """Write the stock rows as the movements left them."""
    warning, safety = runtime.value("stock_warning_level"), runtime.value("stock_safety_level")
    for sku in range(len(goods.prices)):
        on_hand, reserved = goods.on_hand[sku], goods.reserved[sku]
        is_out = on_hand <= reserved
        severity = severity_of(available=on_hand - reserved, warning=warning, safety=safety)
        since = now if is_out else None
        copier.add(
            tables.STOCK, goods.first_stock + sku, goods.first_sku + sku, location_id, on_hand, reserved,
            warning, safety, _ALERTS[severity].value, since, since,
        )  # fmt: skip
