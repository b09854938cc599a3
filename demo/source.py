"""The demonstration shop as its source files in ``demo/source`` tell it."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "source"
_BARCODE_PREFIX = "210"  # GS1's numbers for use within a company: they can belong to no product on sale
_TEN_CENTS = Decimal("0.1")


@dataclass(frozen=True)
class Art:
    """What is drawn: the kind of goods, a variant, the sign on it, two colours."""

    kind: str
    variant: int
    emblem: str
    colour: str
    accent: str
    zoom: float = 1.1


@dataclass(frozen=True)
class Picture:
    """One picture file of a product."""

    name: str
    art: Art
    wall: str
    setting: int


@dataclass(frozen=True)
class SkuSource:
    """One SKU. Money in yuan, weight in g, volume in cm3."""

    code: str
    spec: Mapping[str, str]
    price: Decimal
    market_price: Decimal | None
    cost: Decimal
    weight: int
    volume: int
    barcode: str
    stock: int
    picture: str


@dataclass(frozen=True)
class ProductSource:
    """One product; ``values`` are cells of the workbook that need no calculation."""

    code: str
    category: str
    values: Mapping[str, Any]
    detail: str
    skus: Sequence[SkuSource]
    pictures: Sequence[Picture]
    warning: int
    safety: int


@dataclass(frozen=True)
class CategorySource:
    """One category with its products."""

    path: str
    warning: int
    safety: int
    products: Sequence[ProductSource] = field(default_factory=tuple)


@cache
def load_shop() -> Mapping[str, Any]:
    """Return what belongs to the whole shop."""
    return _load(SOURCE / "shop.toml")


@cache
def load_categories() -> Sequence[CategorySource]:
    """Return all categories and products, in the order of the files."""
    return tuple(_category(_load(path)) for path in sorted((SOURCE / "goods").glob("*.toml")))


def load_products() -> Iterator[ProductSource]:
    """Yield all products."""
    for category in load_categories():
        yield from category.products


def _load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def _category(data: Mapping[str, Any]) -> CategorySource:
    products = tuple(_product(data, row, place) for place, row in enumerate(data["product"]))
    return CategorySource(data["path"], data["warning"], data["safety"], products)


def _product(category: Mapping[str, Any], row: Mapping[str, Any], place: int) -> ProductSource:
    pictures = _pictures(category, row, place)
    return ProductSource(
        code=row["code"],
        category=category["path"],
        values={
            "title": row["title"],
            "subtitle": row["subtitle"],
            "category": category["path"],
            "brand": row["brand"],
            "tags": row["tags"],
            "attributes": row["attributes"],
            "is_virtual": row.get("virtual", False),
            "no_reason_return": not row.get("no_return", category.get("no_return", False)),
            "limit_per_order": row.get("limit_per_order"),
            "limit_per_member": row.get("limit_per_member"),
            "freight_template": None if row.get("virtual") else category.get("freight"),
            "promises": ["电子发票"] if row.get("virtual") else category["promises"],
            "position": row.get("position", 0),
        },
        detail=_detail(category, row),
        skus=tuple(_sku(category, row, number, pictures) for number in range(len(row["skus"]))),
        pictures=tuple(dict.fromkeys(pictures.values())),
        warning=category["warning"],
        safety=category["safety"],
    )


def _sku(
    category: Mapping[str, Any], row: Mapping[str, Any], number: int, pictures: Mapping[str, Picture]
) -> SkuSource:
    label, price, weight, stock = row["skus"][number]
    names, values = row.get("spec", category["spec"]).split("/"), label.split("/")
    if len(names) != len(values):
        raise ValueError(f"{row['code']}: {label} does not fit {names}")
    spec = dict(zip(names, values, strict=True))
    ratio = Decimal(row.get("market", category["market"]))
    is_priced_down = ratio > 1 and number % 3 != 2
    return SkuSource(
        code=f"{row['code']}-{number + 1:02d}",
        spec=spec,
        price=price,
        market_price=_rounded(price * ratio) if is_priced_down else None,
        cost=(price * Decimal(category["cost"])).quantize(Decimal("0.01"), ROUND_HALF_UP),
        weight=weight,
        volume=weight * 3,
        barcode="" if row.get("virtual") or number % 2 else _barcode(row["code"], number),
        stock=stock,
        picture=pictures[values[0]].name if len(pictures) > 1 else "",
    )


def _rounded(price: Decimal) -> Decimal:
    """Return a price as merchants write it: to ten cents, and to the yuan above twenty."""
    step = _TEN_CENTS if price < 20 else Decimal(1)
    return price.quantize(step, ROUND_HALF_UP).quantize(Decimal("0.01"))


def _barcode(code: str, number: int) -> str:
    """Return a GTIN-13 made from a product's code."""
    digits = f"{_BARCODE_PREFIX}{sum(ord(sign) * 131**place for place, sign in enumerate(code)) % 10**7:07d}"
    digits += f"{number:02d}"
    weighted = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


def _pictures(category: Mapping[str, Any], row: Mapping[str, Any], place: int) -> dict[str, Picture]:
    """Return a picture for each value of the first specification that looks different, else one for all."""
    kind, variant, emblem, colour, accent = row["art"].split()
    zoom = float(row.get("zoom", 1.1))
    looks = {value: (main, "") for value, main in row.get("looks", {}).items()} or _by_colour(row, category)
    firsts = list(dict.fromkeys(sku[0].split("/")[0] for sku in row["skus"]))
    made = {}
    for number, value in enumerate(firsts):
        main, second = looks.get(value, (colour, accent)) if looks else (colour, accent)
        art = Art(kind, int(variant), emblem, main, second or accent, zoom)
        suffix = f"-{number + 1}" if looks else ""
        name = f"{row['code'].lower()}{suffix}.jpg"
        made[value] = Picture(name, art, category["wall"], place)
    return made


def _by_colour(row: Mapping[str, Any], category: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    if row.get("spec", category["spec"]).split("/")[0] not in ("颜色", "款式"):
        return {}
    shop = load_shop()
    return {name: (colour, shop["accents"][name]) for name, colour in shop["colours"].items()}


def _detail(category: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    facts = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in row["attributes"].items())
    care = "" if row.get("virtual") else f"<h3>温馨提示</h3><p>{category['common']}</p>"
    return f"<h3>{row['title']}</h3><p>{row['detail']}</p><table>{facts}</table>{care}"
