"""Who brought whom: written down in the login that makes the newcomer a member."""

from members.models import Member
from members.rewards.events import InvitationCounted
from members.rewards.models import Invitation, InviteCode
from members.rewards.models.invites import Condition
from members.services.locking import hold_member
from shop.core import clock
from shop.core.crypto import keyed_hash
from shop.core.db import in_transaction
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.runtime import value

CODE_LENGTH = 10
_PURPOSE = "invite"


@in_transaction
def ensure_code(*, member_id: int) -> str:
    """Return the member's invitation code, made on first use. Raises ``TokenInvalid``."""
    hold_member(member_id=member_id)
    found = InviteCode.objects.filter(pk=member_id).first()
    if found is None:
        row = InviteCode(member_id=member_id, code=new_number(CODE_LENGTH))
        InviteCode.objects.bulk_create([row], ignore_conflicts=True)
        found = InviteCode.objects.get(pk=member_id)
    return found.code


def bind_newcomer(*, newcomer: Member, code: str, openid: str) -> Invitation | None:
    """Write down who brought a member whom this login has just made; ``None`` for a code that is nobody's.

    Runs in the login's transaction and never refuses it. A WeChat account that was a newcomer before, under a
    membership that was closed, is recorded but does not count.
    """
    codes = InviteCode.objects.filter(code=code, member__state=Member.State.ACTIVE, pk__lt=newcomer.pk)
    inviter_id = codes.values_list("pk", flat=True).first()
    if inviter_id is None:
        return None
    identity = keyed_hash(openid, purpose=_PURPOSE)
    state, condition = Invitation.State.WAITING, str(value("invite_condition"))
    if Invitation.objects.filter(identity_hash=identity).exists():
        state, identity = Invitation.State.KNOWN, ""
    elif condition == Condition.OFF:
        state = Invitation.State.RECORDED
        publish(InvitationCounted(inviter_id, newcomer=newcomer.pk, rewarded=False))
    return Invitation.objects.create(
        inviter_id=inviter_id,
        newcomer=newcomer,
        identity_hash=identity,
        condition=condition,
        state=state,
        created_at=clock.now(),
    )
