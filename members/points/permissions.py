"""What staff may do with members' points and growth."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

VIEW_POINTS = "members.view_points"
EDIT_RULE = "members.edit_earning_rule"
EDIT_MALL = "members.edit_points_mall"
ADJUST_POINTS = "members.adjust_points"
APPROVE_POINTS = "members.approve_points"

declare(
    codename=VIEW_POINTS,
    title=_("See points, growth and the points mall"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
declare(codename=EDIT_RULE, title=_("Edit what earns points and growth"), roles=(Role.OPERATIONS,))
declare(codename=EDIT_MALL, title=_("Edit the points mall"), roles=(Role.OPERATIONS,))
declare(
    codename=ADJUST_POINTS,
    title=_("Ask for points or growth to be adjusted"),
    roles=(Role.OPERATIONS, Role.SERVICE),
    sensitive=True,
)
declare(
    codename=APPROVE_POINTS,
    title=_("Confirm adjustments of points as the second person"),
    roles=(Role.OPERATIONS, Role.FINANCE),
    sensitive=True,
)
