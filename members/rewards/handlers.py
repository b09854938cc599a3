"""What the rewards room does when the others have something to tell. Each runs once per event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from members.rewards.models.invites import Condition
from members.rewards.models.tasks import TaskKind
from members.rewards.services.invite_rewards import count_invitation, invitation_waits, reverse_invitation
from members.rewards.services.tasks import count_deed, deeds_count, undo_deed
from shop.core.outbox import only_if
from shop.core.runtime import value


def _waits_for_order(event: Mapping[str, Any]) -> bool:
    return bool(
        event["paid"] >= value("invite_first_order_from_fen")
        and invitation_waits(newcomer_id=event["member_id"], met=Condition.FIRST_ORDER)
    )


def _counts(event: Mapping[str, Any]) -> bool:
    """Return whether a task counts orders, or what they cost."""
    paid_at = datetime.fromisoformat(event["paid_at"])
    return event["paid"] > 0 and deeds_count(kinds=[TaskKind.ORDERS, TaskKind.SPEND], at=paid_at)


def member_joined(event: Mapping[str, Any]) -> None:
    """An invitation that asks for nothing more than joining counts now."""
    count_invitation(newcomer_id=event["member_id"], met=Condition.SIGN_UP)


def phone_bound(event: Mapping[str, Any]) -> None:
    """An invitation that asks for a phone number counts now."""
    count_invitation(newcomer_id=event["member_id"], met=Condition.PHONE)


@only_if(_waits_for_order)
def first_order_paid(event: Mapping[str, Any]) -> None:
    """An invitation that asks for a first order counts when that is worth enough."""
    if event["paid"] >= value("invite_first_order_from_fen"):
        count_invitation(newcomer_id=event["member_id"], met=Condition.FIRST_ORDER, order=event["order"])


def first_order_refunded(event: Mapping[str, Any]) -> None:
    """The order that made an invitation count is gone: so is the reward."""
    if event["whole"]:
        reverse_invitation(order=event["order"])


@only_if(_counts)
def count_order(event: Mapping[str, Any]) -> None:
    """A paid order counts for tasks, in the window in which it was paid; free ones do not."""
    if event["paid"] <= 0:
        return
    paid_at = datetime.fromisoformat(event["paid_at"])
    for kind, amount in ((TaskKind.ORDERS, 1), (TaskKind.SPEND, event["paid"])):
        count_deed(
            kind=kind, member_id=event["member_id"], reference=event["order"], amount=amount, at=paid_at
        )


def uncount_order(event: Mapping[str, Any]) -> None:
    """Money that went back was not spent; an order of which nothing is left was none."""
    member_id, order = event["member_id"], event["order"]
    if event["whole"]:
        undo_deed(kind=TaskKind.ORDERS, member_id=member_id, reference=order)
    undo_deed(kind=TaskKind.SPEND, member_id=member_id, reference=order, amount=event["amount"])


def count_favourite(event: Mapping[str, Any]) -> None:
    """A product that a member keeps counts once in each window."""
    count_deed(kind=TaskKind.FAVOURITE, member_id=event["member_id"], reference=str(event["product_id"]))


def count_check_in(event: Mapping[str, Any]) -> None:
    """A check-in counts on its day; a day that was made up later does not."""
    if not event["made_up"]:
        noon = datetime.fromisoformat(f"{event['day']}T12:00:00+08:00")
        count_deed(kind=TaskKind.CHECK_IN, member_id=event["member_id"], reference=event["day"], at=noon)


def count_invited(event: Mapping[str, Any]) -> None:
    """An invitation that counts is a deed of the inviter's."""
    count_deed(kind=TaskKind.INVITE, member_id=event["member_id"], reference=str(event["newcomer"]))


def uncount_invited(event: Mapping[str, Any]) -> None:
    """It was taken back."""
    undo_deed(kind=TaskKind.INVITE, member_id=event["member_id"], reference=str(event["newcomer"]))
