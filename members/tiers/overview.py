"""Tiers as members read them: the ladder with its benefits, and where a member stands on it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch

from members.tiers.benefits import is_member_day
from members.tiers.facts import facts_of
from members.tiers.ladder import rung_of, standing_of
from members.tiers.models import FreeShippingMonth, MemberTier, SkuTierPrice, Tier, TierGift
from members.tiers.rules import Distance, Facts, Rung, Standing, distances, enter, next_rung, rung_at
from members.tiers.runtime import tiers_enabled
from members.tiers.wording import Benefit, added_benefits, benefits_of
from shop.core import clock


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier and what it gives."""

    tier: Tier
    benefits: list[Benefit]


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until when an earned tier is kept, and what keeps it again; ``last_day`` counts the days of grace."""

    until: date
    last_day: date
    needed: list[Distance]

    @property
    def is_kept(self) -> bool:
        """Return whether enough was gained already."""
        return not self.needed or any(not item.left for item in self.needed)


@dataclass(frozen=True, slots=True)
class NextTier:
    """The next tier that can be reached: how far it is, and what it adds."""

    view: TierView
    distance: list[Distance]
    adds: list[Benefit]


@dataclass(frozen=True, slots=True)
class Overview:
    """Where a member stands; in a shop without tiers only the facts say something."""

    facts: Facts
    view: TierView | None = None
    source: str = ""
    since: date | None = None
    until: datetime | None = None
    keeping: Keeping | None = None
    next: NextTier | None = None
    free_freight_left: int | None = None
    member_day: bool = False


def ladder_view() -> list[TierView]:
    """Return the tiers in force, lowest first, with what they give; two queries, none without tiers."""
    if not tiers_enabled():
        return []
    tiers = (
        Tier.objects.filter(is_active=True)
        .annotate(has_prices=Exists(SkuTierPrice.objects.filter(tier=OuterRef("pk"))))
        .prefetch_related(Prefetch("gifts", queryset=TierGift.objects.order_by("pk")))
        .order_by("level")
    )
    return [TierView(tier, benefits_of(tier, tier.gifts.all(), has_prices=tier.has_prices)) for tier in tiers]


def overview_of(member_id: int) -> Overview:
    """Return where a member stands now; a constant number of queries, nothing is written."""
    facts = facts_of(member_id)
    views = ladder_view()
    if not views:
        return Overview(facts)
    ladder = [rung_of(view.tier) for view in views]
    row = MemberTier.objects.select_related("tier", "lapses_to", "earned").filter(pk=member_id).first()
    today = clock.today()
    standing = enter(ladder, on=today) if row is None else standing_of(row)
    level, source, until = _counting(row, standing)
    rung = rung_at(ladder, level)
    view = next(item for item in views if item.tier.level == rung.level)
    return Overview(
        facts,
        view,
        source,
        None if row is None else row.since,
        until,
        _keeping(ladder, standing, facts),
        _next(views, ladder, standing, facts, view),
        _free_freight_left(view.tier, member_id, today),
        is_member_day(view.tier, today),
    )


def _counting(row: MemberTier | None, standing: Standing) -> tuple[int, str, datetime | None]:
    """Return the level that counts now, where it comes from, and until when."""
    if row is None:
        return standing.level, "earned", None
    if row.lapses_at is not None and row.lapses_to is not None and row.lapses_at <= clock.now():
        return row.lapses_to.level, "earned", None
    return row.tier.level, row.source, row.lapses_at


def _keeping(ladder: list[Rung], standing: Standing, facts: Facts) -> Keeping | None:
    rung = rung_at(ladder, standing.level)
    if standing.keep_until is None or rung.level == ladder[0].level:
        return None
    needed = distances(rung.keep_goal, facts.since(standing.start))
    return Keeping(standing.keep_until, standing.keep_until + timedelta(days=rung.grace_days), needed)


def _next(
    views: list[TierView], ladder: list[Rung], standing: Standing, facts: Facts, now: TierView
) -> NextTier | None:
    found = next_rung(ladder, standing, facts, above=now.tier.level)
    if found is None:
        return None
    rung, distance = found
    view = next(item for item in views if item.tier.pk == rung.tier_id)
    return NextTier(view, distance, added_benefits(now.benefits, view.benefits))


def _free_freight_left(tier: Tier, member_id: int, today: date) -> int | None:
    if tier.free_shipping != Tier.FreeShipping.MONTHLY:
        return None
    used = FreeShippingMonth.objects.filter(member_id=member_id, month=today.replace(day=1))
    return max(0, (tier.free_shipping_times or 0) - (used.values_list("used", flat=True).first() or 0))
