"""Correcting a wallet by hand: one person asks, a second one confirms."""

from typing import Any

from members.models import Member
from members.services.locking import hold_member
from members.wallet.models import GIFT, PRINCIPAL
from members.wallet.permissions import ADJUST_WALLET
from members.wallet.services.accounts import lock_accounts
from shop.core import approvals, audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InsufficientBalance, InvalidInput, NotFound
from shop.core.ledger import Ledger
from shop.core.models.approvals import Approval
from shop.core.money import MAX_FEN
from shop.core.permissions import require

ADJUSTMENT = "adjustment"
_AMOUNT = "_amount"  # the console shows what is named so as money
_LEDGERS: dict[str, Ledger[Any, Any]] = {"principal": PRINCIPAL, "gift": GIFT}


@in_transaction
def request_adjustment(*, actor: Actor, member_id: int, account: str, amount: int, reason: str) -> Approval:
    """Ask a second person to confirm that ``amount`` fen (signed) are added to principal or gift.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput``, ``InsufficientBalance`` (as the balance stands now),
    ``ApprovalPending``, ``TokenInvalid`` for a closed account.
    """
    require(actor, ADJUST_WALLET)
    if account not in _LEDGERS:
        raise InvalidInput(errors=[FieldError("account", "invalid_choice", InvalidInput.title)])
    if amount == 0 or abs(amount) > MAX_FEN:
        raise InvalidInput(errors=[FieldError("amount", "invalid", InvalidInput.title)])
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    hold_member(member_id=member_id)
    if getattr(lock_accounts(member_id), account) + amount < 0:
        raise InsufficientBalance
    payload = {"member": member_id, f"{account}{_AMOUNT}": amount}
    return approvals.hold(actor=actor, action=ADJUST_WALLET, payload=payload, subject=member, reason=reason)


def execute_held_adjustment(held: approvals.Held) -> dict[str, Any]:
    """Post a confirmed adjustment; runs in the approving transaction, once.

    Raises ``InsufficientBalance``, ``TokenInvalid`` for an account that was closed meanwhile.
    """
    member_id = held.payload["member"]
    [(account, amount)] = (
        (name.removesuffix(_AMOUNT), value) for name, value in held.payload.items() if name.endswith(_AMOUNT)
    )
    hold_member(member_id=member_id)
    lock_accounts(member_id)
    entry = _LEDGERS[account].post(
        account_id=member_id,
        amount=amount,
        reason=ADJUSTMENT,
        reference=f"approval:{held.approval_id}",
        memo=held.reason[:255],
    )
    audit.record(
        actor=held.requester,
        action=ADJUST_WALLET,
        subject=held.subject,
        before={account: entry.balance_after - amount},
        after={account: entry.balance_after},
        reason=held.reason,
    )
    return {"balance_after": entry.balance_after}
