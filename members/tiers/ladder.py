"""The tiers in force, as tables and as the pure ladder that the rules climb."""

from dataclasses import dataclass

from members.tiers.models import MemberTier, Tier, TierGrant
from members.tiers.rules import Facts, Goal, Grant, Rung, Standing


@dataclass(frozen=True, slots=True)
class Tiers:
    """The tiers in force, lowest first, by level; and all there are by id."""

    by_level: dict[int, Tier]
    by_id: dict[int, Tier]

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """Return them as the rules know them."""
        return tuple(rung_of(tier) for tier in self.by_level.values())

    @property
    def lowest(self) -> Tier:
        """Return everybody's tier."""
        return next(iter(self.by_level.values()))


def load_tiers() -> Tiers | None:
    """Return the tiers, ``None`` when none is in force. One query."""
    found = {tier.pk: tier for tier in Tier.objects.order_by("level")}
    active = {tier.level: tier for tier in found.values() if tier.is_active}
    return Tiers(active, found) if active else None


def rung_of(tier: Tier) -> Rung:
    """Return one tier as the rules know it."""
    return Rung(
        tier_id=tier.pk,
        level=tier.level,
        reach=Goal(tier.from_growth, tier.from_spent, tier.from_orders),
        keep_months=tier.keep_months,
        keep=Goal(tier.keep_growth, tier.keep_spent, tier.keep_orders),
        grace_days=tier.grace_days,
    )


def standing_of(row: MemberTier) -> Standing:
    """Return a row as the rules know it; its ``earned`` must be read with it."""
    return Standing(
        level=row.earned.level,
        since=row.since,
        period_from=row.period_from,
        keep_until=row.keep_until,
        start=Facts(row.start_growth, row.start_spent, row.start_orders),
        base_level=row.base_level,
        proof_basis=row.proof_basis,
        proof_value=row.proof_value,
        lapsed_level=row.lapsed_level,
        lapses=row.lapses,
        lost_at=Facts(row.lost_growth, row.lost_spent, row.lost_orders),
    )


def write_standing(row: MemberTier, standing: Standing, tiers: Tiers) -> None:
    """Put a standing into a row, without saving it."""
    row.earned = tiers.by_level[standing.level]
    row.since = standing.since
    row.period_from = standing.period_from
    row.keep_until = standing.keep_until
    row.start_growth = standing.start.growth
    row.start_spent = standing.start.spent
    row.start_orders = standing.start.orders
    row.base_level = standing.base_level
    row.proof_basis = standing.proof_basis
    row.proof_value = standing.proof_value
    row.lapsed_level = standing.lapsed_level
    row.lapses = standing.lapses
    row.lost_growth = standing.lost_at.growth
    row.lost_spent = standing.lost_at.spent
    row.lost_orders = standing.lost_at.orders


def grant_of(row: TierGrant) -> Grant:
    """Return a grant as the rules know it; its tier must be read with it."""
    return Grant(row.tier.level, row.source, row.until, row.is_fixed)
