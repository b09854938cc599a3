"""A product like another one."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from catalog.errors import ProductDeleted
from catalog.models import Media, Product, Sku
from catalog.permissions import EDIT_PRODUCT
from catalog.rules.products import MAX_TITLE, SkuFields
from catalog.services.products.editing import create_product, product_fields, sku_fields
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.permissions import require

_LONGEST_CODE = 40


@in_transaction
def copy_product(*, actor: Actor, product_id: int) -> Product:
    """Make a draft with the texts, pictures, SKUs and prices of a product, and return it.

    Codes get the next free number behind them. What belongs to the one original is left out: barcodes,
    crossed-out prices (the copy never charged them), schedule, sales, stock. Locks the original. Raises
    ``Forbidden``, ``NotFound``, ``ProductDeleted`` or ``InvalidInput`` (the original breaks a newer rule).
    """
    require(actor, EDIT_PRODUCT)
    product = lock_row(Product.objects.filter(pk=product_id))
    if product.is_deleted:
        raise ProductDeleted
    skus = list(Sku.objects.filter(product=product, is_active=True))
    fields = product_fields(product)
    shown = {*fields.media_ids, *(sku.image_id for sku in skus if sku.image_id is not None)}
    pictures = _copy_pictures(list(Media.objects.filter(pk__in=shown)))
    codes = _free_codes([sku.code for sku in skus])
    mark = _("(copy)")
    return create_product(
        actor=actor,
        fields=replace(
            fields,
            code="",
            title=f"{fields.title[: MAX_TITLE - len(mark) - 1]} {mark}",
            media_ids=tuple(pictures[pk] for pk in fields.media_ids),
            on_sale_at=None,
            off_sale_at=None,
        ),
        skus=[_copy_of(sku, codes[sku.code], pictures) for sku in skus],
    )


def _copy_of(sku: Sku, code: str, pictures: dict[int, int]) -> SkuFields:
    image_id = None if sku.image_id is None else pictures.get(sku.image_id)
    return replace(sku_fields(sku), code=code, barcode="", market_price=None, image_id=image_id)


def _copy_pictures(media: Sequence[Media]) -> dict[int, int]:
    """Return the id of each picture's twin, which shows the same stored file."""
    before = [row.pk for row in media]
    for row in media:
        row.pk, row.product = None, None
        row._state.adding = True
    twins = Media.objects.bulk_create(media)
    return {old: twin.pk for old, twin in zip(before, twins, strict=True)}


def _free_codes(codes: Sequence[str]) -> dict[str, str]:
    """Return a code for each copy: ``TEA-100`` becomes ``TEA-100-2``, or the next number that is free."""
    number = 2
    while True:
        tail = f"-{number}"
        fresh = {code: f"{code[: _LONGEST_CODE - len(tail)]}{tail}" for code in codes}
        distinct = len(set(fresh.values())) == len(fresh)
        if distinct and not Sku.objects.filter(code__in=fresh.values()).exists():
            return fresh
        if not distinct:  # long codes that differ only at the end
            fresh = {code: f"{code[:30]}{tail}-{place}" for place, code in enumerate(codes)}
            if not Sku.objects.filter(code__in=fresh.values()).exists():
                return fresh
        number += 1
