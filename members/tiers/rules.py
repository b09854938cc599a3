"""The ladder, pure: which tier a member has earned, keeps or loses. No database, no clock.

Days are those of Beijing. Levels stand for tiers; a ladder holds the tiers in force, lowest first.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from shop.core.clock import BEIJING

BASES = ("growth", "spent", "orders")


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts: growth, fen spent, paid orders; of a whole life, or gained in some time."""

    growth: int = 0
    spent: int = 0
    orders: int = 0

    def since(self, start: "Facts") -> "Facts":
        """Return what was gained since then; refunds of older orders never make it negative."""
        return Facts(*(max(0, getattr(self, basis) - getattr(start, basis)) for basis in BASES))


@dataclass(frozen=True, slots=True)
class Goal:
    """Figures of which any one suffices; ``None`` does not count."""

    growth: int | None = None
    spent: int | None = None
    orders: int | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, basis) is not None for basis in BASES)

    def reached_by(self, facts: Facts) -> str:
        """Return the first basis that reaches its figure, or ""."""
        for basis in BASES:
            figure = getattr(self, basis)
            if figure is not None and getattr(facts, basis) >= figure:
                return basis
        return ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One tier of the ladder: what reaches it, how long it is kept, what keeps it again."""

    tier_id: int
    level: int
    reach: Goal = Goal()
    keep_months: int | None = None
    keep: Goal = Goal()
    grace_days: int = 0

    @property
    def keep_goal(self) -> Goal:
        """Return what must be gained to keep the tier: what reaches it, unless said otherwise."""
        return self.keep or self.reach


Ladder = Sequence[Rung]


class Fall(StrEnum):
    """Where a member goes who does not keep a tier."""

    ONE_LEVEL = "one_level"
    GAINED = "gained"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member has earned; see ``members.tiers.models.MemberTier``."""

    level: int
    since: date
    period_from: date
    keep_until: date | None = None
    start: Facts = Facts()
    base_level: int = 0
    proof_basis: str = ""
    proof_value: int = 0
    lapsed_level: int = 0
    lapses: int = 0
    lost_at: Facts = Facts()


@dataclass(frozen=True, slots=True)
class Grant:
    """A tier given by a card or by hand, in force before ``until``."""

    level: int
    source: str
    until: datetime | None = None
    is_fixed: bool = False

    def holds(self, at: datetime) -> bool:
        """Return whether it is in force."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class Effective:
    """The level that counts, where it comes from, and the first moment at which another one will."""

    level: int
    source: str
    lapses_at: datetime | None = None
    lapses_to: int | None = None


def rung_at(ladder: Ladder, level: int) -> Rung:
    """Return the highest rung not above ``level``, else the lowest: a tier taken out of force gives way."""
    below = [rung for rung in ladder if rung.level <= level]
    return below[-1] if below else ladder[0]


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period_end(rung: Rung, anchor: date, after: date) -> date | None:
    """Return the first end of a period, counted from ``anchor``, that lies after a day.

    Counted from the anchor and not from the last end, so that a 29 February comes back in leap years.
    """
    if rung.keep_months is None:
        return None
    count = 1
    while (end := add_months(anchor, rung.keep_months * count)) <= after:
        count += 1
    return end


def beijing_midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING)


def enter(ladder: Ladder, *, on: date) -> Standing:
    """Return the standing of a new member: the lowest tier, all facts still to be counted."""
    return _begin(ladder[0], Standing(ladder[0].level, on, on), Facts(), on=on, base=ladder[0].level)


def assess(
    ladder: Ladder, standing: Standing, facts: Facts, *, on: date, fall: str
) -> tuple[Standing, list[str]]:
    """Return the standing as of a day, and what happened to it: refunded, earned, lapsed, rules.

    First what refunds took, then what was reached, then what was not kept. The same day and facts again
    change nothing.
    """
    steps: list[str] = []
    rung = rung_at(ladder, standing.level)
    if rung.level != standing.level:
        unproved = replace(standing, proof_basis="", proof_value=0)
        standing = _begin(rung, unproved, facts, on=on, base=rung.level)
        steps.append("rules")
    for name, step in (("refunded", _revoked), ("earned", _raised), ("lapsed", _ended)):
        changed = step(ladder, standing, facts, on, fall)
        if changed.level != standing.level:
            steps.append(name)
        standing = changed
    return standing, steps


def next_look(ladder: Ladder, standing: Standing, *, on: date) -> date | None:
    """Return the next day on which time alone may change the standing."""
    if standing.keep_until is None:
        return None
    if on < standing.keep_until:
        return standing.keep_until
    return standing.keep_until + timedelta(days=rung_at(ladder, standing.level).grace_days)


def effective(ladder: Ladder, earned_level: int, grants: Iterable[Grant], *, at: datetime) -> Effective:
    """Return the level that counts at a moment: what is earned or set by hand, lifted by cards.

    A fixed level by hand takes the place of what is earned; the latest one counts.
    """
    grants = list(grants)
    now = _counting(ladder, earned_level, grants, at)
    ends = sorted(grant.until for grant in grants if grant.until is not None and grant.holds(at))
    for end in ends:
        later = _counting(ladder, earned_level, grants, end)
        if later != now:
            return Effective(*now, lapses_at=end, lapses_to=later[0])
    return Effective(*now)


def passed_levels(ladder: Ladder, *, before: int, after: int, source: str) -> list[Rung]:
    """Return the rungs whose level-up gift a rise earns: by a card only that one, else all on the way.

    Rungs that nothing reaches are passed by without a gift.
    """
    rungs = [rung for rung in ladder if before < rung.level <= after]
    return [rung for rung in rungs if rung.level == after or (source == "earned" and rung.reach)]


def _counting(ladder: Ladder, earned: int, grants: Sequence[Grant], at: datetime) -> tuple[int, str]:
    held = [replace(grant, level=rung_at(ladder, grant.level).level) for grant in grants if grant.holds(at)]
    fixed = [grant for grant in held if grant.is_fixed]
    best = (fixed[-1].level, "hand") if fixed else (earned, "earned")
    for grant in held:
        if not grant.is_fixed and grant.level > best[0] and (grant.source == "card" or not fixed):
            best = (grant.level, grant.source)
    return best


def _revoked(ladder: Ladder, standing: Standing, facts: Facts, on: date, fall: str) -> Standing:
    """Take away what was reached with money that went back."""
    if not standing.proof_basis or getattr(facts, standing.proof_basis) >= standing.proof_value:
        return standing
    lower = [rung for rung in ladder if rung.level < standing.level]
    reached = [rung for rung in lower if _proof(rung, standing, facts)[0]]
    base = rung_at(ladder, standing.base_level)
    rung = max([base, *reached], key=lambda item: item.level)
    basis, value = _proof(rung, standing, facts) if rung.level > base.level else ("", 0)
    lowered = replace(standing, proof_basis=basis, proof_value=value)
    return _begin(rung, lowered, facts, on=on, base=base.level)


def _raised(ladder: Ladder, standing: Standing, facts: Facts, on: date, fall: str) -> Standing:
    """Lift to the highest tier that is reached."""
    for rung in reversed(ladder):
        if rung.level <= standing.level:
            break
        basis, value = _proof(rung, standing, facts)
        if basis:
            raised = replace(standing, proof_basis=basis, proof_value=value)
            return _begin(rung, raised, facts, on=on, base=standing.base_level)
    return standing


def _ended(ladder: Ladder, standing: Standing, facts: Facts, on: date, fall: str) -> Standing:
    """Keep the tier for another period, or lose it when the grace is over."""
    rung = rung_at(ladder, standing.level)
    if rung.keep_months is None:
        return replace(standing, keep_until=None)
    if standing.keep_until is None:  # the tier was kept for good until the merchant said otherwise
        end = period_end(rung, standing.since, on)
        return replace(standing, period_from=on, keep_until=end, start=facts)
    if on < standing.keep_until:
        return standing
    gained = facts.since(standing.start)
    lowest = ladder[0].level
    if rung.level == lowest or rung.keep_goal.reached_by(gained):
        return replace(
            standing,
            period_from=on,
            keep_until=period_end(rung, standing.since, on),
            start=facts,
            base_level=rung.level,
            proof_basis="",
            proof_value=0,
        )
    if on < standing.keep_until + timedelta(days=rung.grace_days):
        return standing
    target = _fallen(ladder, standing.level, gained, fall)
    lost = replace(
        standing,
        lapsed_level=max(standing.lapsed_level, standing.level),
        lapses=standing.lapses + 1,
        lost_at=facts,
        proof_basis="",
        proof_value=0,
    )
    return _begin(target, lost, facts, on=on, base=target.level)


def _fallen(ladder: Ladder, level: int, gained: Facts, fall: str) -> Rung:
    """Return where a member goes from ``level``. Tiers that nothing reaches are not fallen upon."""
    lower = [rung for rung in ladder if rung.level < level]
    if fall == Fall.LOWEST:
        return lower[0]
    if fall == Fall.GAINED:
        lower = [lower[0], *(rung for rung in lower[1:] if rung.reach.reached_by(gained))]
    else:
        lower = [lower[0], *(rung for rung in lower[1:] if rung.reach)]
    return lower[-1]


def _proof(rung: Rung, standing: Standing, facts: Facts) -> tuple[str, int]:
    """Return with what a tier is reached and which whole-life figure that takes, or ("", 0).

    A tier that was lost by time must be reached anew by what was gained since the last loss.
    """
    if rung.level > standing.lapsed_level:
        basis = rung.reach.reached_by(facts)
        return (basis, getattr(rung.reach, basis)) if basis else ("", 0)
    basis = rung.reach.reached_by(facts.since(standing.lost_at))
    if not basis:
        return "", 0
    return basis, getattr(rung.reach, basis) + getattr(standing.lost_at, basis)


def _begin(rung: Rung, standing: Standing, start: Facts, *, on: date, base: int) -> Standing:
    """Begin a tier: a period of its own, counted from today."""
    return replace(
        standing,
        level=rung.level,
        since=on,
        period_from=on,
        keep_until=period_end(rung, on, on),
        start=start,
        base_level=base,
    )


def birthdays_on(day: date) -> list[tuple[int, int]]:
    """Return the birthdays, as month and day, that are celebrated on a day.

    Who was born on a 29 February celebrates on the 28th in years without one.
    """
    found = [(day.month, day.day)]
    if found == [(2, 28)] and not calendar.isleap(day.year):
        found.append((2, 29))
    return found


@dataclass(frozen=True, slots=True)
class Distance:
    """How far one figure is from where it should be."""

    basis: str
    needed: int
    current: int

    @property
    def left(self) -> int:
        """Return what is missing."""
        return max(0, self.needed - self.current)


def distances(goal: Goal, facts: Facts) -> list[Distance]:
    """Return the distance of every figure that counts; any one that is reached suffices."""
    return [
        Distance(basis, getattr(goal, basis), getattr(facts, basis))
        for basis in BASES
        if getattr(goal, basis) is not None
    ]


def next_rung(
    ladder: Ladder, standing: Standing, facts: Facts, *, above: int
) -> tuple[Rung, list[Distance]] | None:
    """Return the next tier that can be reached from a level, and how far it is; ``None`` at the top.

    For a tier that was lost by time only what was gained since counts.
    """
    for rung in ladder:
        if rung.reach and rung.level > max(above, standing.level):
            lapsed = rung.level <= standing.lapsed_level
            return rung, distances(rung.reach, facts.since(standing.lost_at) if lapsed else facts)
    return None
