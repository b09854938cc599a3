"""What a tier gives on a day, pure: member day, points, free freight."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from members.tiers.models.tier import Tier


@dataclass(frozen=True, slots=True)
class DayTerms:
    """What counts on one day, of 1000: the price paid, the points earned."""

    discount_permille: int
    points_permille: int
    is_member_day: bool


def is_member_day(tier: Tier, day: date) -> bool:
    """Return whether it is the tier's member day; a month too short for it has it on its last day."""
    if tier.member_day == Tier.MemberDay.WEEKLY:
        return day.isoweekday() == tier.member_day_number
    if tier.member_day == Tier.MemberDay.MONTHLY and tier.member_day_number:
        return day.day == min(tier.member_day_number, monthrange(day.year, day.month)[1])
    return False


def day_terms(tier: Tier, day: date) -> DayTerms:
    """Return the better of the ordinary terms and those of the member day."""
    if not is_member_day(tier, day):
        return DayTerms(tier.discount_permille, tier.points_permille, False)
    return DayTerms(
        min(tier.discount_permille, tier.member_day_discount_permille),
        max(tier.points_permille, tier.member_day_points_permille),
        True,
    )
