"""A card as a gift: given once, taken back unless used, never in the way of what gives it."""

import pytest

from members.cards.models import CardUse, MemberCardPeriod
from members.cards.services.uses import record_use
from members.gifts import Gifts, grant_gifts, take_back_gifts
from members.wallet.errors import GiftUnavailable
from members.wallet.models import RechargePackage
from shop.core.db import transaction
from tests.members.cards.holders import card, periods, trial
from tests.members.wallet.purses import Rich

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


def test_it_is_taken_back_once_unless_it_was_used(rich: Rich) -> None:
    given = card()
    give(rich, given.pk)
    assert (take(rich, given.pk), take(rich, given.pk)) == (given.pk, given.pk)
    assert periods(rich)[0].end_reason == "recharge_gift_back"
    assert take(rich, given.pk, "R9") == 0
    give(rich, given.pk, "R2")
    used = MemberCardPeriod.objects.get(ended_at__isnull=True)
    record_use(period_id=used.pk, order_number="O1", discount=5)
    assert take(rich, given.pk, "R2") == 0
    used.refresh_from_db()
    assert (used.ended_at, CardUse.objects.count()) == (None, 1)


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
