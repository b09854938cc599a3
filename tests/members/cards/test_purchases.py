"""Buying cards: ordered, paid, opened once with their gift; late, doubled and impossible ones."""

from collections.abc import Callable

import pytest

from members.cards.jobs import expire_card_purchases
from members.cards.models import CardPurchase, MemberCardPeriod
from members.cards.payable import CardPayable
from members.services.closing import close_account
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.errors import NotFound
from shop.core.models import OutboxEvent
from shop.core.permissions import Role
from shop.payments.errors import RefundElsewhere
from shop.payments.models import Payment, Refund
from shop.payments.services.refunds import request_refund
from shop.wechat import guard
from tests.members.cards.holders import (
    ask_wechat,
    bought,
    buy,
    card,
    confirm,
    consistent,
    periods,
    started,
    trial,
    until,
)
from tests.members.shoppers import Browser, problem
from tests.members.wallet.purses import Rich, set_to
from tests.orders.staff import staff

Shift = Callable[[float], None]
DAY = 86_400


def test_the_offer_lists_what_is_sold(payer: Rich) -> None:
    card(position=2, opening_gift=500, renewal_gift=200)
    trial(position=1)
    card(name="停售", is_active=False)

    listed = Browser().get("/member-cards").json()["results"]

    assert [(row["name"], row["kind"], row["trial_days"]) for row in listed] == [
        ("体验卡", "trial", 7),
        ("年卡", "year", None),
    ]
    assert listed[0]["renewal_price"] == 100
    assert {name: listed[1][name] for name in ("price", "renewal_price", "discount_permille")} == {
        "price": 9_900,
        "renewal_price": 8_000,
        "discount_permille": 950,
    }
    assert (listed[1]["opening_gift"], listed[1]["renewal_gift"]) == (500, 200)
    set_to("cards_enabled", False)
    assert Browser().get("/member-cards").json() == {"results": []}
    assert problem(buy(payer, card())) == (409, "card_unavailable")


def test_a_paid_card_runs_with_its_gift(payer: Rich) -> None:
    purchase, wechat = started(payer, card(opening_gift=1_000))
    assert (purchase.state, purchase.amount, payer.balance, periods(payer)) == ("pending", 9_900, (0, 0), [])

    payer.pay(wechat)
    ask_wechat(purchase)
    ask_wechat(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, payer.balance) == ("paid", (0, 1_000))
    assert payer.entries() == [("gift", "card_opening_gift", 1_000, 1_000)]
    (period,) = periods(payer)
    assert (period.source, period.reference, period.gift_money) == ("purchase", purchase.number, 1_000)
    assert OutboxEvent.objects.get(name="members.card_opened").payload["gift"] == 1_000
    listed = payer.phone.get("/me/cards").json()["results"]
    assert [(row["name"], row["state"], row["origin"]) for row in listed] == [("年卡", "running", "purchase")]
    shown = payer.phone.get("/me/cards/purchases").json()["results"]
    assert [(row["number"], row["state"], row["order"]) for row in shown] == [(purchase.number, "paid", None)]
    assert payer.phone.get(f"/me/cards/purchases/{purchase.number}").json() == shown[0]
    assert consistent()


def test_a_purchase_keeps_the_card_as_it_was(payer: Rich) -> None:
    sold = card(opening_gift=1_000)
    purchase, wechat = started(payer, sold)
    sold.price, sold.opening_gift, sold.discount_permille, sold.kind = 1, 9, 500, "month"
    sold.save()

    payer.pay(wechat)
    ask_wechat(purchase)

    (period,) = periods(payer)
    assert (payer.balance[1], period.discount_permille, period.kind) == (1_000, 950, "year")


def test_a_renewal_extends_and_has_its_own_price_and_gift(payer: Rich) -> None:
    sold = card(kind="month", opening_gift=1_000, renewal_gift=300)
    bought(payer, sold)

    renewal = bought(payer, sold)

    assert (renewal.is_renewal, renewal.amount, renewal.gift_money) == (True, 8_000, 300)
    first, second = periods(payer)
    assert second.starts_at == first.ends_at
    assert [row[1:3] for row in payer.entries()] == [("card_opening_gift", 1_000), ("card_renewal_gift", 300)]
    assert consistent()


def test_cards_of_a_series_extend_each_other_and_others_do_not(payer: Rich) -> None:
    month = card(name="月卡", kind="month", series="plus", price=1_000)
    bought(payer, month)
    year = bought(payer, card(series="plus"))
    other = bought(payer, card(name="另一张"))

    first, apart, second = periods(payer)
    assert (year.is_renewal, other.is_renewal) == (True, False)
    assert second.starts_at == first.ends_at
    assert apart.card_name == "另一张"


def test_a_trial_is_had_once_and_does_not_make_a_renewal(payer: Rich, shift_clock: Shift) -> None:
    offered = trial(series="plus", opening_gift=50)
    bought(payer, offered)

    assert problem(buy(payer, offered)) == (409, "card_trial_used")
    assert problem(buy(payer, trial(name="另一张体验卡"))) == (409, "card_trial_used")
    year = bought(payer, card(series="plus", opening_gift=700))
    assert (year.is_renewal, year.amount) == (False, 9_900)
    assert [row[1] for row in payer.entries()] == ["card_trial_gift", "card_opening_gift"]
    shift_clock(400 * DAY)
    assert problem(buy(payer, offered)) == (409, "card_trial_used")


def test_a_free_trial_runs_at_once(payer: Rich) -> None:
    answer = buy(payer, trial(price=0), key="free")
    again = buy(payer, trial(price=0), key="free")

    assert (answer.status_code, answer.json()["payment"]) == (201, None)
    assert again.status_code == 422
    assert [period.kind for period in periods(payer)] == ["trial"]
    assert not Payment.objects.exists()
    assert consistent()


def test_two_trials_paid_at_once_leave_one(payer: Rich) -> None:
    """Both were ordered before either was paid: the second payment goes back."""
    offered = trial()
    first, one = started(payer, offered)
    second, two = started(payer, offered)
    payer.pay(one)
    ask_wechat(first)
    payer.pay(two)
    ask_wechat(second)

    assert MemberCardPeriod.objects.count() == 1
    assert [(row.kind, row.reason, row.amount) for row in Refund.objects.all()] == [
        ("late", "card_trial_used", 100)
    ]
    second.refresh_from_db()
    assert (second.state, second.paid_at) == ("pending", None)
    assert consistent()


def test_a_card_for_ever_is_enough(payer: Rich) -> None:
    bought(payer, card(kind="month", series="plus"))
    for_ever = card(name="永久卡", kind="forever", price=99_900, series="plus")
    bought(payer, for_ever)

    first, second = periods(payer)
    assert (second.starts_at, second.ends_at) == (first.ends_at, None)
    assert problem(buy(payer, for_ever)) == (409, "card_owned_forever")
    assert payer.phone.get("/me/cards").json()["results"][0]["ends_at"] is None


def test_the_same_key_is_one_purchase(payer: Rich) -> None:
    sold = card()
    first, again = buy(payer, sold, key="one"), buy(payer, sold, key="one")
    assert first.json() == again.json()
    assert problem(buy(payer, trial(), key="one")) == (422, "idempotency_key_reused")
    assert CardPurchase.objects.count() == 1


def test_a_request_that_wechat_did_not_answer_goes_on_with_its_purchase(payer: Rich) -> None:
    assert payer.sandbox is not None
    sold = card()
    payer.sandbox.offline()
    assert problem(buy(payer, sold, key="one")) == (503, "wechat_busy")
    payer.sandbox.offline(False)
    guard.breaker.cache_clear()

    answer = buy(payer, sold, key="one")

    assert answer.status_code == 201
    assert CardPurchase.objects.get().number == answer.json()["number"]


def test_what_is_not_sold_is_refused(payer: Rich) -> None:
    assert problem(buy(payer, card(is_active=False))) == (409, "card_unavailable")
    unknown = payer.phone.post("/me/cards", {"card": 10**9}, **{"Idempotency-Key": "x"})
    assert problem(unknown) == (409, "card_unavailable")
    assert problem(payer.phone.post("/me/cards", {"card": 1})) == (400, "idempotency_key_required")
    assert not CardPurchase.objects.exists()


def test_no_card_is_sold_on_ios_unless_the_shop_says_so(payer: Rich) -> None:
    sold = card()
    assert problem(buy(payer, sold, platform="iOS")) == (409, "ios_virtual_payment")
    assert not CardPurchase.objects.exists()
    assert buy(payer, sold, platform="android").status_code == 201
    path = f"/me/cards/purchases/{CardPurchase.objects.get().number}/payments"
    headers = {"Idempotency-Key": "x", "X-Client-Platform": "ios"}
    assert problem(payer.phone.post(path, **headers)) == (409, "ios_virtual_payment")
    set_to("ios_virtual_blocked", False)
    assert buy(payer, sold, platform="ios").status_code == 201


def test_an_open_purchase_can_be_paid_later_and_cancelled(payer: Rich) -> None:
    purchase, _wechat = started(payer, card())
    path = f"/me/cards/purchases/{purchase.number}"
    again = payer.phone.post(f"{path}/payments", **{"Idempotency-Key": "later"})
    assert (again.status_code, again.json()["number"]) == (201, purchase.number)

    assert payer.phone.post(f"{path}/cancel").json()["state"] == "closed"

    refused = payer.phone.post(f"{path}/payments", **{"Idempotency-Key": "x"})
    assert problem(refused) == (409, "payable_closed")
    assert consistent()


def test_another_members_purchase_is_not_found(payer: Rich, stranger: Browser) -> None:
    purchase, _wechat = started(payer, card())
    path = f"/me/cards/purchases/{purchase.number}"
    for answer in (
        stranger.get(path),
        stranger.post(f"{path}/cancel"),
        stranger.post(f"{path}/payments", **{"Idempotency-Key": "x"}),
    ):
        assert problem(answer) == (404, "not_found")
    assert stranger.get("/me/cards/purchases").json()["results"] == []


def test_unpaid_purchases_expire(payer: Rich, shift_clock: Shift) -> None:
    purchase, wechat = started(payer, card())
    assert expire_card_purchases() == 0
    shift_clock(1801)
    assert expire_card_purchases() == 1
    assert expire_card_purchases() == 0
    purchase.refresh_from_db()
    assert (purchase.state, purchase.close_reason) == ("closing", "expired")
    ask_wechat(purchase)
    purchase.refresh_from_db()
    assert purchase.state == "closed"
    assert payer.sandbox is not None
    payer.sandbox.pay(dict(wechat), expect=409)


def test_money_that_comes_too_late_opens_the_card(payer: Rich) -> None:
    purchase, _wechat = started(payer, card(opening_gift=100))
    payer.phone.post(f"/me/cards/purchases/{purchase.number}/cancel")

    confirm(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.closed_at, purchase.close_reason) == ("paid", None, "")
    assert (len(periods(payer)), payer.balance) == (1, (0, 100))
    assert consistent()


def test_money_for_a_closed_account_goes_back(payer: Rich) -> None:
    purchase, _wechat = started(payer, card())
    payer.phone.post(f"/me/cards/purchases/{purchase.number}/cancel")
    close_account(actor=Actor.member(payer.id), member_id=payer.id)

    confirm(purchase)

    assert periods(payer) == []
    assert [(row.kind, row.reason, row.amount) for row in Refund.objects.all()] == [
        ("late", "member_closed", 9_900)
    ]
    assert consistent()


def test_a_purchase_takes_one_payment_of_its_amount(payer: Rich) -> None:
    purchase = bought(payer, card(opening_gift=100))
    with transaction():
        twice = CardPayable().confirm(
            number=purchase.number, payment_number="X", part="full", amount=purchase.amount
        )
    other, _wechat = started(payer, card())
    with transaction():
        wrong = CardPayable().confirm(number=other.number, payment_number="X", part="full", amount=1)
    assert (twice.kept, twice.reason) == (False, "already_paid")
    assert (wrong.kept, wrong.reason) == (False, "price_changed")
    with pytest.raises(NotFound), transaction():
        CardPayable().lock("ABSENT")
    assert (len(periods(payer)), payer.balance) == (1, (0, 100))


def test_a_card_is_not_refunded_like_any_payment(payer: Rich) -> None:
    payment = Payment.objects.get(payable_number=bought(payer, card()).number)
    with pytest.raises(RefundElsewhere):
        request_refund(
            actor=staff(Role.FINANCE), payment_number=payment.number, amount=100, reason="r", reference="r"
        )
    assert not Refund.objects.exists()


def test_open_money_keeps_the_account_open_and_the_export_tells_it_all(payer: Rich) -> None:
    purchase, _wechat = started(payer, card())
    answer = payer.phone.delete("/me")
    assert problem(answer) == (409, "member_has_open_matters")
    assert {row["kind"] for row in answer.json()["open"]} == {"payment", "card"}
    section = payer.phone.get("/me/export").json()["cards"]
    assert [row["number"] for row in section["purchases"]] == [purchase.number]
    bought(payer, trial())
    section = payer.phone.get("/me/export").json()["cards"]
    assert [(row["card_name"], row["source"]) for row in section["periods"]] == [("体验卡", "purchase")]
    assert until(periods(payer)[0]).endswith("00:00")
