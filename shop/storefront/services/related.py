"""Staff's choices about what goes with a product."""

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from catalog.models import Product
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require
from shop.storefront.models import RelatedChoice
from shop.storefront.permissions import EDIT_RELATED

MOST_CHOICES = 50


@in_transaction
def choose_related(*, actor: Actor, product_id: int, other_id: int, kind: str) -> RelatedChoice:
    """Put ``other`` on top of what goes with a product (``pin``), or keep it off (``block``).

    A new pin comes after the earlier ones; the same again changes nothing. Locks the product. Raises
    ``Forbidden``, ``NotFound`` (no such product) or ``InvalidInput``.
    """
    require(actor, EDIT_RELATED)
    if kind not in RelatedChoice.Kind.values:
        raise _refused("kind", "invalid_choice", _("This is not one of the choices."))
    product = lock_row(Product.objects.filter(pk=product_id, is_deleted=False).defer("search"))
    if other_id == product_id:
        raise _refused("other", "invalid", _("A product does not go with itself."))
    if not Product.objects.filter(pk=other_id, is_deleted=False).exists():
        raise _refused("other", "unknown", _("There is no such product."))
    choices = RelatedChoice.objects.filter(product=product)
    known = choices.filter(other=other_id).first()
    if known is not None and known.kind == kind:
        return known
    if known is None and choices.count() >= MOST_CHOICES:
        raise _refused("other", "too_many", _("At most 50 products can be chosen here."))
    last = choices.filter(kind=kind).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    choice, _made = RelatedChoice.objects.update_or_create(
        product=product, other_id=other_id, defaults={"kind": kind, "position": position}
    )
    audit.record(
        actor=actor,
        action=EDIT_RELATED,
        subject=product,
        before={"other": other_id, "kind": known.kind if known else None},
        after={"other": other_id, "kind": kind},
    )
    return choice


@in_transaction
def forget_choice(*, actor: Actor, product_id: int, other_id: int) -> None:
    """Leave a product to the rules again. Locks the product. Raises ``Forbidden`` or ``NotFound``."""
    require(actor, EDIT_RELATED)
    product = lock_row(Product.objects.filter(pk=product_id).defer("search"))
    choice = lock_row(RelatedChoice.objects.filter(Q(product=product) & Q(other=other_id)))
    audit.record(
        actor=actor,
        action=EDIT_RELATED,
        subject=product,
        before={"other": other_id, "kind": choice.kind},
        after={"other": other_id, "kind": None},
    )
    choice.delete()


def _refused(field: str, code: str, text: str) -> InvalidInput:
    return InvalidInput(errors=[FieldError(field, code, text)])
