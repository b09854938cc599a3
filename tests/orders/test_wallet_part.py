"""Orders of which the wallet pays a part, or all: the money is in exactly one place at any time."""

import os
import signal
from collections.abc import Callable, Iterator
from unittest import mock

import pytest

from catalog.models import Sku
from catalog.services.stock import Demand, reserve_stock
from members.models import MemberFacts
from members.wallet.audit import audit_wallet
from members.wallet.models import GIFT, PRINCIPAL, WalletPassword, WalletSpend
from members.wallet.port import MemberWallet
from members.wallet.queries import balance_of
from members.wallet.services.accounts import open_accounts
from members.wallet.services.authority import issue_token
from members.wallet.services.spending import debit_wallet
from orders import jobs
from orders.audit import audit_orders
from orders.models import Order
from orders.pricing import Delivery
from orders.services.cancelling import cancel_order
from orders.services.placing import place_order
from orders.services.quoting import OrderRequest, Want
from shop.core import clock, db
from shop.core.actors import Actor
from shop.core.errors import InsufficientBalance
from shop.core.ledger import audit_ledgers
from shop.payments.audit import audit_payments
from shop.payments.errors import PaymentNotPaid
from shop.payments.jobs import advance_refunds
from shop.payments.models import CashAccount, Payment, Refund
from shop.payments.services.closing import close_payable
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.refunds import request_refund
from shop.wechat.pay.types import Transaction
from tests.catalog.factories import SYSTEM, make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import Buyer, ask_wechat, attempt_of, counters, fresh, settle, standing, timeline
from tests.orders.test_paying import _AsShopper, closed_but_paid, late_money
from tests.payments.shopper import reported
from tests.processes import Child
from tests.shopfloor import subscriptions
from tests.storms import raised, storm

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def members_wallet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "WALLET", "members.wallet.port.MemberWallet")


def piece(**fields: int) -> Sku:
    """51.00 and 8.00 of freight: an order of one piece is 59.00."""
    return make_sku(price=5_100, **fields)


@pytest.fixture
def rich(payer: Buyer) -> Buyer:
    """20.00 of principal and 10.00 of gift money."""
    open_accounts(payer.member.pk)
    PRINCIPAL.post(account_id=payer.member.pk, amount=2_000, reason="adjustment", reference="1")
    GIFT.post(account_id=payer.member.pk, amount=1_000, reason="adjustment", reference="1")
    return payer


def money(buyer: Buyer) -> tuple[int, int, int]:
    """Principal, gift, and what WeChat holds for the shop."""
    balance = balance_of(buyer.member.pk)
    return balance.principal, balance.gift, sum(CashAccount.objects.values_list("balance", flat=True))


def consistent() -> bool:
    found = [*audit_orders(), *audit_payments(), *audit_wallet(), *audit_ledgers()]
    return found == []


def parts(order: Order) -> list[tuple[str, str, int, int]]:
    rows = Payment.objects.filter(payable_number=order.number).order_by("pk")
    return [(row.part, row.disposition, row.captured, row.refunded) for row in rows]


def test_a_quote_says_what_the_wallet_pays(rich: Buyer) -> None:
    sku = piece()
    plain, wallet = rich.quote((sku, 1)).json(), rich.quote((sku, 1), use_wallet=True).json()

    assert (plain["wallet_amount"], plain["due"], plain["wallet_token_required"]) == (0, 5_900, False)
    assert (wallet["payable"], wallet["wallet_amount"], wallet["due"]) == (5_900, 3_000, 2_900)
    assert money(rich) == (2_000, 1_000, 0)


def test_the_wallet_pays_what_it_can_and_wechat_the_rest(rich: Buyer) -> None:
    sku = piece(stock=5)
    answer = rich.order((sku, 1), use_wallet=True).json()
    order = Order.objects.get(number=answer["number"])

    assert (answer["status"], answer["due"], answer["wallet_amount"], answer["paid"]) == (
        "pending_payment",
        2_900,
        3_000,
        0,
    )
    assert money(rich) == (0, 0, 0)
    assert parts(order) == [("wallet", "held", 3_000, 0)]
    assert consistent()

    started = rich.start(order)
    assert started.json()["amount"] == 2_900
    rich.pay_at_wechat(order, started)
    ask_wechat(order)
    settle()

    assert standing(order) == ("awaiting_shipment", "paid")
    assert (fresh(order).paid, fresh(order).due) == (5_900, 2_900)
    assert parts(order) == [("wallet", "kept", 3_000, 0), ("full", "kept", 2_900, 0)]
    assert money(rich) == (0, 0, 2_900)
    assert order.events.get(kind="paid").data == {"amount": 5_900, "wallet": 3_000}
    assert MemberFacts.objects.get(pk=rich.member.pk).total_spent == 5_900
    shown = rich.show(order).json()
    assert shown["merchant_trade_no"]
    assert (shown["due"], shown["paid"]) == (0, 5_900)
    assert consistent()


def test_an_order_that_the_wallet_pays_whole_is_paid_at_once(rich: Buyer) -> None:
    PRINCIPAL.post(account_id=rich.member.pk, amount=4_000, reason="adjustment", reference="2")
    sku = piece(stock=5)

    answer = rich.order((sku, 1), use_wallet=True).json()

    order = Order.objects.get(number=answer["number"])
    settle()
    assert (answer["status"], answer["due"], answer["paid"]) == ("awaiting_shipment", 0, 5_900)
    assert parts(order) == [("wallet", "kept", 5_900, 0)]
    assert money(rich) == (100, 1_000, 0)
    assert problem(rich.start(order)) == (409, "already_paid")
    assert rich.show(order).json()["merchant_trade_no"] == ""
    assert consistent()

    cancel_order(actor=rich.actor, number=order.number)
    settle()
    assert standing(order) == ("refunded", "refunded")
    assert money(rich) == (6_000, 1_000, 0)
    assert consistent()


def test_an_empty_wallet_makes_an_ordinary_order(payer: Buyer) -> None:
    order = payer.placed((piece(), 1), use_wallet=True)

    assert (order.wallet_amount, order.due) == (0, 5_900)
    assert not Payment.objects.exists()


def test_an_unpaid_order_gives_its_wallet_part_back_in_the_same_split(rich: Buyer) -> None:
    sku = piece(stock=5)
    order = rich.placed((sku, 1), use_wallet=True)

    cancel_order(actor=rich.actor, number=order.number)
    settle()

    assert standing(order) == ("closed", "unpaid")
    assert (fresh(order).paid, fresh(order).refunded) == (0, 0)
    assert parts(order) == [("wallet", "returned", 3_000, 3_000)]
    assert money(rich) == (2_000, 1_000, 0)
    assert counters(sku) == (5, 0)
    assert timeline(order) == ["placed", "closed", "refunded"]
    cancel_order(actor=rich.actor, number=order.number)
    assert money(rich) == (2_000, 1_000, 0)
    assert consistent()


def test_an_expired_order_gives_it_back_once_wechat_has_closed_the_number(
    rich: Buyer, shift_clock: Shift
) -> None:
    order = rich.placed((piece(), 1), use_wallet=True)
    rich.start(order)
    shift_clock(1801)

    jobs.expire_orders()
    assert standing(order) == ("closing", "unpaid")
    assert money(rich) == (0, 0, 0)
    assert consistent()
    ask_wechat(order)

    assert standing(order) == ("closed", "unpaid")
    assert money(rich) == (2_000, 1_000, 0)
    assert consistent()


def test_money_found_while_closing_keeps_both_parts(rich: Buyer, shift_clock: Shift) -> None:
    order = rich.placed((piece(), 1), use_wallet=True)
    rich.pay_at_wechat(order)
    shift_clock(1801)
    jobs.expire_orders()

    ask_wechat(order)

    assert standing(order) == ("awaiting_shipment", "paid")
    assert money(rich) == (0, 0, 2_900)
    assert consistent()


def test_late_money_takes_the_wallet_part_once_more(rich: Buyer) -> None:
    """Although a payment password was set meanwhile: the member agreed when the order was placed."""
    order = rich.placed((piece(stock=1), 1), use_wallet=True)
    closed_but_paid(rich, order)
    assert money(rich) == (2_000, 1_000, 0)
    WalletPassword.objects.create(member=rich.member, password="!", changed_at=clock.now())

    late_money(rich, order)

    assert standing(order) == ("awaiting_shipment", "paid")
    assert fresh(order).paid == 5_900
    assert money(rich) == (0, 0, 2_900)
    assert parts(order) == [
        ("wallet", "returned", 3_000, 3_000),
        ("full", "kept", 2_900, 0),
        ("wallet", "kept", 3_000, 0),
    ]
    assert consistent()


def test_late_money_goes_back_when_the_wallet_part_was_spent(rich: Buyer) -> None:
    sku = piece(stock=1)
    order = rich.placed((sku, 1), use_wallet=True)
    closed_but_paid(rich, order)
    other = rich.placed((make_sku(price=100), 1), use_wallet=True)
    assert standing(other) == ("awaiting_shipment", "paid")

    late_money(rich, order)

    assert standing(order) == ("closed", "unpaid")
    assert counters(sku) == (1, 0)
    assert money(rich) == (1_100, 1_000, 2_900)
    assert [(row.kind, row.reason) for row in Refund.objects.filter(kind="late")] == [
        ("late", "wallet_spent")
    ]
    assert timeline(order)[-1] == "payment_returned"
    assert consistent()


def test_late_money_goes_back_when_the_goods_are_gone(rich: Buyer) -> None:
    sku = piece(stock=1)
    order = rich.placed((sku, 1), use_wallet=True)
    closed_but_paid(rich, order)
    reserve_stock(reference="ELSE", demands=[Demand(sku.pk, 1)], expires_at=None, actor=SYSTEM)

    late_money(rich, order)

    assert standing(order) == ("closed", "unpaid")
    assert money(rich) == (2_000, 1_000, 2_900)
    assert Refund.objects.get(kind="late").reason == "sold_out"
    assert consistent()


def test_cancelling_a_paid_order_returns_both_parts(rich: Buyer, shift_clock: Shift) -> None:
    sku = piece(stock=5)
    order = rich.paid((sku, 1), use_wallet=True)

    cancel_order(actor=rich.actor, number=order.number)
    settle()
    assert standing(order) == ("closed", "partly_refunded")
    assert money(rich) == (2_000, 1_000, 2_900)
    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()

    assert standing(order) == ("refunded", "refunded")
    assert (fresh(order).paid, fresh(order).refunded) == (5_900, 5_900)
    assert money(rich) == (2_000, 1_000, 0)
    assert counters(sku) == (5, 0)
    assert MemberFacts.objects.get(pk=rich.member.pk).total_spent == 0
    assert consistent()


def test_a_second_payment_of_the_rest_goes_back_and_the_wallet_pays_once(rich: Buyer) -> None:
    order = rich.placed((piece(), 1), use_wallet=True)
    rich.pay_at_wechat(order)
    ask_wechat(order)
    ask_wechat(order)
    settle()
    assert WalletSpend.objects.count() == 1
    assert money(rich) == (0, 0, 2_900)
    assert consistent()


def test_the_rest_may_be_paid_from_a_refilled_wallet(rich: Buyer) -> None:
    order = rich.placed((piece(), 1), use_wallet=True)
    PRINCIPAL.post(account_id=rich.member.pk, amount=2_900, reason="adjustment", reference="2")

    answer = rich.start(order, method="wallet")

    assert (answer.status_code, answer.json()["amount"]) == (201, 2_900)
    assert parts(order) == [("wallet", "kept", 3_000, 0), ("full", "kept", 2_900, 0)]
    assert money(rich) == (0, 0, 0)
    assert consistent()


def test_held_money_cannot_be_refunded_by_hand(rich: Buyer) -> None:
    order = rich.placed((piece(), 1), use_wallet=True)
    part = Payment.objects.get(payable_number=order.number)

    with pytest.raises(PaymentNotPaid):
        request_refund(
            actor=Actor.system("tests"), payment_number=part.number, amount=1, reason="r", reference="r"
        )

    assert money(rich) == (0, 0, 0)


def test_the_payment_password_is_asked_for(rich: Buyer) -> None:
    password = WalletPassword.objects.create(member=rich.member, password="!", changed_at=clock.now())
    sku = piece(stock=5)

    assert rich.quote((sku, 1), use_wallet=True).json()["wallet_token_required"] is True
    assert problem(rich.order((sku, 1), use_wallet=True)) == (409, "wallet_token_required")
    assert problem(rich.order((sku, 1), use_wallet=True, wallet_token="x")) == (409, "wallet_token_invalid")
    assert (Order.objects.count(), counters(sku), money(rich)) == (0, (5, 0), (2_000, 1_000, 0))

    answer = rich.order((sku, 1), use_wallet=True, wallet_token=issue_token(password))
    assert answer.status_code == 201
    assert money(rich) == (0, 0, 0)
    assert WalletSpend.objects.get().verified


def test_money_that_went_elsewhere_this_instant_refuses_the_order(
    rich: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = piece(stock=5)

    def spend_first(*args: object, **kwargs: object) -> None:
        debit_wallet(member_id=rich.member.pk, amount=1, payment_number="ELSE")
        reserve_stock(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("orders.services.placing.reserve_stock", spend_first)

    assert problem(rich.order((sku, 1), use_wallet=True)) == (409, "insufficient_balance")
    assert (Order.objects.count(), counters(sku), money(rich)) == (0, (5, 0), (2_000, 1_000, 0))


def test_virtual_goods_are_not_sold_on_ios(rich: Buyer) -> None:
    sku = make_sku(is_virtual=True)
    body = {**rich.body((sku, 1), delivery="virtual"), "expected_payable": 5_900}
    ios = {"X-Client-Platform": "ios"}

    quote = rich.phone.post("/checkout/quote", rich.body((sku, 1), delivery="virtual"), **ios)
    assert [item["code"] for item in quote.json()["warnings"]] == ["ios_virtual_payment"]
    refused = rich.phone.post("/orders", body, **{"Idempotency-Key": "ios"}, **ios)
    assert problem(refused) == (409, "ios_virtual_payment")
    assert rich.phone.post("/orders", body, **{"Idempotency-Key": "any"}).status_code == 201


def told_by_wechat(buyer: Buyer, order: Order) -> Transaction:
    """Start paying; return what WeChat will say of the payment."""
    buyer.start(order)
    attempt = attempt_of(order)
    with mock.patch("tests.payments.shopper.attempt_of", return_value=attempt):
        return reported(_AsShopper(attempt.openid), None)  # type: ignore[arg-type]


def place_and_die(member_id: int, address_id: int, sku_id: int) -> None:
    """Place an order with the wallet and be killed before it commits; run by ``tests.processes``."""
    subscriptions.WALLET = "members.wallet.port.MemberWallet"
    from shop.payments.services import wallet_parts

    debit = MemberWallet().debit

    class Killer:
        def debit(self, **kwargs: object) -> None:
            debit(**kwargs)  # type: ignore[arg-type]
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(wallet_parts, "wallet", Killer)  # noqa: B010  not exported, and replaced in this process only
    request = OrderRequest((Want(sku_id, 1),), Delivery.EXPRESS, address_id, use_wallet=True)
    place_order(actor=Actor.member(member_id), request=request, expected_payable=5_900)


@pytest.fixture
def victim(rich: Buyer) -> Iterator[Child]:
    sku = piece(stock=5)
    child = Child(
        "tests.orders.test_wallet_part.place_and_die",
        member_id=rich.member.pk,
        address_id=rich.address_id,
        sku_id=sku.pk,
    )
    child.wait_until_ready()
    yield child
    if child.process.poll() is None:
        child.kill()


def test_kill_9_after_the_debit_leaves_the_money_in_the_wallet(rich: Buyer, victim: Child) -> None:
    victim.go()
    victim.process.wait(60)

    assert victim.process.returncode == -signal.SIGKILL
    assert Order.objects.count() == 0
    assert money(rich) == (2_000, 1_000, 0)
    assert consistent()


def test_twenty_orders_at_once_spend_the_wallet_once(rich: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)
    sku = piece(stock=100)
    request = OrderRequest((Want(sku.pk, 1),), Delivery.EXPRESS, rich.address_id, use_wallet=True)

    results = storm(
        lambda _n: place_order(actor=rich.actor, request=request, expected_payable=5_900), threads=20
    )

    assert {type(error) for error in raised(results)} <= {InsufficientBalance}
    assert sum(Order.objects.values_list("wallet_amount", flat=True)) == 3_000
    assert Payment.objects.filter(disposition="held").count() == 1
    assert money(rich) == (0, 0, 0)
    assert counters(sku) == (100, Order.objects.count())
    assert consistent()


def test_a_cancel_and_a_payment_at_once_end_in_one_truth(
    rich: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)
    sku = piece(stock=5)
    order = rich.placed((sku, 1), use_wallet=True)
    told = told_by_wechat(rich, order)

    def either(number: int) -> object:
        if number % 2:
            return confirm_attempt(transaction=told, source="callback")
        return close_payable(
            actor=rich.actor, payable_kind="order", payable_number=order.number, reason="member"
        )

    storm(either, threads=20)
    settle()

    assert standing(order) == ("awaiting_shipment", "paid")
    assert money(rich) == (0, 0, 2_900)
    assert counters(sku) == (5, 1)
    assert consistent()


@pytest.mark.parametrize("disposition", ["kept", "returned"])
def test_the_audit_finds_a_part_that_does_not_fit_its_order(rich: Buyer, disposition: str) -> None:
    order = rich.placed((piece(), 1), use_wallet=True)
    assert consistent()
    Payment.objects.filter(payable_number=order.number).update(disposition=disposition)
    assert "wallet_part" in {finding.kind for finding in audit_orders()}
