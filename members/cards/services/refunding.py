"""Refunding a card: what is left of its price goes back, the card ends, its gift money is taken back.

Asked for by one person and confirmed by a second, with exactly the figures that were confirmed; or, together
with an order that is cancelled unshipped, whole and at once.
"""

from typing import Any

from members.cards.errors import CardPurchaseStateRefused, CardRefundChanged, NothingLeftOfCard
from members.cards.events import CardRefundStarted
from members.cards.models import CardPurchase, CardUse, MemberCardPeriod
from members.cards.permissions import REFUND_CARD
from members.cards.queries import period_of, uses_of
from members.cards.rules import CardRefund, card_refund, days_of, days_of_forever, left_of
from members.cards.services.periods import end_period, lock_cards
from members.cards.services.purchases import KIND
from members.wallet.queries import balance_of
from members.wallet.services.gifts import take_back_gift
from shop.core import approvals, audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, joining_transaction, lock_row, lock_rows
from shop.core.models.approvals import Approval
from shop.core.outbox import publish
from shop.core.permissions import require
from shop.core.runtime import value
from shop.payments.models import Payment, Refund
from shop.payments.queries import kept_payments
from shop.payments.services.refunds import request_refund

ORDER_KIND = "order"
GIFT_BACK = "card_gift_back"
_SYSTEM = Actor.system("members.cards")
_State = CardPurchase.State


def refund_reference(number: str) -> str:
    """Return under which reference a card's money goes back, also when an order's payment paid for it."""
    return f"{KIND}:{number}"


def preview_refund(purchase: CardPurchase) -> CardRefund:
    """Return what refunding a purchase would mean now; locks and changes nothing.

    Raises ``CardPurchaseStateRefused`` unless it is paid and not refunded.
    """
    kind = ORDER_KIND if purchase.order_number else KIND
    payments = kept_payments(payable_kind=kind, payable_number=purchase.order_number or purchase.number)
    return _figures(purchase, _period(purchase), list(payments))


@in_transaction
def request_card_refund(*, actor: Actor, number: str, reason: str) -> Approval:
    """Ask a second person to confirm the refund of a card at its present figures.

    Raises ``Forbidden``, ``NotFound``, ``CardPurchaseStateRefused``, ``NothingLeftOfCard``,
    ``ApprovalPending``.
    """
    require(actor, REFUND_CARD)
    purchase = lock_row(CardPurchase.objects.filter(number=number))
    figures = preview_refund(purchase)
    if not figures.paid_back:
        raise NothingLeftOfCard
    payload = {"purchase": number, **_agreement(figures)}
    return approvals.hold(actor=actor, action=REFUND_CARD, payload=payload, subject=purchase, reason=reason)


def execute_held_refund(held: approvals.Held) -> dict[str, Any]:
    """Carry out a confirmed refund; runs in the approving transaction, once.

    Locks the purchase and its payments (payments first where an order paid for it), then the wallet. Raises
    ``CardRefundChanged`` when the figures are not what was asked for, ``CardPurchaseStateRefused``.
    """
    purchase, payments = _lock(held.payload["purchase"])
    lock_cards(purchase.member_id)
    period = _period(purchase)
    figures = _figures(purchase, period, payments)
    if held.payload != {"purchase": purchase.number, **_agreement(figures)} or not figures.paid_back:
        raise CardRefundChanged(paid_back=figures.paid_back)
    _carry_out(purchase, period, payments, figures, reason=held.reason or GIFT_BACK)
    audit.record(
        actor=held.requester,
        action=REFUND_CARD,
        subject=purchase,
        before={"state": _State.PAID.value},
        after={"state": purchase.state, **held.payload},
        reason=held.reason,
    )
    return {"paid_back": figures.paid_back}


@joining_transaction
def refund_with_order(*, number: str, payments: list[Payment]) -> int:
    """Refund a card with the order that it was bought with; return the fen that go back for it.

    Whole, less spent gift money, if it made no other order cheaper; otherwise the card stays and 0 goes back.
    The caller holds the order and its kept ``payments``. Locks the purchase and the wallet.
    """
    purchase = lock_row(CardPurchase.objects.filter(number=number))
    if purchase.state != _State.PAID:
        return 0
    lock_cards(purchase.member_id)
    period = _period(purchase)
    uses = CardUse.objects.filter(period=period, returned_at__isnull=True)
    if period.ended_at is not None or uses.exclude(order_number=purchase.order_number).exists():
        return 0
    figures = card_refund(
        amount=purchase.amount,
        worth=min(purchase.amount, _refundable(payments)),
        gift_given=purchase.gift_money,
        gift_balance=balance_of(purchase.member_id).gift,
    )
    _carry_out(purchase, period, payments, figures, reason="cancelled")
    return figures.paid_back


@in_transaction
def settle_card_refund(*, number: str) -> None:
    """The payer has all of the money. Locks the purchase; safe to repeat."""
    purchase = lock_row(CardPurchase.objects.filter(number=number))
    if purchase.state == _State.REFUNDING and _arrived(purchase) >= purchase.refunded:
        purchase.state = _State.REFUNDED
        purchase.refunded_at = clock.now()
        purchase.save(update_fields=["state", "refunded_at"])


def _arrived(purchase: CardPurchase) -> int:
    refunds = Refund.objects.filter(
        payment__member_id=purchase.member_id,
        payment__payable_number=purchase.order_number or purchase.number,
        reference=refund_reference(purchase.number),
        state=Refund.State.SUCCEEDED,
    )
    return sum(refunds.values_list("amount", flat=True))


def _lock(number: str) -> tuple[CardPurchase, list[Payment]]:
    order = CardPurchase.objects.filter(number=number).values_list("order_number", flat=True).first()
    if order:
        payments = lock_rows(kept_payments(payable_kind=ORDER_KIND, payable_number=order))
        return lock_row(CardPurchase.objects.filter(number=number)), payments
    purchase = lock_row(CardPurchase.objects.filter(number=number))
    return purchase, lock_rows(kept_payments(payable_kind=KIND, payable_number=number))


def _period(purchase: CardPurchase) -> MemberCardPeriod:
    period = period_of(purchase)
    if purchase.state != _State.PAID or period is None:
        raise CardPurchaseStateRefused(state=purchase.state)
    return period


def _refundable(payments: list[Payment]) -> int:
    return sum(payment.refundable for payment in payments)


def _figures(purchase: CardPurchase, period: MemberCardPeriod, payments: list[Payment]) -> CardRefund:
    """Return what a refund means now: never more than other refunds left of the payments."""
    now = clock.now()
    if period.ends_at is None:
        worth_days = int(value("card_forever_days"))
        days, left = days_of_forever(starts_at=period.starts_at, worth_days=worth_days, now=now)
    else:
        days, left = days_of(starts_at=period.starts_at, ends_at=period.ends_at, now=now)
    worth = left_of(
        amount=purchase.amount,
        days=days,
        days_left=left,
        used=uses_of(period).exists(),
        rule=str(value("card_refund_rule")),
    )
    return card_refund(
        amount=purchase.amount,
        worth=min(worth, _refundable(payments)),
        gift_given=purchase.gift_money,
        gift_balance=balance_of(purchase.member_id).gift,
    )


def _agreement(figures: CardRefund) -> dict[str, int]:
    """Return what the second person confirms; the console shows what is named an amount as money."""
    return {
        "paid_back_amount": figures.paid_back,
        "gift_taken_amount": figures.gift_taken,
        "gift_deducted_amount": figures.gift_deducted,
    }


def _carry_out(
    purchase: CardPurchase,
    period: MemberCardPeriod,
    payments: list[Payment],
    figures: CardRefund,
    *,
    reason: str,
) -> None:
    """End the card, take the gift back, promise the money; the caller holds all of it."""
    end_period(period, reason="refunded")
    take_back_gift(
        member_id=purchase.member_id,
        up_to=figures.gift_taken,
        reason=GIFT_BACK,
        reference=purchase.number,
        memo=f"card:{period.pk}",
    )
    purchase.refunded = figures.paid_back
    purchase.gift_taken, purchase.gift_deducted = figures.gift_taken, figures.gift_deducted
    purchase.state = _State.REFUNDING if figures.paid_back else _State.REFUNDED
    purchase.refunded_at = None if figures.paid_back else clock.now()
    purchase.save()
    _promise(purchase, payments, figures.paid_back, reason)
    publish(CardRefundStarted(purchase.member_id, number=purchase.number, paid_back=figures.paid_back))


def _promise(purchase: CardPurchase, payments: list[Payment], amount: int, reason: str) -> None:
    """Promise ``amount`` back out of what is left of the payments, the latest first."""
    left = amount
    for payment in sorted(payments, key=lambda one: one.pk, reverse=True):
        part = min(left, payment.refundable)
        if part:
            request_refund(
                actor=_SYSTEM,
                payment_number=payment.number,
                amount=part,
                reason=reason,
                reference=refund_reference(purchase.number),
            )
            left -= part
