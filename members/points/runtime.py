"""What merchants set about points."""

from django.utils.translation import gettext_lazy as _

from members.points.rules import Expiry
from shop.core.money import MAX_FEN
from shop.core.runtime import declare

_GROUP = _("Points")

declare(
    name="points_expiry",
    default=Expiry.NEVER.value,
    title=_("Points expire"),
    group=_GROUP,
    choices=(
        (Expiry.NEVER.value, _("never")),
        (Expiry.CALENDAR_YEAR.value, _("with the end of a year")),
        (Expiry.ROLLING.value, _("some months after they were earned")),
    ),
    help=_("Counts for points earned from now on."),
)
declare(
    name="points_expiry_years",
    default=1,
    minimum=0,
    maximum=10,
    title=_("Years after the year they were earned in"),
    group=_GROUP,
    help=_("With the end of a year only. 0 is the end of the same year, 1 the end of the next."),
)
declare(
    name="points_expiry_months",
    default=12,
    minimum=1,
    maximum=120,
    title=_("Months after they were earned"),
    group=_GROUP,
    help=_("Some months after they were earned only."),
)
declare(
    name="points_expiring_days",
    default=15,
    minimum=1,
    maximum=90,
    unit="days",
    title=_("Announce the expiry of points"),
    group=_GROUP,
    help=_("So long before they expire."),
)
declare(
    name="points_return_days",
    default=30,
    minimum=0,
    maximum=365,
    unit="days",
    title=_("Points that come back expired live for"),
    group=_GROUP,
    help=_("When an order is closed or refunded after its points would have expired. 0: they expire again."),
)
declare(
    name="points_settle_days",
    default=0,
    minimum=0,
    maximum=90,
    unit="days",
    title=_("Credit points so long after completion"),
    group=_GROUP,
    help=_("An order is completed when its time for returns is over. 0 credits its points then."),
)
declare(
    name="points_deduction",
    default=False,
    title=_("Points pay at checkout"),
    group=_GROUP,
)
declare(
    name="points_per_yuan",
    default=100,
    minimum=1,
    maximum=1_000_000,
    title=_("Points for one yuan"),
    group=_GROUP,
)
declare(
    name="points_cap_percent",
    default=50,
    minimum=1,
    maximum=100,
    title=_("Points pay at most, percent of the goods"),
    group=_GROUP,
    help=_("After all other discounts, without freight."),
)
declare(
    name="points_minimum",
    default=0,
    minimum=0,
    maximum=100_000_000,
    title=_("Fewest points for one order"),
    group=_GROUP,
)
declare(
    name="points_maximum",
    default=0,
    minimum=0,
    maximum=100_000_000,
    title=_("Most points for one order"),
    group=_GROUP,
    help=_("0 sets no limit."),
)
declare(
    name="points_goods_minimum_fen",
    default=0,
    minimum=0,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Points pay from goods of"),
    group=_GROUP,
)
