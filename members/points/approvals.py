"""What happens to points only when a second person agrees."""

from django.utils.translation import gettext_lazy as _

from members.points.permissions import ADJUST_POINTS, APPROVE_POINTS
from shop.core.approvals import declare

declare(
    action=ADJUST_POINTS,
    title=_("Adjust points"),
    executor="members.points.services.adjusting.execute_held_adjustment",
    approve_permission=APPROVE_POINTS,
)
