"""Carrying held nicknames and pictures on: ask WeChat, hear its verdict, let staff decide."""

from datetime import timedelta

from members.errors import ContentUnchanged, WechatIdentityMissing
from members.models import ProfileCheck
from members.permissions import REVIEW_PROFILE
from members.queries import openid_of
from members.services.completeness import reward_profile
from members.services.locking import lock_member
from members.services.profile import picture_url
from members.services.uploads import use_for_profile
from members.wechat import judge_nickname, submit_picture
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import claim_rows, in_transaction, lock_rows
from shop.core.errors import TokenInvalid
from shop.core.permissions import require
from shop.wechat.mini.types import Suggestion

MOST_ATTEMPTS = 8
"""After so many silent answers of WeChat a person decides."""

VERDICT_WITHIN = timedelta(minutes=30)
"""WeChat promises a verdict within half an hour; one that is lost is asked for again."""

_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=1)


def advance_checks(*, limit: int = 100) -> int:
    """Ask WeChat about everything that is due; return how many were asked. No transaction while asking."""
    asked = 0
    while asked < limit:
        check = _claim()
        if check is None:
            break
        _advance(check)
        asked += 1
    return asked


@in_transaction
def _claim() -> ProfileCheck | None:
    """Take one due check and put its next look off, so that a second run does not ask at the same time."""
    now = clock.wall()
    due = ProfileCheck.objects.filter(due_at__lte=now).order_by("due_at")
    rows = claim_rows(due, limit=1)
    if not rows:
        return None
    check = rows[0]
    check.attempts += 1
    if check.attempts > MOST_ATTEMPTS:
        check.state, check.due_at = ProfileCheck.State.REVIEW, None
    else:
        check.due_at = now + min(_FIRST_DELAY * 2**check.attempts, _LONGEST_DELAY)
    check.save(update_fields=["attempts", "state", "due_at"])
    return check


def _advance(check: ProfileCheck) -> None:
    if check.state == ProfileCheck.State.REVIEW:
        return
    try:
        openid = openid_of(check.member_id)
    except WechatIdentityMissing:
        settle_check(check_id=check.pk, verdict=Suggestion.REVIEW)
        return
    if check.field == ProfileCheck.Field.NICKNAME:
        verdict = judge_nickname(openid=openid, nickname=check.value, in_request=False)
        if verdict:
            settle_check(check_id=check.pk, verdict=verdict)
        return
    trace = submit_picture(openid=openid, url=picture_url(check.value))
    if trace:
        ProfileCheck.objects.filter(pk=check.pk).exclude(state=ProfileCheck.State.REVIEW).update(
            state=ProfileCheck.State.ASKED, trace_id=trace, due_at=clock.wall() + VERDICT_WITHIN
        )


def settle_trace(*, trace_id: str, verdict: str) -> bool:
    """Act on a pushed verdict; False when nobody waits for it (the member changed the picture meanwhile)."""
    check = ProfileCheck.objects.filter(trace_id=trace_id).first() if trace_id else None
    if check is None:
        return False
    return settle_check(check_id=check.pk, verdict=verdict)


@in_transaction
def settle_check(*, check_id: int, verdict: str) -> bool:
    """Show what passed, drop what is risky, leave the rest to staff; False when it was settled before.

    Locks the member, then the check.
    """
    check = _lock_check(check_id)
    if check is None:
        return False
    if verdict == Suggestion.PASS:
        _show(check)
    elif verdict == Suggestion.RISKY:
        _refuse(check)
    else:
        check.state, check.due_at = ProfileCheck.State.REVIEW, None
        check.save(update_fields=["state", "due_at"])
    return True


@in_transaction
def decide_check(*, actor: Actor, check_id: int, approve: bool, reason: str = "") -> None:
    """Let staff show or refuse what a member wrote. Locks the member, then the check.

    Raises ``Forbidden``, or ``ContentUnchanged`` (409) when it was decided or replaced meanwhile.
    """
    require(actor, REVIEW_PROFILE)
    check = _lock_check(check_id)
    if check is None:
        raise ContentUnchanged
    audit.record(
        actor=actor,
        action=REVIEW_PROFILE,
        subject=check.member,
        before={"state": check.state},
        after={"field": check.field, "approved": approve},
        reason=reason,
    )
    if approve:
        _show(check)
    else:
        _refuse(check)


def _show(check: ProfileCheck) -> None:
    setattr(check.member, check.field, check.value)
    check.member.save(update_fields=[check.field])
    reward_profile(check.member)
    if check.field == ProfileCheck.Field.AVATAR:
        use_for_profile(member_id=check.member_id, url=check.value)
    check.delete()


def _refuse(check: ProfileCheck) -> None:
    """Forget the value; an uploaded picture is deleted by its job."""
    if check.field == ProfileCheck.Field.AVATAR:
        use_for_profile(member_id=check.member_id, url=check.member.avatar)
    check.delete()


def _lock_check(check_id: int) -> ProfileCheck | None:
    """Lock the check with its member; ``None`` when it is gone or the account is closed."""
    found = ProfileCheck.objects.filter(pk=check_id).first()
    if found is None:
        return None
    try:
        member = lock_member(member_id=found.member_id)
    except TokenInvalid:
        return None
    rows = lock_rows(ProfileCheck.objects.filter(pk=check_id))
    if not rows:
        return None
    rows[0].member = member
    return rows[0]
