"""On sale, off sale, by hand or by schedule; the recycle bin."""

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.errors import ProductDeleted, ProductIncomplete
from catalog.events import ProductListed, ProductUnlisted
from catalog.models import Media, Product, Sku
from catalog.permissions import DELETE_PRODUCT, LIST_PRODUCT
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import claim_rows, in_transaction, lock_row
from shop.core.errors import FieldError
from shop.core.outbox import publish
from shop.core.permissions import require

State = Product.State
BATCH = 200


@in_transaction
def set_product_state(*, actor: Actor, product_id: int, state: str) -> Product:
    """Put a product on or off sale, or back to draft, now; a schedule for the same direction is spent.

    Locks the product. The state it has already changes nothing. Raises ``Forbidden``, ``NotFound``,
    ``ProductDeleted`` or ``ProductIncomplete`` with what is missing.
    """
    require(actor, LIST_PRODUCT)
    product = lock_row(Product.objects.filter(pk=product_id))
    if product.is_deleted:
        raise ProductDeleted
    _move(product, State(state), actor=actor)
    return product


@in_transaction
def delete_product(*, actor: Actor, product_id: int) -> Product:
    """Move a product to the recycle bin: off sale, out of every list, kept for the orders that name it.

    Locks the product. Raises ``Forbidden`` or ``NotFound``.
    """
    require(actor, DELETE_PRODUCT)
    product = lock_row(Product.objects.filter(pk=product_id))
    if not product.is_deleted:
        if product.state == State.ON_SALE:
            product.state = State.OFF_SALE
            publish(ProductUnlisted(product.pk))
        product.is_deleted = True
        product.deleted_at = product.updated_at = clock.now()
        product.on_sale_at = product.off_sale_at = None
        product.save(
            update_fields=["state", "is_deleted", "deleted_at", "updated_at", "on_sale_at", "off_sale_at"]
        )
        audit.record(actor=actor, action=DELETE_PRODUCT, subject=product, after={"is_deleted": True})
    return product


@in_transaction
def restore_product(*, actor: Actor, product_id: int) -> Product:
    """Take a product out of the recycle bin, off sale. Locks it. Raises ``Forbidden`` or ``NotFound``."""
    require(actor, DELETE_PRODUCT)
    product = lock_row(Product.objects.filter(pk=product_id))
    if product.is_deleted:
        product.is_deleted, product.deleted_at, product.updated_at = False, None, clock.now()
        product.save(update_fields=["is_deleted", "deleted_at", "updated_at"])
        audit.record(actor=actor, action=DELETE_PRODUCT, subject=product, after={"is_deleted": False})
    return product


@in_transaction
def run_schedules_batch() -> int:
    """Put products on and off sale whose time has come; return how many were looked at.

    Claims rows that nobody else holds. A product that is not complete stays as it is and its schedule is
    dropped, with an audit entry that says why.
    """
    now = clock.now()
    actor = Actor.system("catalog.run_schedules")
    due = Product.objects.filter(Q(on_sale_at__lte=now) | Q(off_sale_at__lte=now), is_deleted=False)
    rows = claim_rows(due.order_by("pk"), limit=BATCH)
    for product in rows:
        try:
            _follow_schedule(product, actor=actor)
        except ProductIncomplete as refusal:
            Product.objects.filter(pk=product.pk).update(on_sale_at=None)
            missing = {"missing": [str(error.detail) for error in refusal.errors]}
            audit.record(actor=actor, action=LIST_PRODUCT, subject=product, after=missing)
    return len(rows)


def _follow_schedule(product: Product, *, actor: Actor) -> None:
    now = clock.now()
    if product.off_sale_at is None or product.off_sale_at > now:
        _move(product, State.ON_SALE, actor=actor)
    else:
        # What never went on sale does not go off: a draft stays a draft.
        ended = State.OFF_SALE if product.state == State.ON_SALE else State(product.state)
        _move(product, ended, actor=actor)


def _move(product: Product, state: Product.State, *, actor: Actor) -> None:
    before = product.state
    now = clock.now()
    if state == State.ON_SALE:
        _refuse_incomplete(product)
        product.listed_at = product.listed_at or now
        product.on_sale_at = None
        if product.off_sale_at is not None and product.off_sale_at <= now:
            product.off_sale_at = None
    else:
        product.off_sale_at = None
        if product.on_sale_at is not None and product.on_sale_at <= now:
            product.on_sale_at = None
    product.state = state
    product.updated_at = now
    product.save(update_fields=["state", "listed_at", "on_sale_at", "off_sale_at", "updated_at"])
    if before == state:
        return
    if state == State.ON_SALE:
        publish(ProductListed(product.pk))
    elif before == State.ON_SALE:
        publish(ProductUnlisted(product.pk))
    audit.record(
        actor=actor, action=LIST_PRODUCT, subject=product, before={"state": before}, after={"state": state}
    )


def _refuse_incomplete(product: Product) -> None:
    errors = []
    if not Sku.objects.filter(product=product, is_active=True).exists():
        errors.append(FieldError("skus", "missing", _("At least one active SKU is required.")))
    if not Media.objects.filter(product=product, kind=Media.Kind.IMAGE, in_detail=False).exists():
        errors.append(FieldError("media", "missing", _("At least one picture is required.")))
    if errors:
        raise ProductIncomplete(errors=errors)
