"""Tables of the shop's members, one story a file."""

from members.cards import models as card_models  # noqa: F401  the rooms of this floor register their tables
from members.models.address import Address
from members.models.facts import MemberFacts
from members.models.member import Member, ProfileCheck, WechatIdentity
from members.models.traces import Favourite, Scene, Touch, Visit
from members.models.upload import Upload
from members.models.words import Agreement, Consent
from members.points import models as points_models  # noqa: F401  the rooms of this floor register their tables
from members.rewards import models as rewards_models  # noqa: F401
from members.tiers import models as tier_models  # noqa: F401
from members.wallet import models as wallet_models  # noqa: F401

__all__ = [
    "Address",
    "Agreement",
    "Consent",
    "Favourite",
    "Member",
    "MemberFacts",
    "ProfileCheck",
    "Scene",
    "Touch",
    "Upload",
    "Visit",
    "WechatIdentity",
]
