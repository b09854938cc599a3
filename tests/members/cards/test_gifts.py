"""A card as a gift: given once, taken back unless it is over, never in the way of what gives it."""

import pytest

from members.cards.audit import audit_cards
from members.cards.giving import worth_used
from members.cards.models import CardUse, MemberCardPeriod
from members.cards.services.uses import record_use, return_use
from members.gifts import Gifts, grant_gifts, take_back_gifts
from members.wallet.audit import audit_wallet
from members.wallet.errors import GiftUnavailable, RefundPreviewChanged
from members.wallet.models import RechargePackage
from members.wallet.services.refunding import preview_refund, request_recharge_refund
from members.wallet.wording import refund_sentences
from shop.core import approvals
from shop.core.db import transaction
from shop.core.ledger import audit_ledgers
from shop.core.permissions import Role
from shop.payments.audit import audit_payments
from tests.members.cards.holders import card, periods, trial
from tests.members.wallet.purses import Rich
from tests.orders.staff import staff

pytestmark = pytest.mark.django_db


def give(rich: Rich, card_id: int, reference: str = "R1") -> None:
    with transaction():
        grant_gifts(member_id=rich.id, gifts=Gifts(card=card_id), reason="recharge_gift", reference=reference)


def take(rich: Rich, card_id: int, reference: str = "R1") -> int | None:
    with transaction():
        taken = take_back_gifts(
            member_id=rich.id, gifts=Gifts(card=card_id), reason="recharge_gift_back", reference=reference
        )
    return taken.card


def test_a_card_is_given_once_and_without_its_opening_gift(rich: Rich) -> None:
    given = card(opening_gift=500, is_active=False)
    for _time in range(2):
        give(rich, given.pk)
    (period,) = periods(rich)
    assert (period.source, period.card_name, rich.balance) == ("gift", "年卡", (10_000, 3_000))
    give(rich, given.pk, "R2")
    assert periods(rich)[1].starts_at == period.ends_at


def test_it_is_taken_back_once_used_or_not(rich: Rich) -> None:
    given = card()
    give(rich, given.pk)
    assert (take(rich, given.pk), take(rich, given.pk)) == (given.pk, given.pk)
    assert periods(rich)[0].end_reason == "recharge_gift_back"
    assert take(rich, given.pk, "R9") == 0
    give(rich, given.pk, "R2")
    used = MemberCardPeriod.objects.get(ended_at__isnull=True)
    record_use(period_id=used.pk, order_number="O1", discount=5)
    assert take(rich, given.pk, "R2") == given.pk
    used.refresh_from_db()
    assert (used.ended_at is None, CardUse.objects.count()) == (False, 1)


def test_what_was_used_of_it_is_what_it_saved_at_most_its_price(rich: Rich) -> None:
    given = card(price=1_000)
    give(rich, given.pk)
    period = periods(rich)[0]

    def used(reference: str = "R1") -> int:
        return worth_used(member_id=rich.id, card_id=given.pk, reference=reference)

    assert (used(), used("R9")) == (0, 0)
    record_use(period_id=period.pk, order_number="O1", discount=600)
    assert used() == 600
    record_use(period_id=period.pk, order_number="O2", discount=600)
    assert used() == 1_000
    return_use(order_number="O1")
    assert used() == 600


def test_a_card_that_is_over_cannot_be_taken_back(rich: Rich, shift_clock: object) -> None:
    given = card(kind="month")
    give(rich, given.pk)
    assert callable(shift_clock)
    shift_clock(40 * 86_400)
    assert take(rich, given.pk) == 0
    assert periods(rich)[0].ended_at is None


def test_trials_that_the_shop_gives_do_not_use_up_the_trial(rich: Rich) -> None:
    given = trial()
    give(rich, given.pk, "R1")
    give(rich, given.pk, "R2")
    assert [period.kind for period in periods(rich)] == ["trial", "trial"]


def test_who_has_it_for_ever_gets_nothing_by_it(rich: Rich) -> None:
    given = card(kind="forever")
    give(rich, given.pk, "R1")
    give(rich, given.pk, "R2")
    assert len(periods(rich)) == 1


def test_a_card_that_does_not_exist_cannot_be_given(rich: Rich) -> None:
    with pytest.raises(GiftUnavailable):
        give(rich, 10**9)
    assert periods(rich) == []


def test_a_recharge_gives_and_its_refund_takes_back(payer: Rich) -> None:
    given = card()
    package = RechargePackage.objects.create(name="充500送年卡", price=50_000, gift_card=given.pk)
    recharge = payer.recharged(package=package.pk)
    assert [(period.source, period.card_id) for period in periods(payer)] == [("gift", given.pk)]
    assert take(payer, given.pk, recharge.number) == given.pk


def test_the_refund_of_a_recharge_ends_a_used_card_and_deducts_what_it_saved(payer: Rich) -> None:
    given = card()
    package = RechargePackage.objects.create(name="充500送年卡", price=50_000, gift_card=given.pk)
    recharge = payer.recharged(package=package.pk)
    asker, approver = staff(Role.SERVICE), staff(Role.FINANCE)
    unused = preview_refund(recharge)
    assert (unused.card_used, unused.paid_back) == (0, 50_000)
    held = request_recharge_refund(actor=asker, number=recharge.number, reason="不想要了")
    record_use(period_id=periods(payer)[0].pk, order_number="O1", discount=1_200)

    with pytest.raises(RefundPreviewChanged) as refused:
        approvals.approve(actor=approver, approval_id=held.pk)
    assert refused.value.extra == {"paid_back": 48_800}
    assert periods(payer)[0].ended_at is None
    approvals.reject(actor=approver, approval_id=held.pk)
    said = " ".join(refund_sentences(preview_refund(recharge), has_card=True))
    assert "12.00" in said
    held = request_recharge_refund(actor=asker, number=recharge.number, reason="不想要了")
    approvals.approve(actor=approver, approval_id=held.pk)

    recharge.refresh_from_db()
    assert (recharge.refunded, recharge.gift_taken, recharge.gift_deducted) == (48_800, 0, 1_200)
    assert periods(payer)[0].end_reason == "recharge_gift_back"
    assert payer.balance == (0, 0)
    assert [*audit_wallet(), *audit_cards(), *audit_payments(), *audit_ledgers()] == []
