"""Cancelling: unpaid closes, paid is refunded in full, shipped is an after-sale."""

from collections.abc import Callable

import pytest

from members.models import MemberFacts
from orders.audit import audit_orders
from orders.models import Order, OrderEvent, OrderLine
from orders.services.cancelling import cancel_order, expire_order
from orders.services.shipping import Portion, ship_order
from shop.core.errors import Forbidden
from shop.core.models import AuditEntry
from shop.core.permissions import Role
from shop.payments.audit import audit_payments
from shop.payments.jobs import advance_refunds
from shop.payments.models import Payment, Refund
from shop.payments.services.refunds import request_refund
from shop.wechat import guard
from tests.catalog.factories import SYSTEM, make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import Buyer, counters, fresh, held, settle, standing, timeline
from tests.orders.staff import staff

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)


def cancel(buyer: Buyer, order: Order, **body: str):
    return buyer.phone.post(f"/orders/{order.number}/cancel", body)


def consistent() -> bool:
    return [*audit_orders(), *audit_payments()] == []


def let_refunds_arrive(shift_clock: Shift) -> None:
    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()


def test_an_unpaid_order_is_closed_at_once(buyer: Buyer) -> None:
    sku = make_sku(stock=4)
    order = buyer.placed((sku, 3))

    answer = cancel(buyer, order, reason="不想要了")

    assert (answer.status_code, answer.json()["status"]) == (200, "closed")
    assert (counters(sku), held(order)) == ((4, 0), [(3, 0, 3, "released")])
    assert answer.json()["actions"] == ["delete"]
    assert [(event["kind"], event["reason"]) for event in answer.json()["events"]] == [
        ("placed", ""),
        ("cancelled", "不想要了"),
        ("closed", "member"),
    ]
    assert consistent()


def test_cancelling_twice_is_one_cancelling(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    assert cancel(buyer, order).status_code == 200
    assert cancel(buyer, order).status_code == 200
    assert timeline(order) == ["placed", "closed"]


def test_while_wechat_does_not_answer_the_order_is_closing(payer: Buyer) -> None:
    sku = make_sku(stock=4)
    order = payer.placed((sku, 3))
    payer.start(order)
    assert payer.sandbox is not None
    payer.sandbox.offline()

    answer = cancel(payer, order)
    again = cancel(payer, order)

    assert (answer.status_code, answer.json()["status"]) == (202, "closing")
    assert again.status_code == 202
    assert answer.json()["actions"] == []
    assert counters(sku) == (4, 3)
    payer.sandbox.offline(False)
    guard.breaker.cache_clear()
    assert cancel(payer, order).status_code == 200
    assert standing(order) == ("closed", "unpaid")
    assert counters(sku) == (4, 0)
    assert consistent()


def test_a_cancelled_order_that_was_paid_meanwhile_stays_paid(payer: Buyer) -> None:
    order = payer.placed((make_sku(), 1))
    payer.pay_at_wechat(order)

    answer = cancel(payer, order)

    assert (answer.status_code, answer.json()["status"]) == (202, "awaiting_shipment")
    assert standing(order) == ("awaiting_shipment", "paid")
    assert consistent()


def test_a_paid_order_is_refunded_in_full(payer: Buyer, shift_clock: Shift) -> None:
    sku, cup = make_sku(price=5900, stock=4), make_sku(price=33, stock=9)
    order = payer.paid((sku, 1), (cup, 7))

    answer = cancel(payer, order, reason="拍错了")

    assert (answer.status_code, answer.json()["status"]) == (202, "closed")
    assert [(item["amount"], item["status"]) for item in answer.json()["refunds"]] == [
        (order.due, "processing")
    ]
    assert answer.json()["actions"] == []
    assert (counters(sku), counters(cup)) == ((4, 0), (9, 0))
    assert problem(payer.phone.delete(f"/orders/{order.number}")) == (409, "order_state_refused")
    assert problem(payer.phone.delete("/me")) == (409, "member_has_open_matters")
    assert consistent()
    let_refunds_arrive(shift_clock)
    assert standing(order) == ("refunded", "refunded")
    order = fresh(order)
    assert (order.paid, order.refunded) == (order.due, order.due)
    assert timeline(order) == ["placed", "paid", "cancelled", "refund_requested", "refunded"]
    lines = OrderLine.objects.filter(order=order)
    assert sum(line.refunded for line in lines) == order.paid
    assert [line.refunded_quantity for line in lines] == [1, 7]
    assert payer.show(order).json()["actions"] == ["delete"]
    facts = MemberFacts.objects.get()
    assert (facts.orders_paid, facts.total_spent) == (0, 0)
    assert consistent()


def test_cancelling_a_paid_order_twice_promises_the_money_once(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    assert cancel(payer, order).status_code == 202
    assert cancel(payer, order).status_code == 202
    assert Refund.objects.count() == 1
    assert Payment.objects.get().refund_committed == order.due


def test_what_staff_gave_back_before_is_not_given_back_again(payer: Buyer, shift_clock: Shift) -> None:
    order = payer.paid((make_sku(), 1))
    payment = Payment.objects.get()
    request_refund(actor=SYSTEM, payment_number=payment.number, amount=1000, reason="r", reference="goodwill")
    let_refunds_arrive(shift_clock)
    assert standing(order) == ("awaiting_shipment", "partly_refunded")
    assert fresh(order).refunded == 1000

    cancel(payer, order)
    let_refunds_arrive(shift_clock)

    assert sorted(Refund.objects.values_list("amount", flat=True)) == [1000, order.due - 1000]
    assert standing(order) == ("refunded", "refunded")
    assert consistent()


def test_a_full_refund_by_staff_ends_an_unshipped_order(payer: Buyer, shift_clock: Shift) -> None:
    sku = make_sku(stock=3)
    order = payer.paid((sku, 2))
    payment = Payment.objects.get()
    request_refund(actor=SYSTEM, payment_number=payment.number, amount=order.due, reason="r", reference="all")
    assert standing(order) == ("awaiting_shipment", "paid")

    let_refunds_arrive(shift_clock)

    assert standing(order) == ("refunded", "refunded")
    assert (counters(sku), held(order)) == ((3, 0), [(2, 0, 2, "released")])
    assert consistent()


def test_a_refund_that_goes_no_further_is_told_to_staff_only(payer: Buyer, shift_clock: Shift) -> None:
    order = payer.paid((make_sku(), 1))
    assert payer.sandbox is not None
    cancel(payer, order)
    shift_clock(61)
    advance_refunds()
    payer.sandbox.refund(Refund.objects.get().number, "ABNORMAL")
    let_refunds_arrive(shift_clock)

    event = OrderEvent.objects.get(order=order, kind="refund_trouble")
    assert event.is_public is False
    assert standing(order) == ("closed", "paid")
    assert "refund_trouble" not in [item["kind"] for item in payer.show(order).json()["events"]]


def test_a_parcel_on_its_way_makes_it_an_after_sale(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 2))
    line = order.lines.get()
    ship_order(
        actor=SYSTEM, number=order.number, carrier="SF", tracking="SF100001", lines=[Portion(line.pk, 1)]
    )
    partly = cancel(payer, order)
    ship_order(actor=SYSTEM, number=order.number, carrier="SF", tracking="SF100002")
    shipped = cancel(payer, order)

    assert problem(partly) == problem(shipped) == (409, "use_after_sale")
    assert standing(order) == ("shipped", "paid")
    assert Refund.objects.count() == 0


def test_an_open_after_sale_goes_first(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    Order.objects.update(after_sale_status="open")
    assert "cancel" not in payer.show(order).json()["actions"]
    assert problem(cancel(payer, order)) == (409, "use_after_sale")
    assert standing(order) == ("awaiting_shipment", "paid")


def test_another_members_order_is_not_found_and_stays(buyer: Buyer, stranger: Buyer) -> None:
    sku = make_sku(stock=4)
    order = buyer.placed((sku, 3))

    assert problem(cancel(stranger, order)) == (404, "not_found")

    assert standing(order) == ("pending_payment", "unpaid")
    assert counters(sku) == (4, 3)
    assert timeline(order) == ["placed"]


def test_staff_cancel_with_the_permission_and_are_written_down(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    with pytest.raises(Forbidden):
        cancel_order(actor=staff(Role.WAREHOUSE), number=order.number)
    assert standing(order) == ("pending_payment", "unpaid")

    clerk = staff(Role.SERVICE)
    cancel_order(actor=clerk, number=order.number, reason="缺货")

    assert standing(order) == ("closed", "unpaid")
    assert fresh(order).close_reason == "staff"
    entry = AuditEntry.objects.get(action="orders.cancel_order")
    assert (entry.actor_label, entry.reason, entry.before) == (
        clerk.label,
        "缺货",
        {"status": "pending_payment", "paid": 0},
    )


def test_expiring_what_is_paid_or_not_due_does_nothing(payer: Buyer, shift_clock: Shift) -> None:
    paid, waiting = payer.paid((make_sku(), 1)), payer.placed((make_sku(), 1))
    assert expire_order(number=waiting.number) is False
    shift_clock(1801)
    assert expire_order(number=paid.number) is False
    assert standing(paid) == ("awaiting_shipment", "paid")
    assert expire_order(number=waiting.number) is True


def test_cancelling_while_staffs_full_refund_is_on_its_way_promises_nothing_more(
    payer: Buyer, shift_clock: Shift
) -> None:
    order = payer.paid((make_sku(), 1))
    number = Payment.objects.get().number
    request_refund(actor=SYSTEM, payment_number=number, amount=order.due, reason="r", reference="all")
    assert cancel(payer, order).status_code == 202
    let_refunds_arrive(shift_clock)
    assert Refund.objects.count() == 1
    assert standing(order) == ("refunded", "refunded")
    assert consistent()
