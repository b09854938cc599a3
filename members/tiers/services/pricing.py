"""Prices of SKUs for tiers, set by staff."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from catalog.models import Sku
from members.tiers.models import SkuTierPrice, Tier
from members.tiers.permissions import EDIT_TIER
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput, NotFound
from shop.core.permissions import require

MOST = 1000


@in_transaction
def set_sku_prices(*, actor: Actor, tier_id: int, prices: Sequence[tuple[str, int | None]]) -> int:
    """Set what SKUs, named by their codes, cost a tier in fen; ``None`` takes a price away.

    All or none, recorded once; returns how many SKUs were named. Raises ``Forbidden``, ``NotFound`` (tier),
    ``InvalidInput`` naming unknown codes.
    """
    require(actor, EDIT_TIER)
    tier = Tier.objects.filter(pk=tier_id).first()
    if tier is None:
        raise NotFound
    wanted = dict(prices)
    known = dict(Sku.objects.filter(code__in=wanted, product__is_deleted=False).values_list("code", "pk"))
    _refuse_unknown([code for code in wanted if code not in known])
    rows = SkuTierPrice.objects.filter(tier=tier, sku__in=known.values())
    before = {code: str(price) for code, price in rows.values_list("sku__code", "price")}
    rows.filter(sku__in=[known[code] for code, price in wanted.items() if price is None]).delete()
    SkuTierPrice.objects.bulk_create(
        [
            SkuTierPrice(sku_id=known[code], tier=tier, price=price)
            for code, price in wanted.items()
            if price is not None
        ],
        update_conflicts=True,
        unique_fields=["sku", "tier"],
        update_fields=["price"],
    )
    audit.record(
        actor=actor,
        action=EDIT_TIER,
        subject=tier,
        before={"sku_prices": before},
        after={"sku_prices": {code: "" if price is None else str(price) for code, price in wanted.items()}},
    )
    return len(wanted)


def _refuse_unknown(codes: Sequence[str]) -> None:
    if codes:
        detail = _("No SKU has this code: %(codes)s") % {"codes": ", ".join(codes[:10])}
        raise InvalidInput(errors=[FieldError("prices", "unknown", detail)])
