"""Correcting points or growth by hand: one person asks, a second one confirms."""

from typing import Any

from members.models import Member
from members.points.errors import InsufficientPoints
from members.points.permissions import ADJUST_POINTS
from members.points.queries import growth_balance, points_balance
from members.points.services.accounts import lock_growth, lock_points
from members.points.services.earning import earn_points
from members.points.services.growth import add_growth, take_back_growth
from members.points.services.spending import spend_points
from members.services.locking import hold_member
from shop.core import approvals, audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InsufficientBalance, InvalidInput, NotFound
from shop.core.models.approvals import Approval
from shop.core.permissions import require

ADJUSTMENT = "adjustment"
POINTS, GROWTH = "points", "growth"
MOST = 1_000_000_000


@in_transaction
def request_adjustment(*, actor: Actor, member_id: int, account: str, amount: int, reason: str) -> Approval:
    """Ask a second person to confirm that ``amount`` (signed) is added to points or growth.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput``, ``InsufficientPoints`` or ``InsufficientBalance``
    (as the balance stands now), ``ApprovalPending``, ``TokenInvalid`` for a closed account.
    """
    require(actor, ADJUST_POINTS)
    if account not in (POINTS, GROWTH):
        raise InvalidInput(errors=[FieldError("account", "invalid_choice", InvalidInput.title)])
    if amount == 0 or abs(amount) > MOST:
        raise InvalidInput(errors=[FieldError("amount", "invalid", InvalidInput.title)])
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    hold_member(member_id=member_id)
    _refuse_below_zero(member_id, account, amount)
    payload = {"member": member_id, account: amount}
    return approvals.hold(actor=actor, action=ADJUST_POINTS, payload=payload, subject=member, reason=reason)


def execute_held_adjustment(held: approvals.Held) -> dict[str, Any]:
    """Post a confirmed adjustment; runs in the approving transaction, once.

    Raises ``InsufficientPoints`` or ``InsufficientBalance``, ``TokenInvalid`` for an account that was closed
    meanwhile.
    """
    member_id = held.payload["member"]
    account = POINTS if POINTS in held.payload else GROWTH
    amount = held.payload[account]
    hold_member(member_id=member_id)
    before = _refuse_below_zero(member_id, account, amount)
    _post(member_id, account, amount, held)
    audit.record(
        actor=held.requester,
        action=ADJUST_POINTS,
        subject=held.subject,
        before={account: before},
        after={account: before + amount},
        reason=held.reason,
    )
    return {"balance_after": before + amount}


def _refuse_below_zero(member_id: int, account: str, amount: int) -> int:
    """Lock the account and return its balance; raises what says that there is too little."""
    if account == POINTS:
        lock_points(member_id)
        balance = points_balance(member_id)
        if balance + amount < 0:
            raise InsufficientPoints(available=balance)
        return balance
    lock_growth(member_id)
    balance = growth_balance(member_id)
    if balance + amount < 0:
        raise InsufficientBalance
    return balance


def _post(member_id: int, account: str, amount: int, held: approvals.Held) -> None:
    reference, memo = f"approval:{held.approval_id}", held.reason[:255]
    if amount > 0:
        give = earn_points if account == POINTS else add_growth
        give(member_id=member_id, amount=amount, reason=ADJUSTMENT, reference=reference, memo=memo)
    elif account == POINTS:
        spend_points(member_id=member_id, amount=-amount, reason=ADJUSTMENT, reference=reference, memo=memo)
    else:
        take_back_growth(
            member_id=member_id, up_to=-amount, reason=ADJUSTMENT, reference=reference, memo=memo
        )
