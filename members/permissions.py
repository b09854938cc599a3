"""What staff may do about members."""

from django.utils.translation import gettext_lazy as _

from members.cards import permissions as card_permissions  # noqa: F401  declares the room's own
from members.points import permissions as points_permissions  # noqa: F401  declares the room's own
from members.rewards import permissions as rewards_permissions  # noqa: F401  declares the room's own
from members.tiers import permissions as tier_permissions  # noqa: F401
from members.wallet import permissions as wallet_permissions  # noqa: F401  declares the room's own
from shop.core.permissions import Role, declare

VIEW = "members.view_member"
REVEAL = "members.reveal_member"
CLOSE = "members.close_member"
REVIEW_PROFILE = "members.review_profile"
VIEW_AGREEMENT = "members.view_agreement"
EDIT_AGREEMENT = "members.edit_agreement"
PUBLISH_AGREEMENT = "members.publish_agreement"

declare(
    codename=VIEW,
    title=_("See members, personal data masked"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
declare(
    codename=REVEAL,
    title=_("See a member's phone and addresses in clear"),
    roles=(Role.SERVICE,),
    sensitive=True,
)
declare(codename=CLOSE, title=_("Close a member's account"), roles=(Role.SERVICE,), sensitive=True)
declare(
    codename=REVIEW_PROFILE,
    title=_("Decide about members' nicknames and pictures"),
    roles=(Role.OPERATIONS, Role.SERVICE),
)
declare(
    codename=VIEW_AGREEMENT,
    title=_("Read agreements and privacy texts"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.AUDITOR),
)
declare(codename=EDIT_AGREEMENT, title=_("Write agreements and privacy texts"), roles=(Role.OPERATIONS,))
declare(codename=PUBLISH_AGREEMENT, title=_("Publish an agreement or privacy text"), sensitive=True)
