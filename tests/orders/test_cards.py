"""Cards at checkout: the discount, the card bought with the goods, its refund apart from theirs."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from catalog.models import Sku
from members.cards.audit import audit_cards
from members.cards.models import CardPurchase, CardUse, MemberCard, MemberCardPeriod
from members.cards.services.refunding import preview_refund, request_card_refund
from members.tiers.models import Tier
from members.wallet.audit import audit_wallet
from members.wallet.models import PRINCIPAL
from members.wallet.queries import balance_of
from members.wallet.services.accounts import open_accounts
from members.wallet.services.spending import debit_wallet
from orders.audit import audit_orders
from orders.models import Order
from orders.services.cancelling import cancel_order
from orders.services.refunding import apply_refund
from shop.core import approvals, runtime
from shop.core.actors import Actor
from shop.core.ledger import audit_ledgers
from shop.core.models import OutboxEvent
from shop.core.permissions import Role
from shop.payments.audit import audit_payments
from shop.payments.errors import RefundElsewhere
from shop.payments.jobs import advance_refunds
from shop.payments.models import Payment, Refund
from shop.payments.services.refunds import request_refund
from tests.catalog.factories import make_sku
from tests.members.cards.holders import card, trial
from tests.members.shoppers import problem
from tests.members.wallet.purses import set_to
from tests.orders.buyer import Buyer, ask_wechat, fresh, settle, standing, timeline
from tests.orders.staff import staff
from tests.orders.test_paying import closed_but_paid, late_money
from tests.orders.test_query_counts import count
from tests.shopfloor import subscriptions
from tests.storms import raised, storm

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def cards_on(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setattr(subscriptions, "WALLET", "members.wallet.port.MemberWallet")
    set_to("cards_enabled", True)
    yield
    runtime.forget()


@pytest.fixture
def sku() -> Sku:
    """51.00 and 8.00 of freight: an order of one piece is 59.00, with a card of 5 % off 56.45."""
    return make_sku(price=5_100)


def with_card(buyer: Buyer, sku: Sku, sold: MemberCard) -> Order:
    """One piece and the card, paid."""
    return buyer.paid((sku, 1), card=sold.pk)


def purchase_of(order: Order) -> CardPurchase:
    return CardPurchase.objects.get(order_number=order.number)


def consistent() -> bool:
    audits = (audit_orders, audit_payments, audit_cards, audit_wallet, audit_ledgers)
    return [finding for audit in audits for finding in audit()] == []


def carry_out(shift_clock: Shift) -> None:
    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()


def test_a_card_bought_with_the_goods_prices_them(payer: Buyer, sku: Sku) -> None:
    sold = card(opening_gift=700)
    quoted = payer.quote((sku, 1), card=sold.pk).json()
    assert (quoted["goods_total"], quoted["freight"], quoted["payable"]) == (5_100, 800, 5_645 + 9_900)
    source = f"card:{sold.pk}"
    assert quoted["adjustments"] == [
        {"kind": "card", "label": "年卡", "source": source, "amount": 9_900},
        {"kind": "card_discount", "label": "年卡", "source": source, "amount": -255},
    ]
    assert quoted["lines"][0]["payable"] == 4_845
    assert "card_discount" in [row["code"] for row in quoted["lines"][0]["explanation"]]

    placed = payer.placed((sku, 1), card=sold.pk)
    assert (placed.payable, placed.card_amount, purchase_of(placed).state) == (15_545, 9_900, "pending")
    assert not MemberCardPeriod.objects.exists()
    payer.pay_at_wechat(placed)
    ask_wechat(placed)
    settle()

    order, purchase = fresh(placed), purchase_of(placed)
    assert (order.status, order.paid, purchase.state) == ("awaiting_shipment", 15_545, "paid")
    (period,) = MemberCardPeriod.objects.all()
    assert (period.reference, period.discount_permille) == (purchase.number, 950)
    assert balance_of(payer.member.pk).gift == 700
    assert [(use.order_number, use.discount) for use in CardUse.objects.all()] == [(order.number, 255)]
    assert payer.show(order).json()["adjustments"] == quoted["adjustments"]
    listed = payer.phone.get("/me/cards/purchases").json()["results"]
    assert [(row["order"], row["amount"], row["state"]) for row in listed] == [(order.number, 9_900, "paid")]
    path = f"/me/cards/purchases/{purchase.number}"
    assert problem(payer.phone.post(f"{path}/cancel")) == (404, "not_found")
    assert consistent()


def test_a_running_card_prices_the_next_order(payer: Buyer, sku: Sku) -> None:
    first = with_card(payer, sku, card())
    second = payer.paid((sku, 1))
    assert (second.payable, second.card_amount, second.card_purchase_id) == (5_645, 0, None)
    assert [use.order_number for use in CardUse.objects.order_by("pk")] == [first.number, second.number]
    better = card(name="黑卡", discount_permille=900, price=20_000)
    assert payer.quote((sku, 1), card=better.pk).json()["lines"][0]["payable"] == 4_590
    set_to("cards_enabled", False)
    assert payer.quote((sku, 1)).json()["payable"] == 5_900
    assert problem(payer.quote((sku, 1), card=better.pk)) == (409, "feature_unavailable")


def test_the_tier_of_a_bought_card_prices_the_order_too(payer: Buyer, sku: Sku) -> None:
    Tier.objects.create(name="普通", level=1)
    gold = Tier.objects.create(name="金卡", level=2, from_growth=10**9, discount_permille=800)
    set_to("tiers_enabled", True)
    sold = card(tier=gold)
    assert payer.quote((sku, 1)).json()["lines"][0]["payable"] == 5_100
    quoted = payer.quote((sku, 1), card=sold.pk).json()
    assert (quoted["tier"]["name"], quoted["lines"][0]["payable"]) == ("金卡", 4_080)
    assert "card_discount" not in [row["kind"] for row in quoted["adjustments"]]
    with_card(payer, sku, sold)
    later = payer.quote((sku, 1)).json()
    assert (later["tier"]["name"], later["lines"][0]["payable"]) == ("金卡", 4_080)
    assert not CardUse.objects.exists()
    set_to("card_tier_stacking", "stack")
    assert payer.quote((sku, 1)).json()["lines"][0]["payable"] == 3_876


def test_what_cannot_be_bought_is_refused_in_quote_and_order(payer: Buyer, sku: Sku) -> None:
    once = trial()
    assert problem(payer.quote((sku, 1), card=10**9)) == (409, "card_unavailable")
    assert problem(payer.quote((sku, 1), card=card(is_active=False).pk)) == (409, "card_unavailable")
    with_card(payer, sku, once)
    assert problem(payer.quote((sku, 1), card=once.pk)) == (409, "card_trial_used")
    refused = payer.order((sku, 1), card=once.pk, expected_payable=1)
    assert problem(refused) == (409, "card_trial_used")
    body = payer.body((sku, 1), card=card().pk)
    on_ios = payer.phone.post("/checkout/quote", body, **{"X-Client-Platform": "ios"})
    assert problem(on_ios) == (409, "ios_virtual_payment")
    assert Order.objects.count() == 1


def test_an_unpaid_order_takes_its_card_with_it(payer: Buyer, sku: Sku) -> None:
    order = payer.placed((sku, 1), card=card().pk)
    cancel_order(actor=payer.actor, number=order.number)
    assert (standing(order)[0], purchase_of(order).state) == ("closed", "closed")
    assert not MemberCardPeriod.objects.exists()
    assert consistent()


def test_money_that_comes_late_revives_the_card_too(payer: Buyer, sku: Sku) -> None:
    order = payer.placed((sku, 1), card=card(opening_gift=100).pk)
    closed_but_paid(payer, order)
    assert purchase_of(order).state == "closed"
    late_money(payer, order)
    assert (standing(order), purchase_of(order).state) == (("awaiting_shipment", "paid"), "paid")
    assert (MemberCardPeriod.objects.count(), balance_of(payer.member.pk).gift) == (1, 100)
    assert consistent()


def test_an_order_whose_card_became_impossible_gets_its_money_back(payer: Buyer, sku: Sku) -> None:
    """Two orders with the one trial: whichever is paid second goes back whole."""
    once = trial()
    first, second = (payer.placed((sku, 1), card=once.pk) for _time in range(2))
    for order in (first, second):
        payer.pay_at_wechat(order)
        ask_wechat(order)
    settle()
    assert (standing(first)[1], standing(second)[1]) == ("paid", "unpaid")
    assert [(row.kind, row.reason, row.amount) for row in Refund.objects.all()] == [
        ("late", "card_trial_used", second.payable)
    ]
    assert MemberCardPeriod.objects.count() == 1
    cancel_order(actor=payer.actor, number=second.number)
    assert consistent()


def test_cancelling_an_unshipped_order_refunds_the_card_too(
    payer: Buyer, sku: Sku, shift_clock: Shift
) -> None:
    """6.00 of the card's gift money of 10.00 were spent: they are deducted."""
    order = with_card(payer, sku, card(opening_gift=1_000))
    debit_wallet(member_id=payer.member.pk, amount=600, payment_number="P")

    cancel_order(actor=payer.actor, number=order.number)

    purchase = purchase_of(order)
    assert (purchase.state, purchase.refunded, purchase.gift_taken, purchase.gift_deducted) == (
        "refunding",
        9_300,
        400,
        600,
    )
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [5_645, 9_300]
    assert MemberCardPeriod.objects.get().end_reason == "refunded"
    carry_out(shift_clock)
    order = fresh(order)
    assert (order.status, order.payment_status) == ("refunded", "partly_refunded")
    assert (order.refunded, order.card_refunded, order.paid) == (14_945, 9_300, 15_545)
    assert purchase_of(order).state == "refunded"
    assert (balance_of(payer.member.pk).gift, order.lines.get().refunded) == (0, 5_645)
    assert "card_refunded" in timeline(order)
    assert [finding.kind for finding in audit_wallet()] == ["payment"]  # the test's own spending
    assert [*audit_orders(), *audit_payments(), *audit_cards(), *audit_ledgers()] == []


def test_staff_refund_the_goods_on_the_payments_page_and_the_card_on_its_own(
    payer: Buyer, sku: Sku, shift_clock: Shift
) -> None:
    """Whoever could send all of the payment back would leave the card and its gift with the member."""
    order = with_card(payer, sku, card(opening_gift=1_000))
    payment = Payment.objects.get(payable_number=order.number)
    finance, colleague = staff(Role.FINANCE), staff(Role.OWNER)
    runtime.set_value(actor=Actor.system("tests"), name="refund_approval_amount", value=10_000_000)

    def refund(amount: int, reference: str) -> None:
        request_refund(
            actor=finance, payment_number=payment.number, amount=amount, reason="x", reference=reference
        )

    for amount in (15_545, 5_646):
        with pytest.raises(RefundElsewhere) as refused:
            refund(amount, "too much")
        assert refused.value.extra == {"refundable": 5_645}
    assert not Refund.objects.exists()
    refund(5_000, "goods")
    refund(645, "rest")
    with pytest.raises(RefundElsewhere):
        refund(1, "card")
    assert [row.ended_at for row in MemberCardPeriod.objects.all()] == [None]

    purchase = purchase_of(order)
    approval = request_card_refund(actor=finance, number=purchase.number, reason="不要了")
    approvals.approve(actor=colleague, approval_id=approval.pk)
    carry_out(shift_clock)
    order = fresh(order)
    assert (order.status, order.card_refunded) == ("refunded", purchase_of(order).refunded)
    assert MemberCardPeriod.objects.get().ended_at is not None
    assert consistent()


def test_what_waited_for_a_second_person_is_bounded_too(payer: Buyer, sku: Sku) -> None:
    """Two people ask for the goods' money at once: only one of them gets it, and the card's is left alone."""
    order = with_card(payer, sku, card())
    payment = Payment.objects.get(payable_number=order.number)
    runtime.set_value(actor=Actor.system("tests"), name="refund_approval_amount", value=1)
    held = [
        request_refund(
            actor=staff(Role.FINANCE), payment_number=payment.number, amount=5_000, reason="x", reference=name
        ).approval
        for name in ("first", "second")
    ]
    colleague = staff(Role.OWNER)
    first, second = (approval.pk for approval in held if approval is not None)
    approvals.approve(actor=colleague, approval_id=first)
    with pytest.raises(RefundElsewhere) as refused:
        approvals.approve(actor=colleague, approval_id=second)
    assert refused.value.extra == {"refundable": 645}
    assert list(Refund.objects.values_list("amount", flat=True)) == [5_000]


def test_a_card_that_another_order_used_stays(payer: Buyer, sku: Sku, shift_clock: Shift) -> None:
    order = with_card(payer, sku, card())
    other = payer.paid((sku, 1))

    cancel_order(actor=payer.actor, number=order.number)
    carry_out(shift_clock)

    order = fresh(order)
    assert (order.status, order.refunded, order.card_refunded) == ("refunded", 5_645, 0)
    assert (purchase_of(order).state, MemberCardPeriod.objects.get().ended_at) == ("paid", None)
    assert consistent()
    cancel_order(actor=payer.actor, number=other.number)
    assert not CardUse.objects.filter(returned_at__isnull=True).exists()


def test_the_card_is_refunded_apart_from_the_goods(payer: Buyer, sku: Sku, shift_clock: Shift) -> None:
    order = with_card(payer, sku, card())
    purchase = purchase_of(order)
    assert preview_refund(purchase).paid_back == 9_900
    held = request_card_refund(actor=staff(Role.SERVICE), number=purchase.number, reason="不想要了")
    approvals.approve(actor=staff(Role.FINANCE), approval_id=held.pk)
    carry_out(shift_clock)

    order = fresh(order)
    assert (order.status, order.payment_status) == ("awaiting_shipment", "partly_refunded")
    assert (order.refunded, order.card_refunded, order.lines.get().refunded) == (9_900, 9_900, 0)
    assert purchase_of(order).state == "refunded"
    assert consistent()

    cancel_order(actor=payer.actor, number=order.number)
    carry_out(shift_clock)
    order = fresh(order)
    assert (order.status, order.payment_status, order.refunded) == ("refunded", "refunded", 15_545)
    assert (order.card_refunded, order.lines.get().refunded) == (9_900, 5_645)
    assert consistent()


def test_refunds_never_exceed_what_others_left(payer: Buyer, sku: Sku, shift_clock: Shift) -> None:
    """Staff refunded most of the payment: the card's refund takes what is left of it, and no more."""
    order = with_card(payer, sku, card())
    payment = Payment.objects.get(payable_number=order.number)
    request_refund(
        actor=Actor.system("tests"), payment_number=payment.number, amount=15_000, reason="x", reference="x"
    )
    assert preview_refund(purchase_of(order)).paid_back == 545
    cancel_order(actor=payer.actor, number=order.number)
    carry_out(shift_clock)
    payment.refresh_from_db()
    order = fresh(order)
    assert (payment.refunded, payment.refundable) == (15_545, 0)
    assert (order.refunded, order.card_refunded, order.lines.get().refunded) == (15_545, 545, 5_645)


def test_a_card_with_a_wallet_order_is_paid_and_refunded_at_once(payer: Buyer, sku: Sku) -> None:
    open_accounts(payer.member.pk)
    PRINCIPAL.post(account_id=payer.member.pk, amount=20_000, reason="adjustment", reference="1")
    order = payer.placed((sku, 1), card=card().pk, use_wallet=True)
    assert (standing(order)[1], purchase_of(order).state) == ("paid", "paid")
    assert balance_of(payer.member.pk).principal == 20_000 - 15_545
    cancel_order(actor=payer.actor, number=order.number)
    settle()
    assert (standing(order), purchase_of(order).state) == (("refunded", "refunded"), "refunded")
    assert balance_of(payer.member.pk).principal == 20_000
    assert consistent()


def test_twenty_confirmations_at_once_open_one_card(payer: Buyer, sku: Sku) -> None:
    order = payer.placed((sku, 1), card=card(opening_gift=500).pk)
    payer.pay_at_wechat(order)

    results = storm(lambda _number: ask_wechat(order), threads=20)

    assert raised(results) == []
    settle()
    assert (MemberCardPeriod.objects.count(), CardUse.objects.count()) == (1, 1)
    assert (balance_of(payer.member.pk).gift, purchase_of(order).state) == (500, "paid")
    assert consistent()


def test_statements(payer: Buyer, sku: Sku) -> None:
    """One more for a quote and an order in a shop with cards, two for an order that buys one."""
    sold = card(kind="month")

    def place(**more: Any) -> int:
        payable = payer.quote((sku, 1), **more).json()["payable"]
        return count(lambda: payer.order((sku, 1), expected_payable=payable, **more), status=201)

    assert count(partial(payer.quote, (sku, 1))) == 3
    assert count(partial(payer.quote, (sku, 1), card=sold.pk)) == 3
    assert (place(), place(card=sold.pk)) == (13, 15)
    set_to("cards_enabled", False)
    assert (count(partial(payer.quote, (sku, 1))), place()) == (2, 12)


def test_the_goods_are_wholly_refunded_once(payer: Buyer, sku: Sku) -> None:
    # given goods for 56.45 and a card for 99.00, paid together, when the goods go back, then a bit more
    order = with_card(payer, sku, card(price=9_900))
    for refund, amount in (("R1", 5_000), ("R2", 645), ("R3", 100)):
        apply_refund(number=order.number, refund=refund, amount=amount)
    # then only what completed the goods' refund says so: the member's counted orders go down by one
    told = OutboxEvent.objects.filter(name="orders.order_refunded").order_by("pk")
    assert [event.payload["whole"] for event in told] == [False, True, False]
    order = fresh(order)
    assert (order.status, order.refunded, order.lines.get().refunded) == ("refunded", 5_745, 5_645)
