"""Creating and editing products with their SKUs, as the editor and the import do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from catalog.errors import ProductDeleted, ProductMoved
from catalog.events import ProductChanged
from catalog.models import (
    Media,
    Product,
    ProductTag,
    Sku,
)
from catalog.permissions import CHANGE_PRICE, EDIT_PRODUCT
from catalog.rules.html import clean_detail
from catalog.rules.products import ProductFields, SkuFields, product_errors
from catalog.services.integrity import violated_constraint
from catalog.services.products.changes import last_change
from catalog.services.products.deriving import (
    store_covers,
    store_price_ranges,
    store_search_documents,
)
from catalog.services.products.prices import record_prices, refuse_unproven
from catalog.services.stock.levels import default_location, open_stock
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import lock_row, lock_rows, transaction
from shop.core.errors import FieldError, InvalidInput
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.permissions import require

_PLAIN = (
    "title",
    "category_id",
    "subtitle",
    "brand_id",
    "freight_template_id",
    "min_quantity",
    "limit_per_order",
    "limit_per_member",
    "is_virtual",
    "no_reason_return",
    "position",
    "on_sale_at",
    "off_sale_at",
)
_SKU_PLAIN = (
    "code",
    "price",
    "market_price",
    "cost",
    "weight_g",
    "volume_cm3",
    "barcode",
    "image_id",
    "is_active",
)


def create_product(
    *, actor: Actor, fields: ProductFields, skus: Sequence[SkuFields], unproven: str = "ask"
) -> Product:
    """Create a draft with its SKUs, their price history and empty stock at the default location.

    ``unproven``: see ``change_price``. Raises ``Forbidden``, ``InvalidInput`` with every mistake found, or
    ``MarketPriceUnproven``.
    """
    require(actor, EDIT_PRODUCT)
    _refuse_mistakes(fields, skus, product_id=None)
    with _names_taken():
        now = clock.now()
        product = Product(created_at=now, updated_at=now)
        _write_fields(product, fields)
        product.save()
        if not product.code:
            product.code = _made_up_code(product.pk)
            product.save(update_fields=["code"])
        _write_links(product, fields, is_new=True)
        rows = [_new_sku(product, sku, place) for place, sku in enumerate(skus)]
        refuse_unproven(rows, mode=unproven)
        Sku.objects.bulk_create(rows)
        record_prices(rows, actor=actor)
        _finish(product, rows)
        audit.record(actor=actor, action=EDIT_PRODUCT, subject=product, after=_summary(product, rows))
    return product


def update_product(
    *,
    actor: Actor,
    product_id: int,
    fields: ProductFields,
    skus: Sequence[SkuFields] | None = None,
    unproven: str = "ask",
    version: datetime | None = None,
) -> Product:
    """Write all fields of a product and, unless ``skus`` is ``None``, its whole set of SKUs; return it.

    ``version`` is the ``updated_at`` that the caller read: when it is no longer that, nothing is written.
    SKUs are matched by code. One that is missing from ``skus`` becomes inactive, because orders go on naming
    it; one that comes back becomes active again. A changed price needs the permission to change prices and
    is written down. Locks the product, then its SKUs. Raises ``Forbidden``, ``NotFound``,
    ``ProductDeleted``, ``ProductMoved``, ``InvalidInput`` or ``MarketPriceUnproven``.
    """
    require(actor, EDIT_PRODUCT)
    with _names_taken():
        product = lock_row(Product.objects.filter(pk=product_id))
        if product.is_deleted:
            raise ProductDeleted
        if version is not None and product.updated_at != version:
            raise ProductMoved(**last_change(product))
        stored = lock_rows(Sku.objects.filter(product=product))
        present = [sku_fields(sku) for sku in stored if sku.is_active]
        _refuse_mistakes(fields, present if skus is None else skus, product_id=product.pk)
        before = _summary(product, stored)
        _write_fields(product, fields)
        product.updated_at = clock.now()
        product.save()
        _write_links(product, fields)
        rows = stored if skus is None else _write_skus(product, stored, skus, actor=actor, unproven=unproven)
        _finish(product, rows)
        _audit_difference(actor, product, before, _summary(product, rows))
    return product


def product_fields(product: Product) -> ProductFields:
    """Return what ``update_product`` takes, as the product is now: change it with ``dataclasses.replace``."""
    return ProductFields(
        **{name: getattr(product, name) for name in _PLAIN},
        tag_ids=tuple(product.tags.order_by("position", "id").values_list("pk", flat=True)),
        promise_ids=tuple(product.promises.values_list("pk", flat=True)),
        detail=product.detail,
        attributes=dict(product.attributes),
        code=product.code,
        spec_names=tuple(product.spec_names),
        media_ids=tuple(product.media.order_by("position", "id").values_list("pk", flat=True)),
    )


def sku_fields(sku: Sku) -> SkuFields:
    """Return what ``update_product`` takes of a SKU, as it is now."""
    return SkuFields(**{name: getattr(sku, name) for name in _SKU_PLAIN}, spec=dict(sku.spec))


@contextmanager
def _names_taken() -> Iterator[None]:
    """Open a transaction in which a code that somebody took a moment ago is a mistake, not an error."""
    try:
        with transaction():
            yield
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint == "catalog_product_code_once":
            taken = FieldError("code", "taken", _("Another product has this code."))
            raise InvalidInput(errors=[taken]) from error
        if not constraint.startswith("catalog_sku_code"):
            raise
        taken = FieldError("skus", "taken", _("Another product has one of these codes."))
        raise InvalidInput(errors=[taken]) from error


def _refuse_mistakes(fields: ProductFields, skus: Sequence[SkuFields], *, product_id: int | None) -> None:
    errors = product_errors(fields, skus)
    errors += _unknown(fields, skus, product_id)
    codes = {sku.code: place for place, sku in enumerate(skus)}
    others = Sku.objects.filter(code__in=codes).exclude(product_id=product_id or 0)
    errors += [
        FieldError(f"skus.{codes[code]}.code", "taken", _("Another product has this code."))
        for code in others.values_list("code", flat=True)
    ]
    if errors:
        raise InvalidInput(errors=errors)


_KNOWN = """
SELECT (SELECT count(*) FROM catalog_category WHERE id = ANY(%(category)s::bigint[])) AS category,
    (SELECT count(*) FROM catalog_brand WHERE id = ANY(%(brand)s::bigint[])) AS brand,
    (SELECT count(*) FROM catalog_tag WHERE id = ANY(%(tags)s::bigint[])) AS tags,
    (SELECT count(*) FROM catalog_servicepromise WHERE id = ANY(%(promises)s::bigint[])) AS promises,
    (SELECT count(*) FROM catalog_freighttemplate WHERE id = ANY(%(freight_template)s::bigint[]))
        AS freight_template,
    (SELECT count(*) FROM catalog_media WHERE id = ANY(%(media)s::bigint[])
        AND (product_id IS NULL OR product_id = %(product)s)) AS media
"""


_PLACE_PICTURES = """
UPDATE catalog_media AS media SET product_id = %s, position = wanted.position
FROM unnest(%s::bigint[], %s::int[]) AS wanted (id, position) WHERE media.id = wanted.id
"""


def _unknown(fields: ProductFields, skus: Sequence[SkuFields], product_id: int | None) -> list[FieldError]:
    """Return an error for each reference to a row that does not exist (or a picture of another product)."""
    images = {sku.image_id for sku in skus if sku.image_id is not None}
    wanted: dict[str, set[int]] = {
        "category": {fields.category_id},
        "brand": _given(fields.brand_id),
        "tags": set(fields.tag_ids),
        "promises": set(fields.promise_ids),
        "freight_template": _given(fields.freight_template_id),
        "media": set(fields.media_ids) | images,
    }
    possible = {name: [pk for pk in ids if 0 < pk < 2**63] for name, ids in wanted.items()}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"product": product_id, **possible})
        known = dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
    return [
        FieldError(name, "unknown", _("This does not exist."))
        for name, ids in wanted.items()
        if known[name] != len(ids)
    ]


def _given(pk: int | None) -> set[int]:
    return set() if pk is None else {pk}


def _write_fields(product: Product, fields: ProductFields) -> None:
    for name in _PLAIN:
        setattr(product, name, getattr(fields, name))
    product.code = fields.code or product.code
    product.title = fields.title.strip()
    product.subtitle = fields.subtitle.strip()
    product.detail = clean_detail(fields.detail)
    product.attributes = {name.strip(): value.strip() for name, value in fields.attributes.items()}
    product.spec_names = list(fields.spec_names)


def _made_up_code(pk: int) -> str:
    """Return a code for a product that came without: P and its number, unless somebody took just that."""
    code = f"P{pk}"
    while Product.objects.filter(code=code).exists():
        code = f"P{pk}-{new_number(6)}"
    return code


def _write_links(product: Product, fields: ProductFields, *, is_new: bool = False) -> None:
    """Write tags, promises and the order of pictures; pictures left out are let go of."""
    if not is_new:
        ProductTag.objects.filter(product=product).exclude(tag__in=fields.tag_ids).delete()
        Media.objects.filter(product=product).exclude(pk__in=fields.media_ids).update(product=None)
    ProductTag.objects.bulk_create(
        [ProductTag(product=product, tag_id=tag_id) for tag_id in dict.fromkeys(fields.tag_ids)],
        ignore_conflicts=True,
    )
    if is_new:
        product.promises.add(*fields.promise_ids)
    else:
        product.promises.set(fields.promise_ids)
    places = {pk: place for place, pk in enumerate(fields.media_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_PLACE_PICTURES, [product.pk, [*places], [*places.values()]])


def _new_sku(product: Product, sku: SkuFields, place: int) -> Sku:
    row = Sku(product=product)
    _write_sku(row, sku, place)
    return row


def _write_sku(row: Sku, sku: SkuFields, place: int) -> None:
    for name in _SKU_PLAIN:
        setattr(row, name, getattr(sku, name))
    row.spec = {name: value.strip() for name, value in sku.spec.items()}
    row.position = place


def _write_skus(
    product: Product, stored: Sequence[Sku], skus: Sequence[SkuFields], *, actor: Actor, unproven: str
) -> list[Sku]:
    """Make the product's SKUs what ``skus`` says; return all of them, inactive ones included."""
    by_code = {row.code: row for row in stored}
    prices = {row.pk: (row.price, row.market_price) for row in stored}
    kept: list[Sku] = []
    fresh: list[Sku] = []
    for place, sku in enumerate(skus):
        row = by_code.pop(sku.code, None)
        if row is None:
            fresh.append(_new_sku(product, sku, place))
        else:
            _write_sku(row, sku, place)
            kept.append(row)
    for row in by_code.values():
        row.is_active = False
    repriced = [row for row in kept if prices[row.pk] != (row.price, row.market_price)]
    if repriced:
        require(actor, CHANGE_PRICE)
    refuse_unproven([*repriced, *fresh], mode=unproven)
    _store_skus([*kept, *by_code.values()])
    Sku.objects.bulk_create(fresh)
    record_prices([*repriced, *fresh], actor=actor)
    return [*kept, *fresh, *by_code.values()]


def _store_skus(rows: Sequence[Sku]) -> None:
    """Write SKUs in two steps, so that two of them can swap their specifications."""
    Sku.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)
    Sku.objects.bulk_update(rows, ["spec", "position", *(name for name in _SKU_PLAIN if name != "code")])


def _finish(product: Product, rows: Sequence[Sku]) -> None:
    """Derive what lists need, and give every SKU its stock row and levels."""
    store_price_ranges([product.pk])
    store_covers([product.pk])
    store_search_documents([product.pk])
    open_stock(sku_ids=[row.pk for row in rows], location_id=default_location().pk)
    publish(ProductChanged(product.pk))
    product.refresh_from_db(fields=["min_price", "max_price", "market_price", "cover"])


def _summary(product: Product, rows: Sequence[Sku]) -> dict[str, Any]:
    """Return what the audit compares: every plain field, and the prices of each active SKU."""
    plain = {name: getattr(product, name) for name in (*_PLAIN, "code", "attributes", "spec_names")}
    skus = {row.code: [row.price, row.market_price, row.cost] for row in rows if row.is_active}
    return {**plain, "detail_length": len(product.detail), "skus": skus}


def _audit_difference(actor: Actor, product: Product, before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = [name for name in after if before[name] != after[name]]
    audit.record(
        actor=actor,
        action=EDIT_PRODUCT,
        subject=product,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
