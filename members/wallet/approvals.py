"""What happens to a wallet only when a second person agrees."""

from django.utils.translation import gettext_lazy as _

from members.wallet.permissions import ADJUST_WALLET, APPROVE_WALLET, REFUND_RECHARGE
from shop.core.approvals import declare

declare(
    action=REFUND_RECHARGE,
    title=_("Refund a recharge"),
    executor="members.wallet.services.refunding.execute_held_refund",
    approve_permission=APPROVE_WALLET,
)
declare(
    action=ADJUST_WALLET,
    title=_("Adjust a wallet"),
    executor="members.wallet.services.adjusting.execute_held_adjustment",
    approve_permission=APPROVE_WALLET,
)
