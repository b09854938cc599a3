"""A profile that tells everything earns its reward, once, whenever the last part of it is shown."""

from members.models import Member
from members.points.models import RewardKind
from members.points.services import grant_rule


def reward_profile(member: Member) -> None:
    """Reward a member whose nickname, picture, birthday and gender are known. The caller holds the member."""
    if member.nickname and member.avatar and member.birthday and member.gender != Member.Gender.UNKNOWN:
        grant_rule(kind=RewardKind.PROFILE, member_id=member.pk, reference="profile")
