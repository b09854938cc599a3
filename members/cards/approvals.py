"""What happens to a member card only when a second person agrees."""

from django.utils.translation import gettext_lazy as _

from members.cards.permissions import APPROVE_CARD, REFUND_CARD
from shop.core.approvals import declare

declare(
    action=REFUND_CARD,
    title=_("Refund a member card"),
    executor="members.cards.services.refunding.execute_held_refund",
    approve_permission=APPROVE_CARD,
)
