"""What staff may do about tiers."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

VIEW_TIER = "members.view_tier"
EDIT_TIER = "members.edit_tier"
SET_TIER = "members.set_member_tier"

declare(
    codename=VIEW_TIER,
    title=_("See tiers, their prices and members' tier history"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
declare(
    codename=EDIT_TIER,
    title=_("Edit tiers, their benefits and prices"),
    roles=(Role.OPERATIONS,),
)
declare(
    codename=SET_TIER,
    title=_("Set a member's tier by hand"),
    roles=(Role.OPERATIONS, Role.SERVICE),
    sensitive=True,
)
