"""What merchants may set about members."""

from django.utils.translation import gettext_lazy as _

from members.cards import runtime as card_runtime  # noqa: F401  declares the room's own
from members.points import runtime as points_runtime  # noqa: F401  declares the room's own
from members.rewards import runtime as rewards_runtime  # noqa: F401  declares the room's own
from members.tiers import runtime as tier_runtime  # noqa: F401
from members.wallet import runtime as wallet_runtime  # noqa: F401  declares the room's own
from shop.core import runtime

GROUP = _("Members")

runtime.declare(
    name="history_keep_days",
    default=180,
    kind=int,
    minimum=1,
    maximum=3650,
    unit="days",
    title=_("Keep browsing history"),
    help=_("Older visits are deleted each night."),
    group=GROUP,
)
runtime.declare(
    name="touch_keep_days",
    default=400,
    kind=int,
    minimum=30,
    maximum=3650,
    unit="days",
    title=_("Keep touches"),
    help=_("How members came here; what is older is deleted each night. Orders read it when they are paid."),
    group=GROUP,
)
