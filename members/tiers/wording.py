"""Benefits and reasons in words."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.tiers.models import FULL_PRICE, GiftBundle, Tier, TierGift
from members.tiers.services.issuing import gifts_of
from shop.core.money import format_yuan

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
BASES: dict[str, Promise] = {
    "growth": gettext_lazy("growth"),
    "spent": gettext_lazy("total spend"),
    "orders": gettext_lazy("paid orders"),
}
_GIFT_KINDS = {
    TierGift.Occasion.LEVEL_UP: "level_up_gift",
    TierGift.Occasion.BIRTHDAY: "birthday_gift",
    TierGift.Occasion.MONTHLY: "monthly_gift",
}


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit of a tier: what kind, its figure if it has one, and a sentence."""

    kind: str
    value: int | None
    text: str

    def body(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return asdict(self)


def discount_rate(permille: int) -> str:
    """Return a discount's figure as the reader's language writes it.

    950 of 1000 is "5" (per cent off); Chinese says what is left in tenths: "9.5" (折).
    """
    # Translators: "tenths" where discounts are named by what is left in tenths, else "percent off".
    in_tenths = _("how discounts are written: percent off") == "tenths"
    return f"{permille / 100:g}" if in_tenths else f"{(FULL_PRICE - permille) / 10:g}"


def benefits_of(tier: Tier, gifts: Iterable[GiftBundle], *, has_prices: bool) -> list[Benefit]:
    """Return what a tier gives, in the order in which members read it."""
    found = [
        *_price_benefits(tier, has_prices=has_prices),
        *_freight(tier),
        *_points(tier),
        *_member_day(tier),
    ]
    for gift in gifts:
        if isinstance(gift, TierGift) and gifts_of(gift):
            title = gift.get_occasion_display()
            text = _("Gift %(when)s: %(what)s") % {"when": title, "what": gift_text(gift)}
            found.append(Benefit(_GIFT_KINDS[TierGift.Occasion(gift.occasion)], None, text))
    if tier.early_access_minutes:
        minutes = tier.early_access_minutes
        text = ngettext(
            "Activities open %(count)d minute earlier", "Activities open %(count)d minutes earlier", minutes
        ) % {"count": minutes}
        found.append(Benefit("early_access", minutes, text))
    if tier.service_contact:
        found.append(Benefit("service_contact", None, _("A service contact of your own")))
    return found


def gift_text(gift: GiftBundle) -> str:
    """Return what a gift consists of."""
    parts = []
    if gift.money:
        parts.append(_("%(yuan)s yuan of gift money") % {"yuan": format_yuan(gift.money)})
    if gift.points:
        parts.append(ngettext("%(count)d point", "%(count)d points", gift.points) % {"count": gift.points})
    if gift.growth:
        parts.append(_("%(count)d growth") % {"count": gift.growth})
    if gift.card:
        parts.append(_("a member card"))
    return _(", ").join(parts)


def added_benefits(now: Sequence[Benefit], then: Sequence[Benefit]) -> list[Benefit]:
    """Return the benefits that are new or different with another tier."""
    return [benefit for benefit in then if benefit not in now]


def _price_benefits(tier: Tier, *, has_prices: bool) -> list[Benefit]:
    found = []
    if tier.discount_permille < FULL_PRICE:
        text = _("%(rate)s%% off") % {"rate": discount_rate(tier.discount_permille)}
        found.append(Benefit("discount", tier.discount_permille, text))
    if has_prices:
        found.append(Benefit("member_prices", None, _("Member prices on chosen goods")))
    return found


def _freight(tier: Tier) -> list[Benefit]:
    if tier.free_shipping == Tier.FreeShipping.ALWAYS:
        return [Benefit("free_freight", None, _("Free freight"))]
    if tier.free_shipping == Tier.FreeShipping.MONTHLY:
        times = tier.free_shipping_times or 0
        text = ngettext(
            "Free freight for %(count)d order a month", "Free freight for %(count)d orders a month", times
        ) % {"count": times}
        return [Benefit("free_freight", times, text)]
    return []


def _points(tier: Tier) -> list[Benefit]:
    if tier.points_permille == FULL_PRICE:
        return []
    text = _("%(times)s times the points") % {"times": f"{tier.points_permille / FULL_PRICE:g}"}
    return [Benefit("points", tier.points_permille, text)]


def _member_day(tier: Tier) -> list[Benefit]:
    number = tier.member_day_number
    if tier.member_day == Tier.MemberDay.NONE or number is None:
        return []
    weekly = tier.member_day == Tier.MemberDay.WEEKLY
    day = (
        _("every %(day)s") % {"day": WEEKDAYS[number - 1]}
        if weekly
        else _("on day %(day)d") % {"day": number}
    )
    parts = []
    if tier.member_day_discount_permille < FULL_PRICE:
        parts.append(_("%(rate)s%% off") % {"rate": discount_rate(tier.member_day_discount_permille)})
    if tier.member_day_points_permille > FULL_PRICE:
        times = {"times": f"{tier.member_day_points_permille / FULL_PRICE:g}"}
        parts.append(_("%(times)s times the points") % times)
    text = _("Member day %(day)s: %(what)s") % {"day": day, "what": _(", ").join(parts) or "-"}
    return [Benefit("member_day", number, text)]
