"""Gifts of tiers: each kind once for each occasion, whoever asks how often."""

from datetime import datetime

from members.gifts import Gifts, grant_gifts
from members.tiers.models import GiftBundle, Tier, TierGift, TierIssue
from shop.core import runtime
from shop.core.rows import insert_unless_there

REASON = "tier_gift"


def gifts_of(bundle: GiftBundle) -> Gifts:
    """Return what a bundle consists of."""
    return Gifts(bundle.money, bundle.points, bundle.growth, bundle.card)


def issue_level_up(*, member_id: int, tier: Tier, lapses: int, at: datetime) -> bool:
    """Give the gift for reaching a tier, if it has one and the member never had it; say whether."""
    bundle = TierGift.objects.filter(tier=tier, occasion=TierGift.Occasion.LEVEL_UP).first()
    if bundle is None:
        return False
    again = f":{lapses}" if lapses and runtime.value("tier_gift_again") else ""
    return issue_bundle(
        member_id=member_id,
        kind=TierIssue.LEVEL_UP,
        occasion=f"{tier.pk}{again}",
        tier_id=tier.pk,
        bundle=bundle,
        at=at,
    )


def issue_bundle(
    *, member_id: int, kind: str, occasion: str, tier_id: int, bundle: GiftBundle, at: datetime
) -> bool:
    """Give a bundle once for this kind and occasion, in the caller's transaction; say whether it was now.

    The row comes before the gifts: whoever inserts it gives them. Locks the ledgers of the gifts.
    """
    issue = TierIssue(
        member_id=member_id,
        kind=kind,
        occasion=occasion,
        tier_id=tier_id,
        money=bundle.money,
        points=bundle.points,
        growth=bundle.growth,
        card=bundle.card,
        at=at,
    )
    gifts = gifts_of(bundle)
    if not gifts or not insert_unless_there(issue, "member", "kind", "occasion"):
        return False
    grant_gifts(member_id=member_id, gifts=gifts, reference=f"{kind}:{occasion}", reason=REASON)
    return True
