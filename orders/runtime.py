"""Settings of orders that merchants change while the shop runs."""

from django.utils.translation import gettext_lazy as _

from shop.core.runtime import declare

_GROUP = _("Orders")
_ALERTS = _("Alerts to staff")
_DAY = 86_400

declare(
    name="unpaid_order_seconds",
    default=1800,
    minimum=300,
    maximum=7 * _DAY,
    unit="seconds",
    title=_("Time to pay an order"),
    group=_GROUP,
    help=_("After it an unpaid order is closed and its goods are free again. Counts for new orders."),
)
declare(
    name="auto_receive_seconds",
    default=10 * _DAY,
    minimum=_DAY,
    maximum=60 * _DAY,
    unit="seconds",
    title=_("Received by itself after shipping"),
    group=_GROUP,
    help=_("Counts from the last parcel, for orders shipped from now on."),
)
declare(
    name="complete_order_seconds",
    default=7 * _DAY,
    minimum=0,
    maximum=90 * _DAY,
    unit="seconds",
    title=_("Completed by itself after receipt"),
    group=_GROUP,
    help=_("The time in which members may ask for an after-sale. Counts for orders received from now on."),
)
declare(
    name="order_alert_kind",
    default="none",
    title=_("New-order alert: chat"),
    group=_ALERTS,
    choices=(
        ("none", _("no alert")),
        ("wecom", _("WeCom group robot")),
        ("dingtalk", _("DingTalk group robot")),
    ),
    help=_("Paid orders are announced in the staff's group chat."),
)
declare(
    name="order_alert_url",
    default="",
    maximum=500,
    secret=True,
    title=_("New-order alert: address of the robot"),
    group=_ALERTS,
    help=_("The https address that WeCom or DingTalk shows when the robot is made. It is a secret."),
)
