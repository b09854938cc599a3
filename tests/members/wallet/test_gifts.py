"""Bundles of gifts, and the quiet corners of recharging."""

import pytest

from members.gifts import Gifts, available_gifts, check_gifts, grant_gifts, take_back_gifts
from members.wallet.errors import GiftUnavailable
from members.wallet.handlers import refund_arrived
from members.wallet.models import Recharge
from members.wallet.rules import Split, recharge_refund
from members.wallet.services import recharges
from members.wallet.services.recharges import RechargeWish, create_recharge
from members.wallet.wording import reason_text, refund_sentences
from tests.members.wallet.purses import Rich


@pytest.fixture(autouse=True)
def only_money(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.gifts.GIFT_KINDS", ("members.wallet.giving.GiftMoney",))


def test_a_bundle_is_granted_once_and_taken_back_up_to_what_is_left(rich: Rich) -> None:
    bundle = Gifts(money=700)
    for _time in range(2):
        grant_gifts(member_id=rich.id, gifts=bundle, reason="card_gift", reference="C1")
    assert rich.balance == (10_000, 3_700)

    taken = take_back_gifts(member_id=rich.id, gifts=Gifts(money=5_000), reference="C1")

    assert taken == Gifts(money=3_700)
    assert rich.balance == (10_000, 0)
    assert take_back_gifts(member_id=rich.id, gifts=Gifts(), reference="C2") == Gifts()


def test_what_no_room_gives_cannot_be_promised(rich: Rich) -> None:
    assert available_gifts() == {"money"}
    assert (bool(Gifts()), bool(Gifts(card=3))) == (False, True)
    for gifts, kind in ((Gifts(card=3), "card"), (Gifts(money=1, growth=1), "growth")):
        with pytest.raises(GiftUnavailable) as refused:
            check_gifts(gifts)
        assert refused.value.extra == {"kind": kind}
        with pytest.raises(GiftUnavailable):
            grant_gifts(member_id=rich.id, gifts=gifts, reference="C1")
    assert rich.balance == (10_000, 3_000)


def test_a_recharge_that_ended_meanwhile_does_not_expire(rich: Rich) -> None:
    recharge = create_recharge(member_id=rich.id, wish=RechargeWish(amount=100))
    Recharge.objects.filter(pk=recharge.pk).update(state="closed")

    assert recharges._expire(number=recharge.number) is False

    assert Recharge.objects.get().closed_at is None


@pytest.mark.parametrize(
    ("kind", "refund"), [("order", "requested"), ("recharge", "duplicate"), ("recharge", "requested")]
)
def test_refunds_that_are_not_a_recharges_own_change_nothing(rich: Rich, kind: str, refund: str) -> None:
    """Another payable's, a duplicate's, and one that staff never began here."""
    recharge = create_recharge(member_id=rich.id, wish=RechargeWish(amount=100))

    refund_arrived({"payable_kind": kind, "kind": refund, "payable_number": recharge.number})

    assert Recharge.objects.get().state == "pending"


def test_a_refund_in_words() -> None:
    plain = recharge_refund(amount=100, gift_given=0, balance=Split(100, 0))
    spent = recharge_refund(amount=100, gift_given=50, balance=Split(100, 20))
    assert (len(refund_sentences(plain)), len(refund_sentences(spent))) == (2, 5)
    assert "0.30" in refund_sentences(spent)[2]
    assert reason_text("unheard_of") == "unheard_of"
