"""Storing what the product editor sends, all or nothing."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.admin.products.reading import EditedProduct, read_product
from catalog.errors import MarketPriceUnproven
from catalog.models import Product
from catalog.permissions import SEE_COST
from catalog.queries.editing import stored_costs
from catalog.rules.products import SkuFields
from catalog.services.products import create_product, set_product_state, update_product
from shop.core.actors import Actor
from shop.core.console import actor_of, may
from shop.core.db import transaction
from shop.core.errors import FieldError, InvalidInput


def save_product(request: HttpRequest, data: Any, *, product_id: int | None) -> Product:
    """Create a product, or write the editor's page over a stored one; put it on sale too if asked.

    Raises ``InvalidInput`` with every mistake at its field, ``ProductMoved`` when the page is stale, and
    whatever else the services refuse. Nothing is written then.
    """
    edited = read_product(data, stored_costs=_kept_costs(request, product_id))
    if product_id is not None and edited.version is None:
        raise InvalidInput(errors=[FieldError("version", "required", _("This page is incomplete: reload."))])
    try:
        with transaction():
            product = _store(actor_of(request), edited, product_id)
            if edited.put_on_sale:
                product = set_product_state(
                    actor=actor_of(request), product_id=product.pk, state=Product.State.ON_SALE
                )
    except MarketPriceUnproven as refusal:
        raise _at_its_fields(refusal, edited.skus) from refusal
    return product


def _store(actor: Actor, edited: EditedProduct, product_id: int | None) -> Product:
    if product_id is None:
        return create_product(actor=actor, fields=edited.fields, skus=edited.skus)
    return update_product(
        actor=actor,
        product_id=product_id,
        fields=edited.fields,
        skus=edited.skus,
        version=edited.version,
    )


def _kept_costs(request: HttpRequest, product_id: int | None) -> dict[str, int | None] | None:
    """Return the stored costs for whoever may not see them; ``None`` takes the page's."""
    if may(request.user, SEE_COST):
        return None
    return {} if product_id is None else stored_costs(product_id)


def _at_its_fields(refusal: MarketPriceUnproven, skus: Iterable[SkuFields]) -> MarketPriceUnproven:
    """Name the rows whose crossed-out price was never charged."""
    codes = {line["code"] for line in refusal.extra["lines"]}
    errors = [
        FieldError(f"skus.{place}.market_price", "unproven", _("This price was never charged long enough."))
        for place, sku in enumerate(skus)
        if sku.code in codes
    ]
    return MarketPriceUnproven(errors=errors)
