"""What staff may do about check-in, invitations and tasks."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

VIEW_REWARDS = "members.view_rewards"
EDIT_REWARDS = "members.edit_rewards"

declare(
    codename=VIEW_REWARDS,
    title=_("See check-ins, invitations and tasks"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
declare(
    codename=EDIT_REWARDS,
    title=_("Set the rewards of check-in, invitations and tasks"),
    roles=(Role.OPERATIONS,),
)
