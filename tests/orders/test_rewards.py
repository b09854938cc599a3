"""A real order, paid and paid back: what it does to tasks and to the invitation of its buyer."""

from collections.abc import Callable

import pytest

from members.models import Member
from members.rewards.models import Invitation, InviteReward, Task, TaskProgress
from members.rewards.services.inviting import bind_newcomer, ensure_code
from shop.core.db import transaction
from shop.payments.jobs import advance_refunds
from tests.catalog.factories import make_sku
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
