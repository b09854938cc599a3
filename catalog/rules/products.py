"""What a product and its SKUs must look like. Returns what is wrong; touches nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.rules.gtin import is_gtin
from shop.core.errors import FieldError
from shop.core.money import MAX_FEN

MAX_TITLE = 120
MAX_SUBTITLE = 200
MAX_DETAIL = 200_000
MAX_SKUS = 300
MAX_SPECS = 5
MAX_SPEC_TEXT = 40
MAX_ATTRIBUTES = 50
MAX_ATTRIBUTE_NAME = 30
MAX_ATTRIBUTE_VALUE = 200
MAX_MEASURE = 2_000_000_000
MAX_LIMIT = 1_000_000
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SkuFields:
    """All that staff write of a SKU. Money in fen, weight in g, volume in cm3."""

    code: str
    price: int
    spec: Mapping[str, str] = field(default_factory=dict)
    market_price: int | None = None
    cost: int | None = None
    weight_g: int = 0
    volume_cm3: int = 0
    barcode: str = ""
    image_id: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ProductFields:
    """All that staff write of a product. An empty ``code`` keeps the present one, or makes one up."""

    title: str
    category_id: int
    subtitle: str = ""
    brand_id: int | None = None
    tag_ids: tuple[int, ...] = ()
    promise_ids: tuple[int, ...] = ()
    freight_template_id: int | None = None
    detail: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    spec_names: tuple[str, ...] = ()
    min_quantity: int = 1
    limit_per_order: int | None = None
    limit_per_member: int | None = None
    is_virtual: bool = False
    no_reason_return: bool = True
    position: int = 0
    on_sale_at: datetime | None = None
    off_sale_at: datetime | None = None
    media_ids: tuple[int, ...] = ()
    code: str = ""


def product_errors(product: ProductFields, skus: Sequence[SkuFields]) -> list[FieldError]:
    """Return everything that is wrong with a product and its SKUs; field paths as the API names them."""
    return [
        *_text_errors(product),
        *_number_errors(product),
        *_attribute_errors(product.attributes),
        *_matrix_errors(product.spec_names, skus),
        *(error for place, sku in enumerate(skus) for error in _sku_errors(f"skus.{place}", sku)),
    ]


def _text_errors(product: ProductFields) -> Iterator[FieldError]:
    if product.code and not _CODE.fullmatch(product.code):
        yield FieldError("code", "invalid", _("A code has 1 to 40 letters, digits, dots, dashes or slashes."))
    if not 1 <= len(product.title.strip()) <= MAX_TITLE:
        yield FieldError("title", "invalid", _("A title of 1 to 120 characters is required."))
    if len(product.subtitle) > MAX_SUBTITLE:
        yield FieldError("subtitle", "max_length", _("This text is too long."))
    if len(product.detail) > MAX_DETAIL:
        yield FieldError("detail", "max_length", _("This text is too long."))
    for name in ("title", "subtitle", "detail"):
        if "\x00" in getattr(product, name):
            yield FieldError(name, "null_characters_not_allowed", _("Null characters are not allowed."))


def _number_errors(product: ProductFields) -> Iterator[FieldError]:
    if not 1 <= product.min_quantity <= MAX_LIMIT:
        yield FieldError("min_quantity", "out_of_range", _("At least one piece."))
    for name in ("limit_per_order", "limit_per_member"):
        limit = getattr(product, name)
        if limit is not None and not product.min_quantity <= limit <= MAX_LIMIT:
            yield FieldError(name, "out_of_range", _("A limit is not below the least quantity per order."))
    starts, ends = product.on_sale_at, product.off_sale_at
    if starts is not None and ends is not None and ends <= starts:
        yield FieldError("off_sale_at", "not_after", _("The product must go off sale after it goes on sale."))


def _attribute_errors(attributes: Mapping[str, str]) -> Iterator[FieldError]:
    if len(attributes) > MAX_ATTRIBUTES:
        yield FieldError("attributes", "too_many", _("At most 50 attributes."))
    for name, value in attributes.items():
        if not 1 <= len(name.strip()) <= MAX_ATTRIBUTE_NAME or "\x00" in name:
            yield FieldError("attributes", "invalid", _("An attribute's name has 1 to 30 characters."))
        elif (
            not isinstance(value, str)
            or not 1 <= len(value.strip()) <= MAX_ATTRIBUTE_VALUE
            or "\x00" in value
        ):
            yield FieldError(
                f"attributes.{name}", "invalid", _("An attribute's value has 1 to 200 characters.")
            )


def _matrix_errors(spec_names: Sequence[str], skus: Sequence[SkuFields]) -> Iterator[FieldError]:
    if len(spec_names) > MAX_SPECS or len(set(spec_names)) != len(spec_names):
        yield FieldError("spec_names", "invalid", _("At most five specifications, each named once."))
    if any(not _is_spec_text(name) for name in spec_names):
        yield FieldError("spec_names", "invalid", _("A specification has 1 to 40 characters."))
    if not 1 <= len(skus) <= MAX_SKUS:
        yield FieldError("skus", "invalid", _("A product has 1 to 300 SKUs."))
    seen: set[tuple[str, ...]] = set()
    codes: set[str] = set()
    for place, sku in enumerate(skus):
        if set(sku.spec) != set(spec_names):
            yield FieldError(
                f"skus.{place}.spec", "mismatch", _("A SKU has a value for each specification, and no other.")
            )
            continue
        values = tuple(sku.spec[name] for name in spec_names)
        if any(not _is_spec_text(value) for value in values):
            yield FieldError(f"skus.{place}.spec", "invalid", _("A specification has 1 to 40 characters."))
        if values in seen:
            yield FieldError(f"skus.{place}.spec", "duplicate", _("This combination exists twice."))
        if sku.code in codes:
            yield FieldError(f"skus.{place}.code", "duplicate", _("This code exists twice."))
        seen.add(values)
        codes.add(sku.code)


def _is_spec_text(text: str) -> bool:
    return isinstance(text, str) and 1 <= len(text.strip()) <= MAX_SPEC_TEXT and "\x00" not in text


def _sku_errors(path: str, sku: SkuFields) -> Iterator[FieldError]:
    if not _CODE.fullmatch(sku.code):
        yield FieldError(
            f"{path}.code", "invalid", _("A code has 1 to 40 letters, digits, dots, dashes or slashes.")
        )
    yield from price_errors(path, price=sku.price, market_price=sku.market_price, cost=sku.cost)
    for name in ("weight_g", "volume_cm3"):
        if not 0 <= getattr(sku, name) <= MAX_MEASURE:
            yield FieldError(f"{path}.{name}", "out_of_range", _("This number is out of range."))
    if sku.barcode and not is_gtin(sku.barcode):
        yield FieldError(f"{path}.barcode", "invalid_gtin", _("This is not a valid GTIN: check the digits."))


def price_errors(
    path: str, *, price: int, market_price: int | None, cost: int | None
) -> Iterator[FieldError]:
    """Yield what is wrong with a SKU's prices (fen)."""
    if not 1 <= price <= MAX_FEN:
        yield FieldError(f"{path}.price", "out_of_range", _("A price is at least 0.01 yuan."))
    if market_price is not None and not price <= market_price <= MAX_FEN:
        yield FieldError(
            f"{path}.market_price", "below_price", _("A crossed-out price is not below the price.")
        )
    if cost is not None and not 0 <= cost <= MAX_FEN:
        yield FieldError(f"{path}.cost", "out_of_range", _("A cost is not negative."))
