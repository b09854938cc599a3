"""What the product editor sends, read into what the services take, with every mistake at its field."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalog.rules.products import ProductFields, SkuFields, product_errors
from shop.core import clock
from shop.core.console.reading import InputReader
from shop.core.errors import FieldError, InvalidInput

_CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class EditedProduct:
    """The whole editor page. ``version`` is the ``updated_at`` of the page; ``None`` for a new product."""

    fields: ProductFields
    skus: tuple[SkuFields, ...]
    version: datetime | None
    put_on_sale: bool


def read_product(data: Any, *, stored_costs: Mapping[str, int | None] | None) -> EditedProduct:
    """Return what was typed. Raises ``InvalidInput`` with every mistake that needs no database.

    ``stored_costs`` (SKU code -> fen) are kept instead of the page's when whoever edits may not see costs.
    SKUs without a code get one.
    """
    reader = InputReader(data)
    fields = _fields(reader)
    skus = _skus(reader, stored_costs)
    version = reader.instant("version")
    unread = {error.field for error in reader.errors}
    rest = [error for error in product_errors(fields, skus) if error.field not in unread]
    if not fields.category_id and "category" not in unread:
        rest.append(FieldError("category", "required", _("Choose a category.")))
    if reader.errors or rest:
        raise InvalidInput(errors=[*reader.errors, *rest])
    return EditedProduct(fields, skus, version, put_on_sale=data.get("then") == "on_sale")


def _fields(reader: InputReader) -> ProductFields:
    shown, hidden = reader.ids("media"), reader.ids("extra_media")
    return ProductFields(
        title=reader.text("title"),
        subtitle=reader.text("subtitle"),
        category_id=reader.reference("category") or 0,
        brand_id=reader.reference("brand"),
        tag_ids=reader.ids("tags"),
        promise_ids=reader.ids("promises"),
        freight_template_id=reader.reference("freight_template"),
        detail=reader.text("detail"),
        attributes=_attributes(reader),
        spec_names=tuple(name.strip() for name in reader.texts("spec_names")),
        min_quantity=reader.integer("min_quantity", empty=1) or 0,
        limit_per_order=reader.integer("limit_per_order"),
        limit_per_member=reader.integer("limit_per_member"),
        is_virtual=reader.flag("is_virtual"),
        no_reason_return=reader.flag("no_reason_return"),
        position=reader.integer("position", empty=0, signed=True) or 0,
        on_sale_at=reader.moment("on_sale_at"),
        off_sale_at=reader.moment("off_sale_at"),
        media_ids=tuple(dict.fromkeys((*shown, *hidden))),
    )


def _attributes(reader: InputReader) -> dict[str, str]:
    """Return name -> value of the rows that say anything; a name twice is a mistake, not a loss."""
    found: dict[str, str] = {}
    for place, row in enumerate(reader.rows("attributes")):
        name, value = row.text("name").strip(), row.text("value").strip()
        if not name and not value:
            continue
        if name in found:
            reader.refuse(f"attributes.{place}", "duplicate", _("This attribute exists twice."))
        elif not name or not value:
            reader.refuse(f"attributes.{place}", "required", _("An attribute has a name and a value."))
        else:
            found[name] = value
    return found


def _skus(reader: InputReader, stored_costs: Mapping[str, int | None] | None) -> tuple[SkuFields, ...]:
    rows = reader.rows("skus")
    codes = _codes([row.text("code").strip() for row in rows])
    return tuple(
        SkuFields(
            code=code,
            price=row.yuan("price", required=True) or 1,
            spec=row.mapping("spec"),
            market_price=row.yuan("market_price"),
            cost=row.yuan("cost") if stored_costs is None else stored_costs.get(code),
            weight_g=row.integer("weight_g", empty=0) or 0,
            volume_cm3=row.integer("volume_cm3", empty=0) or 0,
            barcode=row.text("barcode").strip(),
            image_id=row.reference("image"),
            is_active=row.flag("is_active"),
        )
        for row, code in zip(rows, codes, strict=True)
    )


def _codes(typed: Sequence[str]) -> list[str]:
    """Fill the gaps: ``261122-K7QF-01``, the day, four random characters, the place in the list."""
    stem = f"{clock.today():%y%m%d}-{''.join(secrets.choice(_CODE_ALPHABET) for _turn in range(4))}"
    return [code or f"{stem}-{place:02d}" for place, code in enumerate(typed, start=1)]
