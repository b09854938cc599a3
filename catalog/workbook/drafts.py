"""Rows to products: which rows belong together, and what they say of their product."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Product, Sku
from catalog.workbook.columns import PRODUCT_LEVEL, PRODUCTS
from shop.core.sheets.cells import Value, as_text
from shop.core.sheets.reading import Issue, Row, Table

_CHUNK = 2_000


@dataclass
class Draft:
    """What a workbook says of one product. ``product`` and each of ``skus`` hold only columns of the file.

    ``product_id`` is the product of the shop that is meant, ``None`` for a new one. ``skus`` have their row
    number under ``row``.
    """

    code: str
    row: int
    product_id: int | None
    product: dict[str, Value] = field(default_factory=dict)
    skus: list[dict[str, Value]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the draft as an item's payload holds it."""
        return {"code": self.code, "row": self.row, "product": self.product, "skus": self.skus}


@dataclass(frozen=True)
class Known:
    """Which product each code and SKU code of a workbook belongs to in the shop."""

    products: Mapping[str, int]
    skus: Mapping[str, int]
    codes: Mapping[int, str]
    deleted: frozenset[int]


def load_known(codes: Iterable[str], sku_codes: Iterable[str]) -> Known:
    """Look codes up, some thousands a query."""
    products: dict[str, int] = {}
    skus: dict[str, int] = {}
    for chunk in _batches(codes):
        products.update(Product.objects.filter(code__in=chunk).exclude(code="").values_list("code", "pk"))
    for chunk in _batches(sku_codes):
        skus.update(Sku.objects.filter(code__in=chunk).values_list("code", "product_id"))
    codes_of: dict[int, str] = {}
    deleted: set[int] = set()
    for ids in _batches({*products.values(), *skus.values()}):
        for pk, code, gone in Product.objects.filter(pk__in=ids).values_list("pk", "code", "is_deleted"):
            codes_of[pk] = code
            if gone:
                deleted.add(pk)
    return Known(products, skus, codes_of, frozenset(deleted))


def _batches(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def draft_products(table: Table) -> list[Draft]:
    """Group the rows of the first sheet by product; every contradiction becomes an issue of its draft."""
    known = load_known(
        {str(row.values["product_code"]) for row in table.rows if row.values.get("product_code")},
        {str(row.values["sku_code"]) for row in table.rows if row.values.get("sku_code")},
    )
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(_group(row, known), []).append(row)
    seen: dict[str, int] = {}
    return [_draft(rows, known, seen) for rows in groups.values()]


def _group(row: Row, known: Known) -> str:
    """Return what tells the product of a row: its code, else the product of its SKU, else the SKU itself."""
    code = row.values.get("product_code")
    if code:
        return f"code {code}"
    sku = str(row.values.get("sku_code") or "")
    owner = known.skus.get(sku)
    if owner is not None:
        return f"code {known.codes[owner]}" if known.codes[owner] else f"product {owner}"
    return f"code {sku}" if sku else f"row {row.number}"


def _draft(rows: Sequence[Row], known: Known, seen: dict[str, int]) -> Draft:
    first = rows[0]
    given = next((str(row.values["product_code"]) for row in rows if row.values.get("product_code")), "")
    product_id = _product_id(given, rows, known)
    code = given or (known.codes[product_id] if product_id else str(first.values.get("sku_code") or ""))
    draft = Draft(code=code, row=first.number, product_id=product_id)
    for row in rows:
        draft.issues += row.issues
        draft.skus.append(_sku(row))
        draft.issues += _row_issues(row, product_id, known, seen)
    draft.product, conflicts = _product(rows)
    draft.issues += conflicts
    if product_id in known.deleted:
        draft.issues.append(
            _issue(
                first.number,
                "product_code",
                "product_deleted",
                _("This product is in the recycle bin: restore it first."),
            )
        )
    elif product_id and given and known.codes[product_id] not in ("", given):
        text = _("This SKU belongs to the product %(code)s.") % {"code": known.codes[product_id]}
        draft.issues.append(_issue(first.number, "product_code", "other_product", text, given))
    return draft


def _product_id(code: str, rows: Sequence[Row], known: Known) -> int | None:
    """Return the product that is meant: by its code, else by the first SKU that the shop knows."""
    if code in known.products:
        return known.products[code]
    owners = (known.skus.get(str(row.values.get("sku_code") or "")) for row in rows)
    return next((owner for owner in owners if owner is not None), None)


def _sku(row: Row) -> dict[str, Value]:
    values = {key: value for key, value in row.values.items() if key not in PRODUCT_LEVEL}
    return {**values, "row": row.number}


def _row_issues(row: Row, product_id: int | None, known: Known, seen: dict[str, int]) -> list[Issue]:
    code = str(row.values.get("sku_code") or "")
    if not code:
        return []
    found = []
    if code in seen:
        text = _("This SKU code is in row %(row)d already.") % {"row": seen[code]}
        found.append(_issue(row.number, "sku_code", "duplicate", text, code))
    seen.setdefault(code, row.number)
    owner = known.skus.get(code)
    if owner is not None and owner != product_id:
        text = _("This SKU belongs to the product %(code)s.") % {"code": known.codes[owner] or f"#{owner}"}
        found.append(_issue(row.number, "sku_code", "other_product", text, code))
    return found


def _product(rows: Sequence[Row]) -> tuple[dict[str, Value], list[Issue]]:
    """Take each column of the product from the first row that fills it; another value is a contradiction."""
    merged: dict[str, Value] = {}
    places: dict[str, int] = {}
    issues = []
    for row in rows:
        for key in PRODUCT_LEVEL:
            if key not in row.values:
                continue
            value = row.values[key]
            merged.setdefault(key, None)
            if value is None:
                continue
            if merged[key] is None:
                merged[key], places[key] = value, row.number
            elif merged[key] != value:
                text = _("This differs from row %(row)d of the same product.") % {"row": places[key]}
                shown = as_text(PRODUCTS.column(key), value)[:200]
                issues.append(_issue(row.number, key, "conflict", text, shown))
    merged.pop("product_code", None)
    return merged, issues


def _issue(row: int, column: str, code: str, message: str, value: str = "") -> Issue:
    return Issue(PRODUCTS.key, row, column, code, message, value)
