"""manage.py audit_orders: silent on a healthy shop, and one finding for each kind of planted drift."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from catalog.models import Reservation
from orders.audit import audit_orders
from orders.models import Order, OrderAdjustment, OrderEvent, OrderLine
from orders.services.shipping import Portion, ship_order
from shop.core import clock
from shop.payments.models import Payment
from tests.catalog.factories import SYSTEM, make_sku
from tests.orders.buyer import Buyer

pytestmark = pytest.mark.django_db(transaction=True)


def refund_lost(_order: Order) -> None:
    Order.objects.update(status="closed")
    OrderEvent.objects.filter(kind="paid").update(to_status="closed")
    Reservation.objects.update(state="released", released=3)


@pytest.mark.parametrize(
    ("drift", "kinds"),
    [
        (
            lambda _o: Order.objects.update(goods_total=6000, payable=6000, due=6000),
            {"goods_total", "payment_status"},
        ),
        (
            lambda _o: Order.objects.update(freight=900, payable=18600, due=18600),
            {"freight", "payment_status"},
        ),
        (lambda o: OrderAdjustment.objects.create(order=o, kind="x", label="x", amount=-5), {"adjustments"}),
        (lambda _o: OrderLine.objects.update(payable=1), {"line_payable"}),
        (lambda _o: Order.objects.update(paid=1), {"paid", "payment_status"}),
        (lambda _o: Payment.objects.all().update(disposition="late"), {"paid"}),
        (lambda _o: Order.objects.update(refunded=5), {"refunded", "payment_status"}),
        (
            lambda _o: Order.objects.update(payment_status="unpaid"),
            {"payment_status", "status", "commitment"},
        ),
        (lambda _o: OrderLine.objects.update(shipped_quantity=1), {"shipped", "reservation"}),
        (lambda _o: Reservation.objects.update(quantity=4), {"reservation"}),
        (lambda _o: Reservation.objects.update(state="held"), {"commitment"}),
        (lambda _o: OrderEvent.objects.filter(kind="paid").delete(), {"timeline"}),
        (refund_lost, {"unpromised_refund"}),
    ],
)
def test_each_drift_is_found(payer: Buyer, drift: Callable[[Order], None], kinds: set[str]) -> None:
    order = payer.paid((make_sku(price=5900), 3))
    assert list(audit_orders()) == []

    drift(order)

    found = list(audit_orders())
    assert kinds <= {finding.kind for finding in found}
    assert {finding.number for finding in found} == {order.number}


def test_an_order_that_nobody_closes_is_found(buyer: Buyer) -> None:
    order = buyer.placed((make_sku(), 1))
    Order.objects.update(expires_at=clock.now() - timedelta(minutes=59))
    assert list(audit_orders()) == []
    Order.objects.update(expires_at=clock.now() - timedelta(minutes=61))
    assert [(finding.kind, finding.number) for finding in audit_orders()] == [("stuck_unpaid", order.number)]


def test_a_partly_shipped_order_is_consistent(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 3))
    ship_order(
        actor=SYSTEM,
        number=order.number,
        carrier="SF",
        tracking="SF1001",
        lines=[Portion(order.lines.get().pk, 2)],
    )
    assert list(audit_orders()) == []


def test_the_command_exits_one_on_drift(buyer: Buyer) -> None:
    out, err = io.StringIO(), io.StringIO()
    order = buyer.placed((make_sku(), 1))
    call_command("audit_orders", stdout=out)
    assert "consistent" in out.getvalue()
    OrderEvent.objects.all().delete()

    with pytest.raises(SystemExit) as stopped:
        call_command("audit_orders", stdout=out, stderr=err)

    assert stopped.value.code == 1
    assert f"timeline {order.number}" in out.getvalue()
    assert "1 contradictions found." in err.getvalue()


def test_the_database_has_the_last_word(payer: Buyer) -> None:
    payer.paid((make_sku(), 2))
    for model, wrong in (
        (Order, {"payable": 1}),
        (Order, {"refunded": 10**6}),
        (Order, {"wallet_amount": -1}),
        (OrderLine, {"amount": 1}),
        (OrderLine, {"shipped_quantity": 3}),
        (OrderLine, {"refunded_quantity": 3}),
        (OrderLine, {"quantity": 0}),
    ):
        with pytest.raises(IntegrityError):
            model.objects.update(**wrong)
    assert list(audit_orders()) == []
