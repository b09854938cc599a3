"""Refunding a recharge: what is left of it goes back the way it came, the gift is taken back.

Asked for by one person, confirmed by a second; carried out once, in the confirming transaction, with exactly
the figures that were confirmed.
"""

from typing import Any

from members.cards.giving import worth_used
from members.gifts import Gifts, take_back_gifts
from members.wallet.errors import NothingToPayBack, RechargeStateRefused, RefundPreviewChanged
from members.wallet.events import RechargeRefundStarted
from members.wallet.models import PRINCIPAL, Recharge, WalletGift, WalletPrincipal
from members.wallet.permissions import REFUND_RECHARGE
from members.wallet.rules import RechargeRefund, Split, recharge_refund
from members.wallet.services.accounts import lock_accounts
from members.wallet.services.gifts import take_back_gift
from members.wallet.services.recharges import KIND
from shop.core import approvals, audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.models.approvals import Approval
from shop.core.outbox import publish
from shop.core.permissions import require
from shop.payments.queries import kept_payments
from shop.payments.services.refunds import request_refund

REFUND = "recharge_refund"
DEDUCTION = "gift_deduction"
GIFT_BACK = "recharge_gift_back"
_SYSTEM = Actor.system("members.wallet")


def preview_refund(recharge: Recharge) -> RechargeRefund:
    """Return what refunding a recharge would mean now; locks and changes nothing.

    Raises ``RechargeStateRefused`` unless it is paid and not refunded.
    """
    if recharge.state != Recharge.State.PAID:
        raise RechargeStateRefused(state=recharge.state)
    principal = WalletPrincipal.objects.filter(pk=recharge.member_id).first()
    gift = WalletGift.objects.filter(pk=recharge.member_id).first()
    balance = Split(principal.balance if principal else 0, gift.balance if gift else 0)
    return _figures(recharge, balance)


@in_transaction
def request_recharge_refund(*, actor: Actor, number: str, reason: str) -> Approval:
    """Ask a second person to confirm the refund of a recharge at its present figures.

    Locks the recharge. Raises ``Forbidden``, ``NotFound``, ``RechargeStateRefused``, ``NothingToPayBack``,
    ``ApprovalPending``.
    """
    require(actor, REFUND_RECHARGE)
    recharge = lock_row(Recharge.objects.filter(number=number))
    figures = preview_refund(recharge)
    if not figures.paid_back:
        raise NothingToPayBack
    payload = {"recharge": number, **_agreement(figures)}
    return approvals.hold(
        actor=actor, action=REFUND_RECHARGE, payload=payload, subject=recharge, reason=reason
    )


def execute_held_refund(held: approvals.Held) -> dict[str, Any]:
    """Carry out a confirmed refund; runs in the approving transaction, once.

    Locks recharge, payment, principal, gift, further gifts. Raises ``RefundPreviewChanged`` when the balance
    moved since the refund was asked for, ``RechargeStateRefused``.
    """
    recharge = lock_row(Recharge.objects.filter(number=held.payload["recharge"]))
    if recharge.state != Recharge.State.PAID:
        raise RechargeStateRefused(state=recharge.state)
    payment = lock_row(kept_payments(payable_kind=KIND, payable_number=recharge.number))
    figures = _figures(recharge, lock_accounts(recharge.member_id))
    if held.payload != {"recharge": recharge.number, **_agreement(figures)}:
        raise RefundPreviewChanged(paid_back=figures.paid_back)
    _take_out(recharge, figures)
    ticket = request_refund(
        actor=_SYSTEM,
        payment_number=payment.number,
        amount=figures.paid_back,
        reason=held.reason or REFUND,
        reference=f"{KIND}:{recharge.number}",
    )
    audit.record(
        actor=held.requester,
        action=REFUND_RECHARGE,
        subject=recharge,
        before={"state": Recharge.State.PAID.value},
        after={"state": recharge.state, **held.payload},
        reason=held.reason,
    )
    publish(RechargeRefundStarted(recharge.member_id, number=recharge.number, paid_back=figures.paid_back))
    return {"refund": ticket.refund.number if ticket.refund else "", "paid_back": figures.paid_back}


@in_transaction
def settle_recharge_refund(*, number: str) -> None:
    """The payer has the money. Locks the recharge; safe to repeat."""
    recharge = lock_row(Recharge.objects.filter(number=number))
    if recharge.state == Recharge.State.REFUNDING:
        recharge.state = Recharge.State.REFUNDED
        recharge.refunded_at = clock.now()
        recharge.save(update_fields=["state", "refunded_at"])


def _figures(recharge: Recharge, balance: Split) -> RechargeRefund:
    given = recharge.gift_money + recharge.opening_gift
    card, member_id = recharge.gift_card, recharge.member_id
    used = 0 if card is None else worth_used(member_id=member_id, card_id=card, reference=recharge.number)
    return recharge_refund(amount=recharge.amount, gift_given=given, balance=balance, card_used=used)


def _agreement(figures: RechargeRefund) -> dict[str, int]:
    """Return what the second person confirms; the console shows what is named an amount as money."""
    agreed = {
        "paid_back_amount": figures.paid_back,
        "gift_taken_amount": figures.gift_taken,
        "gift_deducted_amount": figures.gift_deducted,
    }
    return {**agreed, "card_used_amount": figures.card_used} if figures.card_used else agreed


def _take_out(recharge: Recharge, figures: RechargeRefund) -> None:
    """Post what leaves the wallet, and write it down on the recharge."""
    member_id, number = recharge.member_id, recharge.number
    PRINCIPAL.post(account_id=member_id, amount=-figures.paid_back, reason=REFUND, reference=number)
    if figures.gift_deducted:
        PRINCIPAL.post(
            account_id=member_id, amount=-figures.gift_deducted, reason=DEDUCTION, reference=number
        )
    take_back_gift(member_id=member_id, up_to=figures.gift_taken, reason=GIFT_BACK, reference=number)
    take_back_gifts(
        member_id=member_id,
        gifts=Gifts(points=recharge.gift_points, growth=recharge.gift_growth, card=recharge.gift_card),
        reason=GIFT_BACK,
        reference=number,
    )
    recharge.state = Recharge.State.REFUNDING
    recharge.refunded = figures.paid_back
    recharge.gift_taken = figures.gift_taken
    recharge.gift_deducted = figures.gift_deducted
    recharge.save()
