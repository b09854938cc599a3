"""What merchants set about check-in and invitations. Tasks have their own page."""

from django.utils.translation import gettext_lazy as _

from members.rewards.models.invites import Condition
from members.rewards.rules import KEEP, RESTART
from shop.core.money import MAX_FEN
from shop.core.runtime import declare

_CHECK_IN = _("Check-in")
_INVITE = _("Invitations")

declare(name="check_in_open", default=True, title=_("Members can check in"), group=_CHECK_IN)
declare(
    name="check_in_after_cycle",
    default=RESTART,
    title=_("After the last day of the cycle"),
    group=_CHECK_IN,
    choices=(
        (RESTART, _("begin with the first day's reward again")),
        (KEEP, _("go on with the last day's reward")),
    ),
)
declare(
    name="check_in_make_ups",
    default=3,
    minimum=0,
    maximum=31,
    title=_("Days of a month that can be made up"),
    group=_CHECK_IN,
    help=_("0: missed days stay missed."),
)
declare(
    name="check_in_free_make_ups",
    default=1,
    minimum=0,
    maximum=31,
    title=_("Of these for free"),
    group=_CHECK_IN,
)
declare(
    name="check_in_make_up_points",
    default=0,
    minimum=0,
    maximum=1_000_000,
    title=_("Points for making up a day"),
    group=_CHECK_IN,
    help=_("For those beyond the free ones. 0: only the free ones."),
)
declare(
    name="invite_condition",
    default=Condition.FIRST_ORDER.value,
    title=_("An invitation counts"),
    group=_INVITE,
    choices=tuple(Condition.choices),
    help=_("Holds for who joins from now on."),
)
declare(
    name="invite_first_order_from_fen",
    default=1,
    minimum=1,
    maximum=MAX_FEN,
    unit="fen",
    title=_("First order of at least"),
    group=_INVITE,
    help=_("The newcomer's first paid order that is worth so much counts."),
)
declare(
    name="invite_reversal_days",
    default=15,
    minimum=0,
    maximum=365,
    unit="days",
    title=_("Take the reward back if the order is refunded within"),
    group=_INVITE,
    help=_("When all of its money goes back; as far as the reward is still there. 0: never."),
)
declare(
    name="invite_day_cap",
    default=20,
    minimum=0,
    maximum=100_000,
    title=_("Rewarded invitations a day"),
    group=_INVITE,
    help=_("For each inviter. 0 sets no limit."),
)
declare(
    name="invite_total_cap",
    default=0,
    minimum=0,
    maximum=1_000_000,
    title=_("Rewarded invitations in all"),
    group=_INVITE,
    help=_("For each inviter. 0 sets no limit."),
)
