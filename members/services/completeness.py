"""A profile that tells everything earns its reward, once, whenever the last part of it is shown."""

from members.models import Member
from members.points.models import RewardKind
from members.points.services import grant_rule


def is_complete(member: Member) -> bool:
    """Return whether nickname, picture, birthday and gender are known."""
    known = member.nickname and member.avatar and member.birthday
    return bool(known) and member.gender != Member.Gender.UNKNOWN


def reward_profile(member: Member) -> None:
    """Reward a member whose profile is complete. The caller holds the member."""
    if is_complete(member):
        grant_rule(kind=RewardKind.PROFILE, member_id=member.pk, reference="profile")
