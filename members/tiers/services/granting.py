"""Tiers that are given: by a card at once, by staff with a reason."""

from datetime import date, datetime

from members.models import Member
from members.tiers.errors import TiersOff, TierUnavailable
from members.tiers.ladder import load_tiers
from members.tiers.models import CARD, HAND, MemberTier, Tier, TierGrant
from members.tiers.permissions import SET_TIER
from members.tiers.rules import beijing_midnight
from members.tiers.runtime import tiers_enabled
from members.tiers.services.evaluating import evaluate_member, lock_standing
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import NotFound
from shop.core.ids import new_number
from shop.core.permissions import require


@in_transaction
def grant_card_tier(*, member_id: int, tier_id: int, until: datetime | None, reference: str) -> None:
    """Lift a member to the tier of a card at once, until the card ends (``None``: for good).

    The same reference again moves the end (a renewal) or the tier. In a shop without tiers it is kept and
    counts as soon as there are some. Gives the tier's level-up gift. Locks the standing, then the ledgers of
    gifts: call it before you post to the wallet. Raises ``NotFound`` for an unknown tier.
    """
    if not Tier.objects.filter(pk=tier_id).exists():
        raise NotFound
    now = clock.now()
    _lock(member_id, now)
    TierGrant.objects.update_or_create(
        member_id=member_id,
        source=CARD,
        reference=reference,
        defaults={"tier_id": tier_id, "until": until, "ended_at": None},
        create_defaults={"tier_id": tier_id, "until": until, "created_at": now},
    )
    evaluate_member(member_id=member_id, at=now)


@in_transaction
def end_card_tier(*, member_id: int, reference: str) -> None:
    """Take back the tier that a card gave, because it was refunded or ended early; safe to repeat.

    Locks the standing.
    """
    now = clock.now()
    _lock(member_id, now)
    rows = TierGrant.objects.filter(member_id=member_id, source=CARD, reference=reference, ended_at=None)
    if rows.update(ended_at=now):
        evaluate_member(member_id=member_id, at=now)


@in_transaction
def set_tier_by_hand(
    *, actor: Actor, member_id: int, tier_id: int, until: date | None, is_fixed: bool, reason: str
) -> MemberTier:
    """Give a member a tier by decision: at least this one, or with ``is_fixed`` exactly this one.

    It holds to the end of the day ``until`` in Beijing, or until it is ended; it replaces an earlier decision
    and gives no level-up gift. Locks the standing. Raises ``Forbidden``, ``NotFound``, ``TierUnavailable``
    (not in force, or a day that is over), ``TiersOff``.
    """
    require(actor, SET_TIER)
    tier = Tier.objects.filter(pk=tier_id).first()
    if tier is None:
        raise NotFound
    if not tier.is_active or (until is not None and until < clock.today()):
        raise TierUnavailable
    before = _begin_decision(member_id)
    now = clock.now()
    TierGrant.objects.create(
        member_id=member_id,
        tier=tier,
        source=HAND,
        is_fixed=is_fixed,
        reference=new_number(),
        until=None if until is None else beijing_midnight(date.fromordinal(until.toordinal() + 1)),
        created_at=now,
    )
    after = {"tier": tier.name, "until": str(until or ""), "exactly": is_fixed}
    return _finish_decision(actor, member_id, before=before, after=after, reason=reason, at=now)


@in_transaction
def end_tier_by_hand(*, actor: Actor, member_id: int, reason: str) -> MemberTier:
    """End a decision by hand: what the member earned, or a card gives, counts again. Safe to repeat.

    Locks the standing. Raises ``Forbidden``, ``NotFound``, ``TiersOff``.
    """
    require(actor, SET_TIER)
    before = _begin_decision(member_id)
    return _finish_decision(actor, member_id, before=before, after={}, reason=reason, at=clock.now())


def _begin_decision(member_id: int) -> str:
    """Lock the standing, end earlier decisions, and return the name of the tier that counted."""
    if not tiers_enabled() or load_tiers() is None:
        raise TiersOff
    now = clock.now()
    row = evaluate_member(member_id=member_id, at=now)
    if row is None:
        raise NotFound
    TierGrant.objects.filter(member_id=member_id, source=HAND, ended_at=None).update(ended_at=now)
    return row.tier.name


def _finish_decision(
    actor: Actor, member_id: int, *, before: str, after: dict[str, object], reason: str, at: datetime
) -> MemberTier:
    row = evaluate_member(member_id=member_id, at=at, note=reason)
    if row is None:
        raise NotFound
    audit.record(
        actor=actor,
        action=SET_TIER,
        subject=("members.member", str(member_id)),
        before={"tier": before},
        after={**after, "tier_now": row.tier.name},
        reason=reason,
    )
    return row


def _lock(member_id: int, now: datetime) -> None:
    """Take the standing's lock in a shop with tiers."""
    if tiers_enabled() and Member.objects.filter(pk=member_id).exists():
        lock_standing(member_id, at=now)
