"""Rewards by the shop's rules, within the caps of a Beijing day."""

from dataclasses import dataclass

from members.points.models import RewardDay, RewardGrant, RewardKind, RewardRule
from members.points.rules import within_cap
from members.points.services.accounts import lock_points
from members.points.services.earning import earn_points
from members.points.services.growth import add_growth
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.rows import find_row


@dataclass(frozen=True, slots=True)
class Granted:
    """What a member got."""

    points: int = 0
    growth: int = 0


NOTHING = Granted()


@in_transaction
def grant_rule(
    *,
    kind: str,
    member_id: int,
    reference: str,
    points: int | None = None,
    growth: int | None = None,
) -> Granted:
    """Give what the rule of ``kind`` gives, once for each reference; return what was given.

    ``points`` and ``growth`` replace the rule's own numbers (a longer review earns more); its caps hold all
    the same, and what they cut off is gone. A shop without such a rule in force gives nothing. Locks the
    points account, then growth.
    """
    if kind == RewardKind.ORDER:
        raise ValueError("Orders earn when they are completed: expect_reward.")
    rule = rule_of(kind)
    if rule is None:
        return NOTHING
    lock_points(member_id)
    known = RewardGrant.objects.filter(member_id=member_id, kind=kind, reference=reference).first()
    if known is not None:
        return Granted(known.points, known.growth)
    wanted = Granted(rule.points if points is None else points, rule.growth if growth is None else growth)
    granted = take_from_day(rule, member_id=member_id, wanted=wanted)
    RewardGrant.objects.create(
        member_id=member_id,
        kind=kind,
        reference=reference,
        points=granted.points,
        growth=granted.growth,
        created_at=clock.now(),
    )
    if granted.points:
        earn_points(member_id=member_id, amount=granted.points, reason=kind, reference=reference)
    if granted.growth:
        add_growth(member_id=member_id, amount=granted.growth, reason=kind, reference=reference)
    return granted


def rule_of(kind: str) -> RewardRule | None:
    """Return the rule in force, if there is one. One query."""
    return find_row(RewardRule, kind=kind, is_active=True)


def take_from_day(rule: RewardRule, *, member_id: int, wanted: Granted) -> Granted:
    """Count one deed on the member's day and return what the rule's caps leave of ``wanted``.

    The caller holds the member's points account. The day's row keeps the caps beside the counts, so that the
    database refuses what this might let slip.
    """
    day, _made = RewardDay.objects.get_or_create(member_id=member_id, kind=rule.kind, day=clock.today())
    if rule.times_per_day is not None and day.times >= rule.times_per_day:
        return NOTHING
    granted = Granted(
        within_cap(wanted.points, cap=rule.points_per_day, used=day.points),
        within_cap(wanted.growth, cap=rule.growth_per_day, used=day.growth),
    )
    day.times += 1
    day.points += granted.points
    day.growth += granted.growth
    day.times_cap = rule.times_per_day
    # A cap that was lowered during the day does not undo what the morning gave.
    day.points_cap = None if rule.points_per_day is None else max(rule.points_per_day, day.points)
    day.growth_cap = None if rule.growth_per_day is None else max(rule.growth_per_day, day.growth)
    day.save()
    return granted
