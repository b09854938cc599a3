"""What merchants set about the wallet."""

from django.utils.translation import gettext_lazy as _

from members.wallet.models.spend import SPENDING_ORDERS
from members.wallet.rules import PROPORTIONAL, REVERSE, SpendingOrder
from shop.core.money import MAX_FEN
from shop.core.runtime import declare

_GROUP = _("Wallet")

declare(
    name="wallet_spending_order",
    default=SpendingOrder.PRINCIPAL_FIRST.value,
    title=_("A payment takes"),
    group=_GROUP,
    choices=SPENDING_ORDERS,
    help=_("Which balance pays first. Counts for new payments."),
)
declare(
    name="wallet_refund_rule",
    default=PROPORTIONAL,
    title=_("A partial refund goes back"),
    group=_GROUP,
    choices=(
        (REVERSE, _("what was taken last goes back first")),
        (PROPORTIONAL, _("to both, in the proportion they paid")),
    ),
    help=_("All refunds of a payment together always return exactly what each balance paid."),
)
declare(
    name="wallet_free_payment_fen",
    default=0,
    minimum=0,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Pay without password up to"),
    group=_GROUP,
    help=_("For one payment of a member who has set a payment password. 0 always asks."),
)
declare(
    name="wallet_free_day_fen",
    default=0,
    minimum=0,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Pay without password per day up to"),
    group=_GROUP,
    help=_("All payments of a day without password together."),
)
declare(
    name="wallet_password_required",
    default=False,
    title=_("Members must have a payment password"),
    group=_GROUP,
    help=_("Otherwise members without one pay from their wallet without being asked."),
)
declare(
    name="wallet_password_attempts",
    default=5,
    minimum=3,
    maximum=20,
    title=_("Wrong payment passwords until it is locked"),
    group=_GROUP,
)
declare(
    name="wallet_password_lock_seconds",
    default=1800,
    minimum=60,
    maximum=86_400,
    unit="seconds",
    title=_("Lock the payment password for"),
    group=_GROUP,
)
declare(
    name="recharge_free_amount",
    default=True,
    title=_("Members may recharge any amount"),
    group=_GROUP,
)
declare(
    name="recharge_minimum_fen",
    default=100,
    minimum=1,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Smallest free recharge"),
    group=_GROUP,
)
declare(
    name="recharge_maximum_fen",
    default=500_000,
    minimum=1,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Largest free recharge"),
    group=_GROUP,
)
declare(
    name="wallet_maximum_fen",
    default=10_000_000,
    minimum=100,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Largest wallet balance"),
    group=_GROUP,
    help=_("Recharges that would exceed it are refused. Refunds always arrive."),
)
declare(
    name="recharge_opening_gift_fen",
    default=0,
    minimum=0,
    maximum=MAX_FEN,
    unit="fen",
    title=_("Gift for the first recharge"),
    group=_GROUP,
    help=_("Given once to each member. 0 gives none."),
)
declare(
    name="recharge_opening_from_fen",
    default=0,
    minimum=0,
    maximum=MAX_FEN,
    unit="fen",
    title=_("First-recharge gift from"),
    group=_GROUP,
    help=_("A smaller first recharge earns no gift and does not use it up."),
)
declare(
    name="unpaid_recharge_seconds",
    default=1800,
    minimum=300,
    maximum=86_400,
    unit="seconds",
    title=_("Time to pay a recharge"),
    group=_GROUP,
)
declare(
    name="ios_virtual_blocked",
    default=True,
    title=_("Nothing virtual is sold on iOS"),
    group=_GROUP,
    help=_("Recharges, member cards and virtual goods. WeChat forbids their sale in mini-programs on iOS."),
)
