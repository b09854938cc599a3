"""Closing an account: everything that identifies the person is overwritten, the row and the books stay."""

from members.errors import MemberHasOpenMatters
from members.events import MemberClosed
from members.models import Address, Favourite, Member, ProfileCheck, Touch, Visit, WechatIdentity
from members.permissions import CLOSE
from members.ports import open_matters
from members.services.uploads import PROFILE, release_uploads
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.auth import revoke_member
from shop.core.db import in_transaction
from shop.core.errors import Forbidden, NotFound
from shop.core.outbox import publish
from shop.core.permissions import require

_OWN_ROWS = (Address, Favourite, ProfileCheck, Touch, Visit, WechatIdentity)


@in_transaction
def close_account(*, actor: Actor, member_id: int, reason: str = "") -> None:
    """Close an account for its owner, or by staff at the owner's wish.

    Locks the member so that no transaction can open a matter meanwhile (``hold_member`` waits for us and then
    refuses). Ends every session, frees the WeChat identity: whoever logs in again is a new member. Raises
    ``MemberHasOpenMatters`` (409) with ``open``, ``NotFound``, ``Forbidden``; nothing is written then.
    """
    _check_actor(actor, member_id)
    found = Member.objects.select_for_update(of=("self",)).filter(pk=member_id, state=Member.State.ACTIVE)
    member = found.first()
    if member is None:
        raise NotFound
    matters = [{"kind": matter.kind, "detail": str(matter.detail)} for matter in open_matters(member_id)]
    if matters:
        raise MemberHasOpenMatters(open=matters)
    for model in _OWN_ROWS:
        model._default_manager.filter(member_id=member_id).delete()
    release_uploads(member_id=member_id, purpose=PROFILE)
    _overwrite(member)
    revoke_member(member_id=member_id, reason="closed")
    audit.record(actor=actor, action=CLOSE, subject=member, after={"state": member.state}, reason=reason)
    publish(MemberClosed(member_id=member_id))


def _check_actor(actor: Actor, member_id: int) -> None:
    if actor.kind != "member":
        require(actor, CLOSE)
    elif actor.id != member_id:
        raise Forbidden


def _overwrite(member: Member) -> None:
    member.nickname = member.avatar = member.phone = member.phone_hash = member.unionid_hash = ""
    member.birthday = None
    member.gender = Member.Gender.UNKNOWN
    member.state = Member.State.CLOSED
    member.closed_at = clock.now()
    member.save()
