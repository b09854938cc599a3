"""Paying: one payment per order, confirmed once, kept only for goods that are still there."""

from collections.abc import Callable
from unittest import mock

import pytest

from catalog.services.stock import Demand, reserve_stock
from members.models import MemberFacts, WechatIdentity
from orders import jobs
from orders.audit import audit_orders
from orders.models import Order
from orders.payable import OrderPayable
from shop.core.db import transaction
from shop.core.errors import NotFound
from shop.payments.audit import audit_payments
from shop.payments.jobs import advance_refunds
from shop.payments.models import Payment, Refund
from shop.payments.services.closing import pursue_closing
from shop.payments.services.confirm import confirm_attempt
from tests.catalog.factories import SYSTEM, make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import (
    Buyer,
    ask_wechat,
    attempt_of,
    counters,
    fresh,
    held,
    settle,
    standing,
    timeline,
)
from tests.orders.test_quote import make_store
from tests.payments.shopper import reported

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)


def consistent() -> bool:
    return [*audit_orders(), *audit_payments()] == []


def test_a_paid_order_waits_for_shipment(payer: Buyer) -> None:
    sku = make_sku(stock=5)
    order = payer.placed((sku, 2))
    started = payer.start(order)
    payer.pay_at_wechat(order, started)

    ask_wechat(order)
    settle()

    assert started.status_code == 201
    assert started.json()["amount"] == order.due == 11800
    assert set(started.json()["wechat"]) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert standing(order) == ("awaiting_shipment", "paid")
    order = fresh(order)
    assert (order.paid, order.refunded, order.pickup_code) == (11800, 0, None)
    assert (counters(sku), held(order)) == ((5, 2), [(2, 0, 0, "committed")])
    assert timeline(order) == ["placed", "paid"]
    body = payer.show(order).json()
    assert (body["due"], body["paid"], body["actions"]) == (0, 11800, ["cancel", "remind"])
    assert body["merchant_trade_no"] == attempt_of(order).out_trade_no
    facts = MemberFacts.objects.get()
    assert (facts.orders_paid, facts.total_spent) == (1, 11800)
    assert consistent()


def test_the_open_payment_is_handed_out_again(payer: Buyer) -> None:
    order = payer.placed((make_sku(), 1))
    first, again = payer.start(order, key="a"), payer.start(order, key="b")
    replay = payer.start(order, key="a")

    assert first.json()["number"] == again.json()["number"] == replay.json()["number"]
    assert first.json() == replay.json()
    assert first.json()["wechat"]["package"] == again.json()["wechat"]["package"]
    assert Payment.objects.count() == 1


def test_a_confirmation_that_comes_twice_counts_once(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    ask_wechat(order)
    settle()
    assert timeline(order) == ["placed", "paid"]
    assert fresh(order).paid == 6700
    assert problem(payer.start(order)) == (409, "already_paid")


def test_a_pick_up_order_gets_its_code_when_it_is_paid(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1), delivery="pickup", store=make_store().pk)

    body = payer.show(order).json()

    assert body["status"] == "awaiting_pickup"
    assert len(body["pickup"]["code"]) == 12
    assert body["pickup"]["code"].isdigit()
    assert body["pickup"]["code"] in body["pickup"]["qr"]
    assert body["actions"] == ["cancel"]


def test_the_payer_reads_the_first_title_and_that_there_is_more(payer: Buyer) -> None:
    one, two = make_sku(title="纯棉短袖T恤"), make_sku(title="马克杯")
    payable = OrderPayable()
    with transaction():
        single = payable.describe(payer.placed((one, 1)).number)
        both = payable.describe(payer.placed((one, 1), (two, 1)).number)
    assert single == "纯棉短袖T恤"
    assert both.startswith("纯棉短袖T恤")
    assert "1" in both


def test_without_a_wallet_paying_by_it_is_refused(payer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.shopfloor.subscriptions.WALLET", None)
    order = payer.placed((make_sku(), 1))
    assert problem(payer.start(order, method="wallet")) == (409, "wallet_unavailable")
    assert standing(order) == ("pending_payment", "unpaid")
    assert Payment.objects.count() == 0


def test_a_wallet_pays_at_once_where_there_is_one(payer: Buyer) -> None:
    from tests.shopfloor.models import PURSE, PurseAccount

    order = payer.placed((make_sku(), 1))
    PurseAccount.objects.create(pk=payer.member.pk)
    PURSE.post(account_id=payer.member.pk, amount=6700, reason="gift", reference="x")

    started = payer.start(order, method="wallet")

    assert (started.status_code, started.json()["wechat"]) == (201, None)
    assert standing(order) == ("awaiting_shipment", "paid")
    cancelled = payer.phone.post(f"/orders/{order.number}/cancel")
    settle()
    assert cancelled.status_code == 202
    assert standing(order) == ("refunded", "refunded")
    assert PurseAccount.objects.get().balance == 6700
    assert consistent()


def test_another_members_order_cannot_be_paid(payer: Buyer, stranger: Buyer) -> None:
    order = payer.placed((make_sku(), 1))
    for method in ("wechat", "wallet"):
        assert problem(stranger.start(order, method=method)) == (404, "not_found")
    assert Payment.objects.count() == 0


def test_a_member_without_wechat_identity_is_told(payer: Buyer) -> None:
    order = payer.placed((make_sku(), 1))
    WechatIdentity.objects.all().delete()
    assert problem(payer.start(order)) == (409, "wechat_identity_missing")


def test_nothing_can_be_paid_after_the_time_is_over(payer: Buyer, shift_clock: Shift) -> None:
    order = payer.placed((make_sku(), 1))
    shift_clock(1801)
    assert problem(payer.start(order)) == (409, "payable_expired")
    assert payer.show(order).json()["actions"] == ["cancel"]


def test_an_order_never_sent_to_wechat_is_closed_at_once_when_its_time_is_over(
    payer: Buyer, shift_clock: Shift
) -> None:
    sku = make_sku(stock=3)
    order = payer.placed((sku, 2))
    assert jobs.expire_orders() == 0
    shift_clock(1801)

    assert jobs.expire_orders() == 1
    assert jobs.expire_orders() == 0

    assert standing(order) == ("closed", "unpaid")
    assert fresh(order).close_reason == "expired"
    assert (counters(sku), held(order)) == ((3, 0), [(2, 0, 2, "released")])
    assert timeline(order) == ["placed", "closed"]
    assert problem(payer.start(order)) == (409, "payable_closed")
    assert consistent()


def test_an_order_known_to_wechat_is_closing_until_wechat_has_closed_it(
    payer: Buyer, shift_clock: Shift
) -> None:
    sku = make_sku(stock=3)
    order = payer.placed((sku, 2))
    payer.start(order)
    shift_clock(1801)

    jobs.expire_orders()

    assert standing(order) == ("closing", "unpaid")
    assert counters(sku) == (3, 2)
    assert problem(payer.start(order)) == (409, "payable_closing")
    pursue_closing(payable_kind="order", payable_number=order.number)
    assert standing(order) == ("closed", "unpaid")
    assert counters(sku) == (3, 0)
    assert timeline(order) == ["placed", "closing", "closed"]
    assert consistent()


def test_money_found_while_closing_is_kept(payer: Buyer, shift_clock: Shift) -> None:
    sku = make_sku(stock=3)
    order = payer.placed((sku, 1))
    payer.pay_at_wechat(order)
    shift_clock(1801)
    jobs.expire_orders()
    assert standing(order) == ("closing", "unpaid")

    ask_wechat(order)

    assert standing(order) == ("awaiting_shipment", "paid")
    assert timeline(order) == ["placed", "closing", "paid"]
    assert fresh(order).close_reason == ""
    assert consistent()


def closed_but_paid(payer: Buyer, order: Order) -> None:
    """WeChat confirms the payment after the order was released: the message was lost for hours."""
    payer.start(order)
    payer.phone.post(f"/orders/{order.number}/cancel")
    assert standing(order) == ("closed", "unpaid")


class _AsShopper:
    """What ``reported`` needs of a shopper."""

    def __init__(self, openid: str) -> None:
        self.openid = openid


def late_money(payer: Buyer, order: Order, **changes: object) -> None:
    attempt = attempt_of(order)
    # The attempt of an order instead of a bill's.
    with mock.patch("tests.payments.shopper.attempt_of", return_value=attempt):
        told = reported(_AsShopper(attempt.openid), None, **changes)  # type: ignore[arg-type]
    confirm_attempt(transaction=told, source="query")
    settle()


def test_late_money_revives_an_order_whose_goods_are_still_there(payer: Buyer) -> None:
    sku = make_sku(stock=2)
    order = payer.placed((sku, 2))
    closed_but_paid(payer, order)

    late_money(payer, order)

    assert standing(order) == ("awaiting_shipment", "paid")
    assert (counters(sku), held(order)) == ((2, 2), [(2, 0, 0, "committed")])
    assert timeline(order)[-1] == "paid_late"
    assert (fresh(order).closed_at, fresh(order).close_reason) == (None, "")
    assert consistent()


def test_late_money_for_goods_that_are_gone_goes_back(payer: Buyer, stranger: Buyer) -> None:
    sku = make_sku(stock=2)
    order = payer.placed((sku, 2))
    closed_but_paid(payer, order)
    reserve_stock(reference="ELSE", demands=[Demand(sku.pk, 1)], expires_at=None, actor=SYSTEM)

    late_money(payer, order)

    assert standing(order) == ("closed", "unpaid")
    assert counters(sku) == (2, 1)
    assert timeline(order)[-1] == "payment_returned"
    [refund] = Refund.objects.all()
    assert (refund.kind, refund.amount, refund.reason) == ("late", order.due, "sold_out")
    assert (fresh(order).paid, fresh(order).refunded) == (0, 0)
    assert [item["amount"] for item in payer.show(order).json()["refunds"]] == [order.due]
    assert consistent()


def test_money_of_another_amount_is_not_kept(payer: Buyer) -> None:
    order = payer.placed((make_sku(), 1))
    payer.start(order)
    Order.objects.filter(pk=order.pk).update(freight=900, payable=6800, due=6800)

    late_money(payer, order)

    assert standing(order)[1] == "unpaid"
    assert Refund.objects.get().reason == "price_changed"


def test_a_payable_that_is_paid_takes_no_second_payment(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    with transaction():
        verdict = OrderPayable().confirm(
            number=order.number, payment_number="X", part="full", amount=order.due
        )
    assert (verdict.kept, verdict.reason) == (False, "already_paid")
    with pytest.raises(NotFound), transaction():
        OrderPayable().lock("ABSENT")


def test_a_paid_order_does_not_expire(payer: Buyer, shift_clock: Shift) -> None:
    order = payer.paid((make_sku(), 1))
    shift_clock(1801)
    assert jobs.expire_orders() == 0
    assert standing(order) == ("awaiting_shipment", "paid")


def test_a_refund_that_arrives_for_a_late_payment_is_only_told(payer: Buyer, shift_clock: Shift) -> None:
    sku = make_sku(stock=1)
    order = payer.placed((sku, 1))
    started = payer.start(order)
    payer.pay_at_wechat(order, started)
    shift_clock(1801)
    jobs.expire_orders()
    Order.objects.filter(pk=order.pk).update(freight=900, payable=6800, due=6800)
    ask_wechat(order)
    settle()
    assert standing(order) == ("closed", "unpaid")
    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()

    assert Refund.objects.get().state == "succeeded"
    assert timeline(order)[-2:] == ["payment_returned", "refunded"]
    assert (fresh(order).paid, fresh(order).refunded) == (0, 0)
    assert standing(order) == ("closed", "unpaid")
