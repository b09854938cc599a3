"""Checking in, and making up a missed day: once for each member and Beijing day, with its reward."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from members.gifts import Gifts
from members.models import Member
from members.points.services import spend_points
from members.rewards.errors import CheckInClosed, DayNotMissed, MakeUpsUsed
from members.rewards.events import MemberCheckedIn
from members.rewards.models import CheckIn, CheckInMonth
from members.rewards.queries import cycle_in_force
from members.rewards.rules import beijing_day, make_up
from members.rewards.services.giving import give, give_money, give_points
from members.services.locking import lock_member
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.outbox import publish
from shop.core.rows import insert_unless_there
from shop.core.runtime import value

RULE = "check_in"
"""Kind of the earning rule that every check-in of the day itself is worth."""

STREAK = "check_in_streak"
MAKE_UP = "check_in_make_up"
"""Reasons in the ledgers: what a day of a streak earned; what making up a day cost."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """A day that is checked in; ``is_new`` when this call did it."""

    row: CheckIn
    is_new: bool


@in_transaction
def check_in(*, member_id: int, day: date | None = None) -> CheckedIn:
    """Check in today, or make up ``day``; a day that is checked in already stays as it is.

    Locks the member, so that a member's days come one after the other; the unique row has the last word.
    Then locks wallet, points, growth. Raises ``CheckInClosed``, ``DayNotMissed``, ``MakeUpsUsed``,
    ``InsufficientPoints`` (all 409), ``TokenInvalid``; nothing is written then.
    """
    member = lock_member(member_id=member_id)
    today = clock.today()
    day = day or today
    known = CheckIn.objects.filter(member_id=member_id, day=day).first()
    if known is not None:
        return CheckedIn(known, is_new=False)
    if not value("check_in_open"):
        raise CheckInClosed
    return _check_in_today(member_id, today) if day == today else _make_up(member, day, today)


def _check_in_today(member_id: int, today: date) -> CheckedIn:
    position = _streak_on(member_id, today - _DAY) + 1
    reward = cycle_in_force().reward(position)
    row = _row(member_id, today, position, reward)
    if not insert_unless_there(row, "member", "day"):
        return CheckedIn(CheckIn.objects.get(member_id=member_id, day=today), is_new=False)
    given = give(member_id=member_id, gifts=reward, reason=STREAK, reference=today.isoformat(), rule=RULE)
    if given != reward:
        row.points, row.growth = given.points, given.growth
        row.save(update_fields=["points", "growth"])
    _tell(row)
    return CheckedIn(row, is_new=True)


def _make_up(member: Member, day: date, today: date) -> CheckedIn:
    if not today.replace(day=1) <= day < today or day < beijing_day(member.created_at):
        raise DayNotMissed
    following = _following(member.pk, day, today)
    filled = make_up(
        cycle=cycle_in_force(),
        before=_streak_on(member.pk, day - _DAY),
        day=day,
        following=[(row.day, row.streak) for row in following],
    )
    row = _row(member.pk, day, filled.positions[day], filled.reward)
    row.is_made_up, row.cost = True, _take_from_month(member.pk, day)
    if not insert_unless_there(row, "member", "day"):
        raise DayNotMissed
    CheckIn.objects.filter(pk__in=[later.pk for later in following]).update(streak=F("streak") + row.streak)
    _pay_and_give(row, filled.reward)
    _tell(row)
    return CheckedIn(row, is_new=True)


def _pay_and_give(row: CheckIn, reward: Gifts) -> None:
    """Take the points that it costs, and give what it earns; money first, as the ledgers are locked."""
    reference = row.day.isoformat()
    give_money(member_id=row.member_id, gifts=reward, reason=STREAK, reference=reference)
    if row.cost:
        spend_points(member_id=row.member_id, amount=row.cost, reason=MAKE_UP, reference=reference)
    give_points(member_id=row.member_id, gifts=reward, reason=STREAK, reference=reference)


def _take_from_month(member_id: int, day: date) -> int:
    """Count one made-up day on its month and return what it costs in points."""
    cap, free, points = (
        int(value(name))
        for name in ("check_in_make_ups", "check_in_free_make_ups", "check_in_make_up_points")
    )
    limit = cap if points else min(cap, free)
    month, _made = CheckInMonth.objects.get_or_create(
        member_id=member_id, month=day.replace(day=1), defaults={"cap": limit}
    )
    if month.made_up >= limit:
        raise MakeUpsUsed(limit=limit)
    CheckInMonth.objects.filter(pk=month.pk).update(made_up=F("made_up") + 1, cap=limit)
    return 0 if month.made_up < free else points


def _streak_on(member_id: int, day: date) -> int:
    """Return which day of a streak ``day`` is; 0 for one that is not checked in."""
    rows = CheckIn.objects.filter(member_id=member_id, day=day)
    return rows.values_list("streak", flat=True).first() or 0


def _following(member_id: int, day: date, today: date) -> list[CheckIn]:
    """Return the checked-in days that come directly after ``day``."""
    rows = CheckIn.objects.filter(member_id=member_id, day__gt=day, day__lte=today).order_by("day")
    found: list[CheckIn] = []
    for row in rows:
        if row.day != day + _DAY * (len(found) + 1):
            break
        found.append(row)
    return found


def _row(member_id: int, day: date, position: int, reward: Gifts) -> CheckIn:
    return CheckIn(
        member_id=member_id,
        day=day,
        streak=position,
        points=reward.points,
        growth=reward.growth,
        money=reward.money,
        created_at=clock.now(),
    )


def _tell(row: CheckIn) -> None:
    publish(
        MemberCheckedIn(row.member_id, day=row.day.isoformat(), streak=row.streak, made_up=row.is_made_up)
    )
