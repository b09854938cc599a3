"""Looking at a member anew: which tier counts now, what changed, what a rise gives."""

from collections.abc import Sequence
from datetime import datetime

from members.models import Member
from members.tiers.events import TierChanged
from members.tiers.facts import facts_of
from members.tiers.ladder import Tiers, grant_of, load_tiers, standing_of, write_standing
from members.tiers.models import CARD, EARNED, HAND, MemberTier, Tier, TierChange, TierGrant
from members.tiers.rules import (
    Effective,
    assess,
    beijing_midnight,
    effective,
    enter,
    next_look,
    passed_levels,
)
from members.tiers.runtime import tiers_enabled
from members.tiers.services.issuing import issue_level_up
from shop.core import clock, runtime
from shop.core.clock import BEIJING
from shop.core.db import in_transaction, lock_rows
from shop.core.outbox import publish

_ENDED = {CARD: TierChange.Reason.CARD_ENDED, HAND: TierChange.Reason.HAND_ENDED}
_BEGUN = {CARD: TierChange.Reason.CARD, HAND: TierChange.Reason.HAND}


def evaluate_member(*, member_id: int, at: datetime | None = None, note: str = "") -> MemberTier | None:
    """Bring a member's tier up to date and return it; ``None`` in a shop without tiers, for a closed account.

    Reads facts and grants under the lock of the member's standing, so that of many evaluations at once the
    last one knows everything. A rise gives its level-up gifts; every change is in the history and announced.
    Safe to repeat. Locks the standing, then the ledgers of gifts.
    """
    return _look_anew(member_id, at or clock.now(), note) if tiers_enabled() else None


@in_transaction
def _look_anew(member_id: int, at: datetime, note: str) -> MemberTier | None:
    if not Member.objects.filter(pk=member_id, state=Member.State.ACTIVE).exists():
        return None
    found = lock_standing(member_id, at=at)
    return None if found is None else _evaluate(*found, at, note)


def lock_standing(member_id: int, *, at: datetime) -> tuple[MemberTier, Tiers] | None:
    """Lock a member's standing for the rest of the transaction; it begins in the lowest tier.

    The tiers are read under the lock, so that none is missing. ``None`` without any in force.
    """
    # Without joins: PostgreSQL drops a row whose tier changed while the lock was waited for.
    rows = MemberTier.objects.filter(pk=member_id)
    found = lock_rows(rows)
    tiers = load_tiers()
    if tiers is not None and not found:
        _enter(member_id, tiers, at=at)
        found = lock_rows(rows)
        tiers = load_tiers()
    if tiers is None:
        return None
    row = found[0]
    row.tier, row.earned = tiers.by_id[row.tier_id], tiers.by_id[row.earned_id]
    return row, tiers


def _enter(member_id: int, tiers: Tiers, *, at: datetime) -> None:
    day = at.astimezone(BEIJING).date()
    row = MemberTier(member_id=member_id, tier=tiers.lowest, evaluated_at=at)
    write_standing(row, enter(tiers.ladder, on=day), tiers)
    values = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields[1:]}
    _row, made = MemberTier.objects.get_or_create(member_id=member_id, defaults=values)
    if made:
        _note_change(member_id, None, tiers.lowest, TierChange.Reason.JOINED, "", at)


def _evaluate(row: MemberTier, tiers: Tiers, at: datetime, note: str) -> MemberTier:
    day = at.astimezone(BEIJING).date()
    ladder = tiers.ladder
    before, before_source, before_earned = row.tier, row.source, row.earned.level
    facts = facts_of(row.member_id)
    standing, steps = assess(ladder, standing_of(row), facts, on=day, fall=str(runtime.value("tier_fall")))
    grants = [grant_of(grant) for grant in standing_grants(row.member_id)]
    now = effective(ladder, standing.level, grants, at=at)
    look = next_look(ladder, standing, on=day)
    write_standing(row, standing, tiers)
    _write_effective(row, now, tiers)
    row.evaluated_at = at
    moments = [now.lapses_at, beijing_midnight(look) if look else None]
    row.due_at = min((moment for moment in moments if moment), default=None)
    row.save()
    if row.tier_id != before.pk:
        reason = _reason(before_source, now.source, steps)
        _note_change(row.member_id, before, row.tier, reason, note, at)
    _give_level_up(row, tiers, before=(before.level, before_earned), at=at)
    return row


def standing_grants(member_id: int) -> list[TierGrant]:
    """Return the tiers that cards and people gave a member and nobody ended, oldest first."""
    rows = TierGrant.objects.filter(member_id=member_id, ended_at=None)
    return list(rows.select_related("tier").order_by("pk"))


def _write_effective(row: MemberTier, now: Effective, tiers: Tiers) -> None:
    row.tier = tiers.by_level[now.level]
    row.source = now.source
    row.lapses_at = now.lapses_at
    row.lapses_to = None if now.lapses_to is None else tiers.by_level[now.lapses_to]


def _reason(before: str, after: str, steps: Sequence[str]) -> str:
    """Say why another tier counts."""
    if after != EARNED:
        return _BEGUN[after]
    if steps and (before == EARNED or steps[-1] == "earned"):
        return str(TierChange.Reason(steps[-1]))
    return _ENDED.get(before, TierChange.Reason.RULES)


def _note_change(
    member_id: int, before: Tier | None, after: Tier, reason: str, note: str, at: datetime
) -> None:
    TierChange.objects.create(
        member_id=member_id, before=before, after=after, reason=reason, note=note[:200], at=at
    )
    publish(TierChanged(member_id, before=0 if before is None else before.pk, after=after.pk, reason=reason))


def _give_level_up(row: MemberTier, tiers: Tiers, *, before: tuple[int, int], at: datetime) -> None:
    """Give the gifts of every tier risen to. What people set by hand gives none."""
    shown, earned = before
    risen: dict[int, Tier] = {}
    if row.source == CARD and row.tier.level > shown:
        risen[row.tier.level] = row.tier
    for rung in passed_levels(tiers.ladder, before=earned, after=row.earned.level, source=EARNED):
        risen[rung.level] = tiers.by_level[rung.level]
    for _level, tier in sorted(risen.items()):
        issue_level_up(member_id=row.member_id, tier=tier, lapses=row.lapses, at=at)
