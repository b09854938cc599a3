"""Recharging: ordered, paid, credited once; late, doubled and unpaid ones."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from members.models import Member
from members.services.closing import close_account
from members.wallet.audit import audit_wallet
from members.wallet.jobs import expire_recharges
from members.wallet.models import Recharge, RechargePackage
from members.wallet.payable import KIND, RechargePayable
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.errors import NotFound
from shop.core.ledger import audit_ledgers
from shop.core.models import OutboxEvent
from shop.core.permissions import Role
from shop.payments.audit import audit_payments
from shop.payments.errors import RefundElsewhere
from shop.payments.models import CashAccount, Payment, Refund
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.refunds import request_refund
from shop.wechat.pay.types import Transaction
from tests.members.shoppers import Browser, fields_of, problem
from tests.members.wallet.purses import Rich, ask_wechat, attempt_of, set_to, settle
from tests.orders.staff import staff

Shift = Callable[[float], None]


def package(**changes: Any) -> RechargePackage:
    values = {"name": "充100送10", "price": 10_000, "gift_money": 1_000, **changes}
    return RechargePackage.objects.create(**values)


def consistent() -> bool:
    return [*audit_wallet(), *audit_payments(), *audit_ledgers()] == []


def cash() -> int:
    return sum(CashAccount.objects.values_list("balance", flat=True))


def confirm(recharge: Recharge, transaction_id: str = "4200000000000000000000000001", **changes: Any) -> Any:
    """WeChat reports the recharge's number as paid."""
    attempt = attempt_of(recharge)
    values = {
        "out_trade_no": attempt.out_trade_no,
        "transaction_id": transaction_id,
        "trade_state": "SUCCESS",
        "trade_state_desc": "",
        "trade_type": "JSAPI",
        "amount_total": attempt.amount,
        "payer_total": attempt.amount,
        "currency": "CNY",
        "payer_openid": attempt.openid,
        "success_time": attempt.created_at,
        "bank_type": "OTHERS",
        "attach": "",
        "appid": attempt.appid,
        "mchid": attempt.mchid,
        **changes,
    }
    return confirm_attempt(transaction=Transaction(**values), source="query")


def test_the_offer_lists_packages_and_free_amounts(phone: Browser) -> None:
    package(position=2)
    package(name="充50", price=5_000, gift_money=0, position=1)
    package(name="停售", is_active=False)
    anonymous = Browser().get("/recharge-packages").json()

    assert [(row["name"], row["price"], row["gift_money"]) for row in anonymous["results"]] == [
        ("充50", 5_000, 0),
        ("充100送10", 10_000, 1_000),
    ]
    assert anonymous["free"] == {"minimum": 100, "maximum": 500_000}
    assert anonymous["opening_gift"] is None
    set_to("recharge_free_amount", False)
    set_to("recharge_opening_gift_fen", 500)
    changed = Browser().get("/recharge-packages").json()
    assert (changed["free"], changed["opening_gift"]) == (None, {"amount": 500, "from": 0})


def test_a_paid_package_is_in_the_wallet_with_its_gift(payer: Rich) -> None:
    recharge, wechat = payer.started(package=package().pk)
    assert (recharge.state, payer.balance) == ("pending", (0, 0))
    assert recharge.member_id == payer.id

    payer.pay(wechat)
    ask_wechat(recharge)
    ask_wechat(recharge)

    recharge.refresh_from_db()
    assert (recharge.state, payer.balance, cash()) == ("paid", (10_000, 1_000), 10_000)
    assert payer.entries() == [
        ("principal", "recharge", 10_000, 10_000),
        ("gift", "recharge_gift", 1_000, 1_000),
    ]
    assert OutboxEvent.objects.get(name="members.recharge_paid").payload["gift"] == 1_000
    listed = payer.phone.get("/me/wallet/recharges").json()["results"]
    assert [(row["number"], row["state"], row["gift_money"]) for row in listed] == [
        (recharge.number, "paid", 1_000)
    ]
    assert payer.phone.get(f"/me/wallet/recharges/{recharge.number}").json() == listed[0]
    assert consistent()


def test_the_package_counts_as_it_was_when_it_was_ordered(payer: Rich) -> None:
    offered = package()
    recharge, wechat = payer.started(package=offered.pk)
    offered.price, offered.gift_money = 20_000, 9_000
    offered.save()
    offered.delete()

    payer.pay(wechat)
    ask_wechat(recharge)

    assert payer.balance == (10_000, 1_000)
    recharge.refresh_from_db()
    assert (recharge.package_id, recharge.package_name) == (None, "充100送10")


def test_a_free_amount_keeps_to_the_bounds(payer: Rich) -> None:
    for amount in (99, 500_001):
        answer = payer.recharge(amount=amount)
        assert problem(answer) == (400, "invalid_input")
        assert fields_of(answer) == [("amount", "out_of_range")]
    assert payer.recharged(amount=100).state == "paid"
    assert payer.balance == (100, 0)
    set_to("recharge_free_amount", False)
    assert problem(payer.recharge(amount=100)) == (409, "recharge_unavailable")


@pytest.mark.parametrize("body", [{}, {"package": 1, "amount": 100}, {"amount": 0}, {"amount": "1"}])
def test_a_body_names_one_of_both(payer: Rich, body: dict[str, Any]) -> None:
    assert problem(payer.recharge(**body)) == (400, "invalid_input")
    assert not Recharge.objects.exists()


def test_what_is_not_offered_is_refused(payer: Rich) -> None:
    assert problem(payer.recharge(package=99)) == (409, "recharge_unavailable")
    assert problem(payer.recharge(package=package(is_active=False).pk)) == (409, "recharge_unavailable")
    set_to("wallet_maximum_fen", 10_999)
    full = payer.recharge(package=package().pk)
    assert problem(full) == (409, "wallet_full")
    assert full.json()["maximum"] == 10_999


def test_a_package_for_once_is_bought_once(payer: Rich) -> None:
    offered = package(limit_per_member=1)
    first, _wechat = payer.started(package=offered.pk)
    refused = payer.recharge(package=offered.pk)
    assert problem(refused) == (409, "recharge_limited")
    assert refused.json()["limit"] == 1
    payer.phone.post(f"/me/wallet/recharges/{first.number}/cancel")
    assert payer.recharged(package=offered.pk).state == "paid"
    assert problem(payer.recharge(package=offered.pk)) == (409, "recharge_limited")


def test_the_first_recharge_earns_the_opening_gift_once(payer: Rich) -> None:
    set_to("recharge_opening_gift_fen", 500)
    set_to("recharge_opening_from_fen", 5_000)

    small, first, second = (payer.recharged(amount=amount) for amount in (4_999, 5_000, 5_000))

    assert [row.opening_gift for row in (small, first, second)] == [0, 500, 0]
    assert payer.balance == (14_999, 500)
    assert [row for row in payer.entries() if row[1] == "opening_gift"] == [
        ("gift", "opening_gift", 500, 500)
    ]
    assert consistent()


def test_the_same_key_is_one_recharge(payer: Rich) -> None:
    first, again = payer.recharge(key="one", amount=100), payer.recharge(key="one", amount=100)
    assert first.json() == again.json()
    assert problem(payer.recharge(key="one", amount=200)) == (422, "idempotency_key_reused")
    assert Recharge.objects.count() == 1


def test_a_request_that_wechat_did_not_answer_goes_on_with_its_recharge(payer: Rich) -> None:
    assert payer.sandbox is not None
    payer.sandbox.offline()
    assert problem(payer.recharge(key="one", amount=100)) == (503, "wechat_busy")
    payer.sandbox.offline(False)
    from shop.wechat import guard

    guard.breaker.cache_clear()

    answer = payer.recharge(key="one", amount=100)

    assert answer.status_code == 201
    assert Recharge.objects.get().number == answer.json()["number"]


def test_an_open_recharge_can_be_paid_later_and_cancelled(payer: Rich) -> None:
    recharge, _wechat = payer.started(amount=100)
    path = f"/me/wallet/recharges/{recharge.number}"
    again = payer.phone.post(f"{path}/payments", **{"Idempotency-Key": "later"})
    assert (again.status_code, again.json()["number"]) == (201, recharge.number)

    assert payer.phone.post(f"{path}/cancel").json()["state"] == "closed"

    assert problem(payer.phone.post(f"{path}/payments", **{"Idempotency-Key": "x"})) == (
        409,
        "payable_closed",
    )
    assert Payment.objects.get().state == "closed"
    assert consistent()


def test_another_members_recharge_is_not_found(payer: Rich, stranger: Browser) -> None:
    recharge, _wechat = payer.started(amount=100)
    path = f"/me/wallet/recharges/{recharge.number}"
    for answer in (
        stranger.get(path),
        stranger.post(f"{path}/cancel"),
        stranger.post(f"{path}/payments", **{"Idempotency-Key": "x"}),
    ):
        assert problem(answer) == (404, "not_found")
    assert stranger.get("/me/wallet/recharges").json()["results"] == []


def test_nothing_is_recharged_on_ios_unless_the_shop_says_so(payer: Rich) -> None:
    refused = payer.recharge(platform="iOS", amount=100)
    assert problem(refused) == (409, "ios_virtual_payment")
    assert not Recharge.objects.exists()
    assert payer.recharge(platform="android", amount=100).status_code == 201
    recharge = Recharge.objects.get()
    path = f"/me/wallet/recharges/{recharge.number}/payments"
    headers = {"Idempotency-Key": "x", "X-Client-Platform": "ios"}
    assert problem(payer.phone.post(path, **headers)) == (409, "ios_virtual_payment")
    set_to("ios_virtual_blocked", False)
    assert payer.recharge(platform="ios", amount=100).status_code == 201


def test_unpaid_recharges_expire(payer: Rich, shift_clock: Shift) -> None:
    started, wechat = payer.started(amount=100)
    payer.started(amount=200)
    assert expire_recharges() == 0
    shift_clock(1801)

    assert expire_recharges() == 2
    assert expire_recharges() == 0

    started.refresh_from_db()
    assert (started.state, started.close_reason) == ("closing", "expired")
    ask_wechat(started)
    started.refresh_from_db()
    assert (started.state, payer.balance) == ("closed", (0, 0))
    assert payer.sandbox is not None
    payer.sandbox.pay(dict(wechat), expect=409)


def test_money_that_comes_too_late_is_credited(payer: Rich) -> None:
    """A wallet is never sold out."""
    recharge, _wechat = payer.started(package=package().pk)
    payer.phone.post(f"/me/wallet/recharges/{recharge.number}/cancel")
    recharge.refresh_from_db()
    assert recharge.state == "closed"

    confirm(recharge)

    recharge.refresh_from_db()
    assert (recharge.state, recharge.closed_at, recharge.close_reason) == ("paid", None, "")
    assert (payer.balance, cash()) == ((10_000, 1_000), 10_000)
    assert consistent()


def test_money_for_a_closed_account_goes_back(payer: Rich) -> None:
    recharge, _wechat = payer.started(amount=100)
    payer.phone.post(f"/me/wallet/recharges/{recharge.number}/cancel")
    close_account(actor=Actor.member(payer.id), member_id=payer.id)

    confirm(recharge)

    assert payer.balance == (0, 0)
    assert [(row.kind, row.reason, row.amount) for row in Refund.objects.all()] == [
        ("late", "member_closed", 100)
    ]
    assert consistent()


def test_a_recharge_takes_one_payment_of_its_amount(payer: Rich) -> None:
    recharge = payer.recharged(amount=100)
    with transaction():
        twice = RechargePayable().confirm(number=recharge.number, payment_number="X", part="full", amount=100)
    other, _wechat = payer.started(amount=100)
    with transaction():
        wrong = RechargePayable().confirm(number=other.number, payment_number="X", part="full", amount=99)
    assert (twice.kept, twice.reason) == (False, "already_paid")
    assert (wrong.kept, wrong.reason) == (False, "price_changed")
    with pytest.raises(NotFound), transaction():
        RechargePayable().lock("ABSENT")
    assert payer.balance == (100, 0)


def test_a_recharge_is_not_refunded_like_any_payment(payer: Rich) -> None:
    payment = Payment.objects.get(payable_number=payer.recharged(amount=100).number)

    with pytest.raises(RefundElsewhere):
        request_refund(
            actor=staff(Role.FINANCE), payment_number=payment.number, amount=100, reason="r", reference="r"
        )

    assert (payer.balance, Refund.objects.count()) == ((100, 0), 0)


def test_what_the_payer_reads_in_wechat(payer: Rich) -> None:
    recharge, _wechat = payer.started(amount=100)
    with transaction():
        due = RechargePayable().lock(recharge.number)
    assert (due.amount, due.member_id, due.expires_at) == (100, payer.id, recharge.expires_at)
    assert RechargePayable().describe(recharge.number) == "余额充值"


def test_open_money_keeps_the_account_open(payer: Rich) -> None:
    recharge, _wechat = payer.started(amount=100)
    answer = payer.phone.delete("/me")
    assert problem(answer) == (409, "member_has_open_matters")
    assert {row["kind"] for row in answer.json()["open"]} == {"payment", "recharge"}
    payer.phone.post(f"/me/wallet/recharges/{recharge.number}/cancel")
    payer.given(gift=1)
    answer = payer.phone.delete("/me")
    assert {row["kind"] for row in answer.json()["open"]} == {"wallet"}
    assert Member.objects.get(pk=payer.id).state == "active"


def test_the_export_tells_it_all(payer: Rich) -> None:
    payer.recharged(amount=100)
    section = payer.phone.get("/me/export").json()["wallet"]
    assert (section["principal"], section["gift"]) == (100, 0)
    assert [row["reason"] for row in section["entries"]] == ["recharge"]
    assert [row["amount"] for row in section["recharges"]] == [100]


def test_the_audit_finds_what_does_not_add_up(payer: Rich) -> None:
    recharge = payer.recharged(package=package().pk)
    payer.given(principal=1)
    assert consistent()
    for change, kinds in (
        ("UPDATE members_recharge SET amount = 9999", {"recharge_entries", "recharge_payment"}),
        ("UPDATE members_recharge SET gift_money = 999", {"recharge_gift_entries"}),
        ("UPDATE members_recharge SET refunded = 5, state = 'refunding'", {"recharge_refund"}),
    ):
        with transaction(), connection.cursor() as cursor:
            cursor.execute(change)
            assert {finding.kind for finding in audit_wallet()} >= kinds
            cursor.execute(
                "UPDATE members_recharge SET amount = 10000, gift_money = 1000, refunded = 0, state = 'paid'"
            )
    assert consistent()
    assert KIND == "recharge"
    assert recharge.state == "paid"
    settle()
