"""What merchants set about member cards."""

from django.utils.translation import gettext_lazy as _

from members.cards.rules import BY_DAYS, UNUSED_ONLY
from shop.core.runtime import declare, value

BEST = "best"
STACK = "stack"

_GROUP = _("Member cards")

declare(
    name="cards_enabled",
    default=False,
    title=_("The shop has member cards"),
    group=_GROUP,
    help=_("While this is off no card is sold or redeemed, and cards make nothing cheaper."),
)
declare(
    name="card_tier_stacking",
    default=BEST,
    title=_("A card and a member tier together"),
    group=_GROUP,
    choices=(
        (BEST, _("whichever makes the goods cheaper")),
        (STACK, _("the card's discount on the tier's price")),
    ),
)
declare(
    name="card_refund_rule",
    default=BY_DAYS,
    title=_("A card's refund pays back"),
    group=_GROUP,
    choices=(
        (BY_DAYS, _("the days that have not begun")),
        (UNUSED_ONLY, _("everything before the first use, then nothing")),
    ),
    help=_("Used is a card with which a paid order became cheaper. Spent gift money is always deducted."),
)
declare(
    name="card_forever_days",
    default=1095,
    minimum=1,
    maximum=36_500,
    unit="days",
    title=_("A card for ever is worn out after"),
    group=_GROUP,
    help=_("For refunds by days only: the card itself never ends."),
)
declare(
    name="card_remind_days",
    default=7,
    minimum=0,
    maximum=90,
    unit="days",
    title=_("Remind members before a card ends"),
    group=_GROUP,
    help=_("0 reminds nobody."),
)
declare(
    name="unpaid_card_seconds",
    default=1800,
    minimum=300,
    maximum=86_400,
    unit="seconds",
    title=_("Time to pay a card"),
    group=_GROUP,
)
declare(
    name="card_code_attempts",
    default=5,
    minimum=3,
    maximum=20,
    title=_("Wrong card codes until a member must wait"),
    group=_GROUP,
)
declare(
    name="card_code_lock_seconds",
    default=1800,
    minimum=60,
    maximum=86_400,
    unit="seconds",
    title=_("Wait after too many wrong card codes"),
    group=_GROUP,
)


def cards_enabled() -> bool:
    """Return whether the shop has member cards."""
    return bool(value("cards_enabled"))
