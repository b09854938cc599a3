"""What the merchant sets about payments."""

from django.utils.translation import gettext_lazy as _

from shop.core.runtime import declare

_GROUP = _("Payments")

declare(
    name="hold_unknown_seconds",
    default=21600,
    minimum=600,
    maximum=7 * 86400,
    unit="seconds",
    title=_("Hold goods while WeChat is unreachable"),
    group=_GROUP,
    help=_("So long after a payment's expiry its goods are held when WeChat cannot say whether it was paid."),
)
declare(
    name="refund_approval_amount",
    default=50_000,
    minimum=0,
    maximum=10**12,
    unit="fen",
    title=_("Refunds from this amount need a second person"),
    group=_GROUP,
    help=_("Applies to refunds that staff start. 0 means every refund."),
)
