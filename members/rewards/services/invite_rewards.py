"""What an invitation earns both sides when it counts, within the inviter's caps, and taking it back."""

from datetime import timedelta

from django.db.models import F

from members.gifts import Gifts, take_back_gifts
from members.rewards.events import InvitationCounted, InvitationReversed
from members.rewards.models import Invitation, InviteReward, InviteTally
from members.rewards.models.invites import Condition, Side
from members.rewards.services.giving import give
from members.services.locking import hold_member
from shop.core import clock
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import TokenInvalid
from shop.core.outbox import publish
from shop.core.rows import find_row
from shop.core.runtime import value

RULE = "invite"
"""Kind of the earning rule that every invitation that counts is worth to the inviter."""

REASONS = {Side.INVITER: "invitation", Side.NEWCOMER: "invited"}
BACK = {Side.INVITER: "invitation_back", Side.NEWCOMER: "invited_back"}
_State = Invitation.State


def invitation_waits(*, newcomer_id: int, met: Condition) -> bool:
    """Return whether a newcomer's invitation waits for this condition. One query, no lock."""
    waiting = find_row(Invitation, newcomer=newcomer_id, state=_State.WAITING.value, condition=met.value)
    return waiting is not None


@in_transaction
def count_invitation(*, newcomer_id: int, met: Condition, order: str = "") -> bool:
    """Reward the invitation of a newcomer who met the condition; False when none waits for it.

    Locks the invitation, the inviter's tallies, then wallet, points and growth of the inviter and of the
    newcomer (in this order: an inviter is always the older member). Safe to repeat.
    """
    waiting = Invitation.objects.filter(newcomer_id=newcomer_id, state=_State.WAITING, condition=met)
    rows = lock_rows(waiting)
    if not rows:
        return False
    invitation = rows[0]
    within = _is_open(invitation.inviter_id) and _take_from_caps(invitation.inviter_id)
    promised = {row.side: row.gifts for row in InviteReward.objects.all()}
    if within:
        _reward(invitation, Side.INVITER, promised)
    if _is_open(newcomer_id):
        _reward(invitation, Side.NEWCOMER, promised)
    invitation.state = _State.REWARDED if within else _State.CAPPED
    invitation.order, invitation.counted_at = order, clock.now()
    invitation.save()
    publish(InvitationCounted(invitation.inviter_id, newcomer=newcomer_id, rewarded=within))
    return True


@in_transaction
def reverse_invitation(*, order: str) -> bool:
    """All money of the order that made an invitation count went back: take back what it earned.

    Only within the shop's days, as far as it is still there, and for ever: the newcomer's next order does not
    count again. False when there is nothing to take back. Locks as ``count_invitation``; safe to repeat.
    """
    days = int(value("invite_reversal_days"))
    counted = Invitation.objects.filter(
        order=order,
        state__in=(_State.REWARDED, _State.CAPPED),
        counted_at__gt=clock.now() - timedelta(days=days),
    )
    rows = lock_rows(counted) if order and days else []
    for invitation in rows:
        for side in (Side.INVITER, Side.NEWCOMER):
            _take_back(invitation, side)
        invitation.state, invitation.reversed_at = _State.REVERSED, clock.now()
        invitation.save(update_fields=["state", "reversed_at"])
        publish(InvitationReversed(invitation.inviter_id, newcomer=invitation.newcomer_id))
    return bool(rows)


def given_to(invitation: Invitation, side: Side) -> Gifts:
    """Return what one side of an invitation got."""
    return Gifts(
        **{name: getattr(invitation, f"{side.value}_{name}") for name in ("money", "points", "growth")}
    )


def _reward(invitation: Invitation, side: Side, promised: dict[str, Gifts]) -> None:
    given = give(
        member_id=_member(invitation, side),
        gifts=promised.get(side.value, Gifts()),
        reason=REASONS[side],
        reference=str(invitation.newcomer_id),
        rule=RULE if side is Side.INVITER else "",
    )
    for name in ("money", "points", "growth"):
        setattr(invitation, f"{side.value}_{name}", getattr(given, name))


def _take_back(invitation: Invitation, side: Side) -> None:
    take_back_gifts(
        member_id=_member(invitation, side),
        gifts=given_to(invitation, side),
        reason=BACK[side],
        reference=str(invitation.newcomer_id),
    )


def _member(invitation: Invitation, side: Side) -> int:
    return invitation.inviter_id if side is Side.INVITER else invitation.newcomer_id


def _is_open(member_id: int) -> bool:
    """Keep an account open until the end of the transaction; False for one that is closed."""
    try:
        hold_member(member_id=member_id)
    except TokenInvalid:
        return False
    return True


def _take_from_caps(inviter_id: int) -> bool:
    """Count one more rewarded invitation of today and in all; False when a cap is reached.

    Locks both tallies. The CHECK on each has the last word.
    """
    caps = {
        clock.today().isoformat(): int(value("invite_day_cap")) or None,
        InviteTally.EVER: int(value("invite_total_cap")) or None,
    }
    InviteTally.objects.bulk_create(
        [InviteTally(member_id=inviter_id, period=period) for period in caps], ignore_conflicts=True
    )
    tallies = lock_rows(InviteTally.objects.filter(member_id=inviter_id, period__in=caps))
    if any(_is_full(tally.count, caps[tally.period]) for tally in tallies):
        return False
    for tally in tallies:
        InviteTally.objects.filter(pk=tally.pk).update(count=F("count") + 1, cap=caps[tally.period])
    return True


def _is_full(count: int, cap: int | None) -> bool:
    return cap is not None and count >= cap
