"""What staff offer in the points mall."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from members.points.models import MallGoods
from members.points.permissions import EDIT_MALL
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require


@in_transaction
def offer_goods(*, actor: Actor, goods: MallGoods) -> None:
    """Offer new goods (audited). Raises ``Forbidden``."""
    require(actor, EDIT_MALL)
    goods.save()
    after = {"sku": goods.sku_id, "points": goods.points, "cash": goods.cash, "quota": goods.quota}
    audit.record(actor=actor, action=EDIT_MALL, subject=goods, after=after)


@in_transaction
def change_goods(*, actor: Actor, goods_id: int, changes: Mapping[str, Any]) -> None:
    """Change columns of an offer (audited); what is taken of it stays. Locks the goods.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput`` for fewer pieces than are taken.
    """
    require(actor, EDIT_MALL)
    goods = lock_row(MallGoods.objects.filter(pk=goods_id))
    before = {name: _plain(getattr(goods, name)) for name in changes}
    for name, value in changes.items():
        setattr(goods, name, value)
    if goods.quota < goods.sold:
        detail = _("%(sold)d pieces are taken already.") % {"sold": goods.sold}
        raise InvalidInput(errors=[FieldError("quota", "min_value", detail)])
    if changes:
        goods.save(update_fields=list(changes))
        after = {name: _plain(value) for name, value in changes.items()}
        audit.record(actor=actor, action=EDIT_MALL, subject=goods, before=before, after=after)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
