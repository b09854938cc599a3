"""What orders do when payments, or orders themselves, have something to tell. Each runs once per event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Sum

from members.cards.services.purchases import KIND as CARD_KIND
from members.points.services.rewards import expect_reward, orders_earn, release_reward, reverse_reward
from members.services.facts import record_paid_order, record_refund
from members.tiers.services.evaluating import evaluate_member
from orders.models import Order, OrderLine
from orders.payable import KIND
from orders.services.alerting import alerts_wanted, want_alert
from orders.services.locking import UNREAD, lock_order
from orders.services.refunding import apply_card_refund, apply_refund
from orders.states import record_event
from shop.core.actors import Actor
from shop.core.outbox import only_if
from shop.payments.queries import kept_payments

_PAYMENTS = Actor.system("payments")


def note_refund_requested(event: Mapping[str, Any]) -> None:
    """Tell the timeline that money of the order is on its way back."""
    if _is_ours(event) and _is_kept(event):
        _note(event, "refund_requested")


def refund_arrived(event: Mapping[str, Any]) -> None:
    """Book money that went back: on the order if it was the order's, else only in the timeline."""
    if not _is_ours(event):
        return
    if _is_kept(event):
        is_card = str(event["reference"]).startswith(f"{CARD_KIND}:")
        book = apply_card_refund if is_card else apply_refund
        book(number=event["payable_number"], refund=event["refund"], amount=event["amount"])
    else:
        _note(event, "refunded")


def note_refund_trouble(event: Mapping[str, Any]) -> None:
    """Tell staff in the timeline that a refund goes no further by itself."""
    if _is_ours(event):
        _note(event, "refund_trouble", is_public=False)


def note_late_payment(event: Mapping[str, Any]) -> None:
    """Tell the timeline that money came which the order cannot keep."""
    if _is_ours(event):
        _note(event, "payment_returned", reason=event["reason"])


def note_duplicate(event: Mapping[str, Any]) -> None:
    """Tell the timeline that the order was paid twice."""
    if _is_ours(event):
        _note(event, "payment_duplicated")


def count_paid_order(event: Mapping[str, Any]) -> None:
    """Write down what the member has paid, for the floors below; it may lift the member's tier."""
    record_paid_order(
        member_id=event["member_id"],
        amount=event["paid"],
        paid_at=datetime.fromisoformat(event["paid_at"]),
    )
    evaluate_member(member_id=event["member_id"])


def count_refund(event: Mapping[str, Any]) -> None:
    """Take back from what the member has paid; it may lower the member's tier."""
    record_refund(member_id=event["member_id"], amount=event["amount"], whole_order=event["whole"])
    evaluate_member(member_id=event["member_id"])


@only_if(lambda _event: orders_earn())
def expect_points(event: Mapping[str, Any]) -> None:
    """Write down what the paid order will earn: its goods count, its freight does not."""
    order = _order(event)
    expect_reward(
        member_id=order.member_id,
        reference=order.number,
        paid=_paid_for_goods(order),
        multiplier_permille=order.points_multiplier,
    )


def _paid_for_goods(order: Order) -> int:
    """Return what the lines cost; freight, and what a tier took off it, is apart."""
    lines = OrderLine.objects.filter(order=order).aggregate(sum=Sum("payable"))
    return min(order.paid, lines["sum"] or 0)


def release_points(event: Mapping[str, Any]) -> None:
    """Let the reward of a completed order be credited."""
    order = _order(event)
    if order.completed_at is not None:
        release_reward(reference=order.number, at=order.completed_at)


def reverse_points(event: Mapping[str, Any]) -> None:
    """Take off the reward what belongs to the money that went back."""
    order = _order(event)
    reverse_reward(reference=order.number, base=order.goods_paid, refunded=order.goods_refunded)


@only_if(lambda _event: alerts_wanted())
def alert_staff(event: Mapping[str, Any]) -> None:
    """Intend to tell the staff's group chat about a paid order."""
    want_alert(order_id=event["order_id"])


def _order(event: Mapping[str, Any]) -> Order:
    return Order.objects.defer(*UNREAD).get(pk=event["order_id"])


def _is_ours(event: Mapping[str, Any]) -> bool:
    return bool(event["payable_kind"] == KIND)


def _is_kept(event: Mapping[str, Any]) -> bool:
    kept = kept_payments(payable_kind=KIND, payable_number=event["payable_number"])
    return kept.filter(number=event["payment"]).exists()


def _note(event: Mapping[str, Any], kind: str, *, reason: str = "", is_public: bool = True) -> None:
    record_event(
        lock_order(event["payable_number"]),
        kind,
        actor=_PAYMENTS,
        reason=reason,
        data={name: event[name] for name in ("amount", "payment", "refund") if name in event},
        is_public=is_public,
    )
