"""What is wrong, or doubtful, with a product as a workbook wants it; every mistake at its cell."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.models import Sku
from catalog.permissions import (
    CHANGE_PRICE,
    EDIT_PRODUCT,
    EDIT_TAXONOMY,
    LIST_PRODUCT,
    SET_STOCK_LEVELS,
    TAKE_STOCK,
)
from catalog.rules.products import product_errors
from catalog.rules.wording import check_wording
from catalog.services.products.prices import unproven_market_prices
from catalog.services.stock.posting import MAX_PIECES
from catalog.services.taxonomy import MAX_DEPTH
from catalog.workbook.building import build_fields, build_skus
from catalog.workbook.columns import PRODUCTS
from catalog.workbook.names import Names
from catalog.workbook.wanted import WantedProduct, WantedSku
from shop.core import clock
from shop.core.errors import FieldError
from shop.core.money import format_yuan
from shop.core.sheets.reading import Issue

MAX_NAME = 60
MAX_TAG = 20
MAX_PROMISE = 30
MAX_LEVEL = 1_000_000

Allowed = Callable[[str], bool]
_COLUMNS = {"media": "images", "spec_names": "spec", "skus": "sku_code", "code": "product_code"}


def judge(product: WantedProduct, names: Names, allowed: Allowed) -> list[Issue]:
    """Return all mistakes of a product; nothing is written if there is one."""
    if not product.differences and product.present is not None:
        return []
    missing = list(_missing(product))
    reported = {(issue.row, issue.column) for issue in (*missing, *product.draft.issues)}
    return [
        *missing,
        *(issue for issue in _of_rules(product) if (issue.row, issue.column) not in reported),
        *_of_names(product, names),
        *_of_stock(product),
        *_of_listing(product),
        *_of_permissions(product, names, allowed),
    ]


def doubts(product: WantedProduct) -> list[Issue]:
    """Return warnings: words that advertising law forbids, crossed-out prices that nobody was charged."""
    if not product.differences and product.present is not None:
        return []
    values = product.values
    texts = {"title": values.get("title") or "", "subtitle": values["subtitle"], "detail": values["detail"]}
    texts["attributes"] = " ".join(f"{name} {value}" for name, value in values["attributes"])
    found = [
        _issue(
            product.draft.row,
            finding.field,
            "advertising_word",
            _("Advertising law (%(law)s) may forbid the word “%(word)s”.")
            % {"law": finding.law, "word": finding.word},
            finding.excerpt,
            is_warning=True,
        )
        for finding in check_wording(texts)
    ]
    return found + list(_unproven(product))


def _unproven(product: WantedProduct) -> Iterator[Issue]:
    rows: dict[str, WantedSku] = {}
    candidates = []
    for sku in product.skus:
        market, price = sku.values.get("market_price"), sku.values.get("price")
        kept = sku.present is not None and (market, price) == (
            sku.present["market_price"],
            sku.present["price"],
        )
        if market is None or price is None or market <= price or kept:
            continue
        known = product.present.by_code.get(sku.values["sku_code"]) if product.present else None
        rows[sku.values["sku_code"]] = sku
        candidates.append(
            Sku(pk=known.pk if known else None, code=sku.values["sku_code"], price=price, market_price=market)
        )
    for row in unproven_market_prices(candidates):
        yield _issue(
            rows[row.code].row,
            "market_price",
            "market_price_unproven",
            _("This crossed-out price was not charged before: shoppers may be misled."),
            format_yuan(row.market_price or 0),
            is_warning=True,
        )


def _missing(product: WantedProduct) -> Iterator[Issue]:
    """Yield what a new product or SKU cannot do without."""
    for key in ("title", "category"):
        if not product.values.get(key) and not _has_issue(product, key):
            yield _issue(product.draft.row, key, "required", _("This cell must be filled."))
    for sku in product.skus:
        if sku.values.get("price") is None and not _has_issue(product, "price", sku.row):
            yield _issue(sku.row, "price", "required", _("This cell must be filled."))
        if sku.present is None and not sku.values["is_active"]:
            yield _issue(sku.row, "is_active", "new_inactive", _("A new SKU cannot be inactive."))
        if len(sku.values["sku_image"]) > 1:
            yield _issue(sku.row, "sku_image", "too_many", _("A SKU has one picture."))


def _has_issue(product: WantedProduct, column: str, row: int | None = None) -> bool:
    return any(issue.column == column and (row is None or issue.row == row) for issue in product.draft.issues)


def _of_rules(product: WantedProduct) -> Iterator[Issue]:
    """Yield what the product's own rules refuse, each at its row."""
    skus, rows = build_skus(product)
    for error in product_errors(build_fields(product), skus):
        row, column = _place(product, error, rows)
        yield _issue(row, column, error.code, str(error.detail))


def _place(product: WantedProduct, error: FieldError, rows: Sequence[int]) -> tuple[int, str]:
    """Return row and column of a rule's field path."""
    parts = error.field.split(".")
    if parts[0] == "skus" and len(parts) > 1:
        row = rows[int(parts[1])] or product.draft.row
        return row, {"code": "sku_code"}.get(parts[-1], parts[-1]) if len(parts) > 2 else "sku_code"
    return product.draft.row, _COLUMNS.get(parts[0], parts[0])


def _of_names(product: WantedProduct, names: Names) -> Iterator[Issue]:
    row, values = product.draft.row, product.values
    if len(values["category"]) > MAX_DEPTH:
        yield _issue(row, "category", "too_deep", _("Categories have four levels."))
    lengths = (
        ("category", values["category"], MAX_NAME),
        ("tags", values["tags"], MAX_TAG),
        ("promises", values["promises"], MAX_PROMISE),
    )
    for column, texts, longest in lengths:
        for text in texts:
            if len(text) > longest:
                message = _("At most %(count)d characters are possible.") % {"count": longest}
                yield _issue(row, column, "max_length", message, text)
    template = values["freight_template"]
    if template and template not in names.freight:
        yield _issue(
            row, "freight_template", "unknown", _("There is no freight template of this name."), template
        )


def _of_stock(product: WantedProduct) -> Iterator[Issue]:
    for sku in product.skus:
        stock = sku.values["stock"]
        known = product.present.by_code.get(sku.values.get("sku_code") or "") if product.present else None
        held = product.present.stocks.get(known.pk) if product.present and known else None
        if not 0 <= stock <= MAX_PIECES:
            yield _issue(sku.row, "stock", "out_of_range", _("A quantity is out of range."), str(stock))
        elif held is not None and stock != held.on_hand and stock < held.reserved:
            text = _("%(count)d pieces are promised to orders: fewer cannot be on hand.")
            yield _issue(sku.row, "stock", "below_reserved", text % {"count": held.reserved}, str(stock))
        for key in ("warning_level", "safety_level"):
            level = sku.values.get(key)
            if level is not None and not 0 <= level <= MAX_LEVEL:
                yield _issue(sku.row, key, "out_of_range", _("This number is out of range."), str(level))


def _of_listing(product: WantedProduct) -> Iterator[Issue]:
    """Yield what keeps the product from going on sale, or off, when the workbook says."""
    row, values, before = product.draft.row, product.values, product.before or {}
    goes_on = values["state"] == "on_sale" and before.get("state") != "on_sale"
    if goes_on and not values["images"]:
        yield _issue(row, "images", "missing", _("A product on sale needs at least one picture."))
    for key in ("on_sale_at", "off_sale_at"):
        moment = values.get(key)
        if moment and moment != before.get(key) and datetime.fromisoformat(moment) <= clock.now():
            yield _issue(row, key, "in_the_past", _("This time is over."), moment)
    if goes_on and values.get("on_sale_at") and not before.get("on_sale_at"):
        text = _("The product goes on sale at once: leave this cell empty, or make it a draft.")
        yield _issue(row, "on_sale_at", "contradiction", text)


def _of_permissions(product: WantedProduct, names: Names, allowed: Allowed) -> Iterator[Issue]:
    """Yield what whoever imports may not do by hand either."""
    row = product.draft.row
    if not allowed(EDIT_PRODUCT):
        yield _issue(row, "", "forbidden", _("You may not edit products."))
    if product.names.missing(names) and not allowed(EDIT_TAXONOMY):
        yield _issue(row, "category", "forbidden", _("You may not create categories, brands or tags."))
    if product.values["state"] != (product.before or {"state": "draft"})["state"] and not allowed(
        LIST_PRODUCT
    ):
        yield _issue(row, "state", "forbidden", _("You may not put products on or off sale."))
    for sku in product.skus:
        yield from _sku_permissions(sku, allowed)


def _sku_permissions(sku: WantedSku, allowed: Allowed) -> Iterator[Issue]:
    before = sku.present or {"stock": 0}
    prices = ("price", "market_price")
    if (
        sku.present
        and any(sku.values.get(key) != before.get(key) for key in prices)
        and not allowed(CHANGE_PRICE)
    ):
        yield _issue(sku.row, "price", "forbidden", _("You may not change prices."))
    if sku.values["stock"] != before["stock"] and not allowed(TAKE_STOCK):
        yield _issue(sku.row, "stock", "forbidden", _("You may not change stock."))
    levels = ("warning_level", "safety_level")
    if any(sku.values.get(key) != before.get(key) for key in levels) and not allowed(SET_STOCK_LEVELS):
        yield _issue(sku.row, "warning_level", "forbidden", _("You may not set stock warning levels."))


def _issue(
    row: int, column: str, code: str, message: str, value: str = "", *, is_warning: bool = False
) -> Issue:
    return Issue(PRODUCTS.key, row, column, code, message, value, is_warning)
