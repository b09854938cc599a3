"""What orders make of events, and what a job does with an order that cannot be moved."""

import pytest

from catalog.models import Location
from orders import handlers, jobs
from orders.bodies import adjustment_body
from orders.models import CartItem, Order, OrderAdjustment, OrderAlert, OrderEvent, Shipment, ShipmentLine
from orders.pricing import Total
from orders.services import cancelling
from shop.core import clock
from shop.core.db import transaction
from shop.core.errors import Busy
from shop.core.outbox import publish
from shop.payments.events import PaymentDuplicated
from tests.catalog.factories import make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import Buyer, settle, standing, timeline

pytestmark = pytest.mark.django_db(transaction=True)


def test_money_of_other_payables_is_none_of_our_business(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    event = {
        "payable_kind": "bill",
        "payable_number": order.number,
        "payment": "P",
        "refund": "R",
        "amount": 1,
        "reason": "",
    }
    for handler in (
        handlers.note_refund_requested,
        handlers.refund_arrived,
        handlers.note_refund_trouble,
        handlers.note_late_payment,
        handlers.note_duplicate,
    ):
        handler(event)
    assert timeline(order) == ["placed"]


def test_a_second_payment_is_told(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    with transaction():
        publish(
            PaymentDuplicated(
                payment="P",
                payable_kind="order",
                payable_number=order.number,
                part="full",
                member_id=buyer.member.pk,
                amount=6700,
            )
        )
    settle()
    assert timeline(order) == ["placed", "payment_duplicated"]
    assert OrderEvent.objects.latest("pk").data == {"amount": 6700, "payment": "P"}


def test_an_order_that_cannot_be_moved_does_not_keep_the_others(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = buyer.placed((make_sku(), 1)), buyer.placed((make_sku(), 1))
    Order.objects.update(expires_at=clock.now())
    real = cancelling.expire_order

    def stubborn(*, number: str) -> bool:
        if number == first.number:
            raise Busy
        return real(number=number)

    monkeypatch.setattr(jobs, "expire_order", stubborn)

    with pytest.raises(Busy):
        jobs.expire_orders()

    assert standing(first) == ("pending_payment", "unpaid")
    assert standing(second) == ("closed", "unpaid")


def test_a_shop_without_a_stock_location_sells_nothing(buyer: Buyer) -> None:
    sku = make_sku()
    Location.objects.update(is_default=False)
    assert problem(buyer.quote((sku, 1))) == (404, "not_found")


def test_an_orders_adjustments_are_shown_by_rule_and_by_line(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    line = order.lines.get()
    rule = {"kind": "coupon", "label": "满减", "source": "coupon:1"}
    for amount in (-100, -50):
        OrderAdjustment.objects.create(order=order, line=line, amount=amount, **rule)
    OrderAdjustment.objects.create(order=order, kind="points", label="积分", source="points", amount=-7)

    body = buyer.show(order).json()

    assert body["adjustments"] == [
        {**rule, "amount": -150},
        {"kind": "points", "label": "积分", "source": "points", "amount": -7},
    ]
    assert body["lines"][0]["adjustments"] == [{**rule, "amount": -150}]
    assert adjustment_body(Total("coupon", "满减", "coupon:1", -150)) == {**rule, "amount": -150}


def test_rows_have_names_that_staff_can_read(buyer: Buyer) -> None:
    sku = make_sku()
    order = buyer.placed((sku, 1))
    line = order.lines.get()
    shipment = Shipment(order=order, number="S1")
    assert str(order) == order.number
    assert str(line) == f"{order.pk}:{sku.code}"
    assert str(OrderAdjustment(kind="coupon", amount=-5)) == "coupon -5"
    assert str(OrderEvent.objects.first()).startswith("placed ")
    assert str(OrderAlert(order=order)) == f"{order.pk} pending"
    assert str(CartItem(member=buyer.member, sku=sku)) == f"{buyer.member.pk}:{sku.pk}"
    assert str(shipment) == "S1"
    assert str(ShipmentLine(shipment_id=3, line_id=4)) == "3:4"
