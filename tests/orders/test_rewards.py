"""A real order, paid and paid back: what it does to tasks and to the invitation of its buyer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from members.models import Member
from members.points.models import RewardRule
from members.rewards.models import Invitation, InviteReward, Task, TaskProgress
from members.rewards.services.inviting import bind_newcomer, ensure_code
from shop.core import clock
from shop.core.db import transaction
from shop.core.models import HandledEvent
from shop.payments.jobs import advance_refunds
from tests.catalog.factories import make_sku
from tests.members.rewards.guests import set_to
from tests.orders.buyer import Buyer, settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_first_order_counts_until_all_of_it_goes_back(
    payer: Buyer, shift_clock: Callable[[float], None]
) -> None:
    inviter = older_than(payer.member)
    InviteReward.objects.create(side="inviter", points=100)
    Task.objects.create(name="下单", kind="orders", points=10)
    with transaction():
        bind_newcomer(newcomer=payer.member, code=ensure_code(member_id=inviter.pk), openid="o-buyer")

    order = payer.paid((make_sku(stock=4), 1))
    settle()
    found = Invitation.objects.get()
    assert (found.state, found.order, found.inviter_points) == ("rewarded", order.number, 100)
    assert TaskProgress.objects.get(member=payer.member).amount == 1

    payer.phone.post(f"/orders/{order.number}/cancel", {})
    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()
    assert Invitation.objects.get().state == "reversed"
    assert TaskProgress.objects.get(member=payer.member).amount == 0


def older_than(member: Member) -> Member:
    """A member with a smaller number: an inviter is always the older one."""
    older = Member(pk=-member.pk, created_at=member.created_at, last_seen_at=member.created_at)
    older.save(force_insert=True)
    return older


def handlers_run() -> set[str]:
    """Which handlers took effect for a paid order, by their short names."""
    handled = HandledEvent.objects.filter(event__name="orders.order_paid")
    return {name.rpartition(".")[2] for name in handled.values_list("handler", flat=True)}


def test_in_a_shop_without_rewards_a_paid_order_is_only_counted(payer: Buyer) -> None:
    payer.paid((make_sku(stock=4), 1))
    settle()
    assert handlers_run() == {"count_paid_order"}


def test_each_reward_that_the_shop_has_is_told_of_a_paid_order(payer: Buyer) -> None:
    RewardRule.objects.create(kind="order", points=1)
    Task.objects.create(name="消费", kind="spend", points=10)
    set_to("order_alert_kind", "wecom")
    payer.paid((make_sku(stock=4), 1))
    settle()
    assert handlers_run() == {"count_paid_order", "alert_staff", "expect_points", "count_order"}


def test_an_inactive_rule_or_task_and_one_that_is_over_are_none(payer: Buyer) -> None:
    RewardRule.objects.create(kind="order", points=1, is_active=False)
    Task.objects.create(name="停用", kind="orders", points=10, is_active=False)
    Task.objects.create(name="已结束", kind="orders", points=10, ends_at=clock.now())
    Task.objects.create(name="未开始", kind="spend", points=10, starts_at=clock.now() + timedelta(days=1))
    Task.objects.create(name="签到", kind="check_in", points=10)
    payer.paid((make_sku(stock=4), 1))
    settle()
    assert handlers_run() == {"count_paid_order"}
