"""What merchants set about tiers."""

from django.utils.translation import gettext_lazy as _

from members.tiers.rules import Fall
from shop.core.runtime import declare, value

_GROUP = _("Tiers")

declare(
    name="tiers_enabled",
    default=False,
    title=_("The shop has member tiers"),
    group=_GROUP,
    help=_("Prepare the tiers first: members who have reached one get it, and its gift, when this is on."),
)
declare(
    name="tier_fall",
    default=Fall.ONE_LEVEL.value,
    title=_("A tier that is not kept falls"),
    group=_GROUP,
    choices=(
        (Fall.ONE_LEVEL.value, _("by one tier")),
        (Fall.GAINED.value, _("to the tier that was reached again in the time")),
        (Fall.LOWEST.value, _("to the lowest tier")),
    ),
)
declare(
    name="tier_gift_again",
    default=False,
    title=_("Give the gift for reaching a tier again after it was lost"),
    group=_GROUP,
    help=_("Otherwise each member gets it once. Refunds and cards never give it twice."),
)


def tiers_enabled() -> bool:
    """Return whether the shop has tiers at all; asks no database."""
    return bool(value("tiers_enabled"))
