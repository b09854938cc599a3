"""What staff may do with members' wallets."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

VIEW_WALLET = "members.view_wallet"
EXPORT_WALLET = "members.export_wallet"
EDIT_PACKAGE = "members.edit_recharge_package"
REFUND_RECHARGE = "members.refund_recharge"
ADJUST_WALLET = "members.adjust_wallet"
APPROVE_WALLET = "members.approve_wallet"

declare(
    codename=VIEW_WALLET,
    title=_("See wallets, their entries and recharges"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
declare(
    codename=EXPORT_WALLET,
    title=_("Export the monthly wallet statement"),
    roles=(Role.FINANCE, Role.AUDITOR),
)
declare(codename=EDIT_PACKAGE, title=_("Edit recharge packages"), roles=(Role.OPERATIONS,))
declare(
    codename=REFUND_RECHARGE,
    title=_("Ask for the refund of a recharge"),
    roles=(Role.SERVICE, Role.FINANCE),
    sensitive=True,
)
declare(
    codename=ADJUST_WALLET,
    title=_("Ask for a wallet's balance to be adjusted"),
    roles=(Role.SERVICE, Role.FINANCE),
    sensitive=True,
)
declare(
    codename=APPROVE_WALLET,
    title=_("Confirm wallet refunds and adjustments as the second person"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
