"""Shipping: parcels by line and quantity, stock that leaves with them, receipt and completion."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from orders import jobs
from orders.audit import audit_orders
from orders.carriers import carriers
from orders.errors import NothingToShip, OrderStateRefused, PickupCodeWrong, TrackingUsed
from orders.models import Order, Shipment, ShipmentLine
from orders.services.notes import note_order
from orders.services.receiving import auto_receive, complete_order, confirm_receipt
from orders.services.shipping import Parcel, Portion, hand_over, ship_order, ship_parcels
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry, OutboxEvent
from shop.core.permissions import Role
from tests.catalog.factories import make_sku
from tests.members.shoppers import problem
from tests.orders.buyer import Buyer, counters, fresh, held, settle, standing, timeline
from tests.orders.staff import staff
from tests.orders.test_quote import make_store

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = Actor.system("tests")


def ship(order: Order, *portions: Portion, tracking: str = "SF1000001", actor: Actor = SYSTEM) -> Shipment:
    return ship_order(
        actor=actor, number=order.number, carrier="SF", tracking=tracking, lines=portions or None
    )


def shipped(*, tracking: str = "SF1000001", order: Order) -> Order:
    ship(order, tracking=tracking)
    return fresh(order)


def test_one_parcel_with_everything(payer: Buyer) -> None:
    sku, cup = make_sku(stock=5), make_sku(stock=5)
    order = payer.paid((sku, 2), (cup, 1))
    clerk = staff(Role.WAREHOUSE)

    shipment = ship(order, actor=clerk)

    assert standing(order) == ("shipped", "paid")
    assert (counters(sku), counters(cup)) == ((3, 0), (4, 0))
    assert held(order) == [(2, 2, 0, "consumed"), (1, 1, 0, "consumed")]
    body = payer.show(order).json()
    assert body["fulfilment_status"] == "fulfilled"
    assert body["actions"] == ["track", "confirm"]
    [parcel] = body["shipments"]
    assert (parcel["carrier"], parcel["carrier_name"], parcel["tracking"]) == ("SF", "顺丰速运", "SF1000001")
    assert sorted(line["quantity"] for line in parcel["lines"]) == [1, 2]
    assert payer.phone.get(f"/orders/{order.number}/tracking").json() == {"shipments": [parcel]}
    receive_by = fresh(order).receive_by
    assert receive_by is not None
    wait = receive_by - clock.now()
    assert timedelta(days=9, hours=23) < wait <= timedelta(days=10)
    event = OutboxEvent.objects.get(name="orders.order_shipped")
    assert (event.payload["shipment"], event.payload["complete"]) == (shipment.number, True)
    assert AuditEntry.objects.get(action="orders.ship_order").after == {
        "shipments": [shipment.number],
        "complete": True,
    }
    assert list(audit_orders()) == []


def test_several_parcels_by_line_and_quantity(payer: Buyer) -> None:
    sku, cup = make_sku(stock=5), make_sku(stock=5)
    order = payer.paid((sku, 3), (cup, 1))
    first, second = order.lines.all()

    ship(order, Portion(first.pk, 1), tracking="SF1001")

    assert standing(order) == ("partly_shipped", "paid")
    assert payer.show(order).json()["fulfilment_status"] == "partial"
    assert fresh(order).receive_by is None
    assert counters(sku) == (4, 2)
    ship(order, Portion(first.pk, 1), tracking="SF1002")
    assert standing(order) == ("partly_shipped", "paid")
    assert list(audit_orders()) == []
    ship(order, Portion(first.pk, 1), Portion(second.pk, 1), tracking="SF1003")
    assert standing(order) == ("shipped", "paid")
    assert timeline(order) == ["placed", "paid", "shipped", "shipped", "shipped"]
    assert (counters(sku), counters(cup)) == ((2, 0), (4, 0))
    completes = OutboxEvent.objects.filter(name="orders.order_shipped").order_by("pk")
    assert [event.payload["complete"] for event in completes] == [False, False, True]
    assert list(audit_orders()) == []


def test_many_parcels_in_one_go_are_all_or_none(payer: Buyer) -> None:
    order = payer.paid((make_sku(stock=9), 3))
    line = order.lines.get()
    parcels = [Parcel("SF", f"SF200{n}", (Portion(line.pk, pieces),)) for n, pieces in enumerate((1, 2))]

    with pytest.raises(NothingToShip):
        ship_parcels(actor=SYSTEM, number=order.number, parcels=[*parcels, parcels[0]])
    assert standing(order) == ("awaiting_shipment", "paid")
    assert Shipment.objects.count() == ShipmentLine.objects.count() == 0

    ship_parcels(actor=SYSTEM, number=order.number, parcels=parcels)
    assert standing(order) == ("shipped", "paid")
    assert Shipment.objects.count() == 2
    completes = OutboxEvent.objects.filter(name="orders.order_shipped").order_by("pk")
    assert [event.payload["complete"] for event in completes] == [False, True]
    assert list(audit_orders()) == []


def test_more_than_is_left_is_not_shipped(payer: Buyer) -> None:
    sku = make_sku(stock=9)
    order = payer.paid((sku, 2))
    line = order.lines.get()

    with pytest.raises(NothingToShip) as refusal:
        ship(order, Portion(line.pk, 2), Portion(line.pk, 1))

    assert refusal.value.extra == {"lines": [{"line": line.pk, "left": 2}]}
    assert (standing(order), counters(sku)) == (("awaiting_shipment", "paid"), (9, 2))
    with pytest.raises(NothingToShip):
        ship_parcels(
            actor=SYSTEM, number=order.number, parcels=[Parcel("SF", "SF3001"), Parcel("SF", "SF3002")]
        )
    assert Shipment.objects.count() == 0


@pytest.mark.parametrize(
    ("parcel", "field"),
    [
        (Parcel("XX", "SF1001"), "parcels.0.carrier"),
        (Parcel("SF", ""), "parcels.0.tracking"),
        (Parcel("SF", "SF 10 01"), "parcels.0.tracking"),
        (Parcel("SF", "单号一二三四"), "parcels.0.tracking"),
        (Parcel("SF", "S" * 41), "parcels.0.tracking"),
        (Parcel("SF", "SF1001", content="key"), "parcels.0.content"),
        (Parcel("SF", "SF1001", (Portion(0, 1),)), "parcels.0.lines"),
        (Parcel("SF", "SF1001", (Portion(1, 0),)), "parcels.0.lines"),
    ],
)
def test_a_parcel_that_cannot_be_is_refused_by_field(payer: Buyer, parcel, field) -> None:
    order = payer.paid((make_sku(), 1))
    with pytest.raises(InvalidInput) as refusal:
        ship_parcels(actor=SYSTEM, number=order.number, parcels=[parcel])
    assert [error.field for error in refusal.value.errors] == [field]
    assert standing(order) == ("awaiting_shipment", "paid")


def test_no_parcel_is_refused(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    with pytest.raises(InvalidInput):
        ship_parcels(actor=SYSTEM, number=order.number, parcels=[])


def test_one_tracking_number_once_per_order(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 2))
    line = order.lines.get()
    ship(order, Portion(line.pk, 1))
    with pytest.raises(TrackingUsed):
        ship(order, Portion(line.pk, 1))
    assert Shipment.objects.count() == 1
    assert fresh(order).lines.get().shipped_quantity == 1


def test_only_paid_orders_without_an_open_after_sale_are_shipped(payer: Buyer) -> None:
    unpaid, paid = payer.placed((make_sku(), 1)), payer.paid((make_sku(), 1))
    Order.objects.filter(pk=paid.pk).update(after_sale_status="open")
    for order in (unpaid, paid):
        with pytest.raises(OrderStateRefused):
            ship(order)
    payer.phone.post(f"/orders/{unpaid.number}/cancel")
    with pytest.raises(OrderStateRefused):
        ship(unpaid)
    with pytest.raises(NotFound):
        ship_order(actor=SYSTEM, number="ABSENT", carrier="SF", tracking="SF1001")
    assert Shipment.objects.count() == 0


def test_shipping_needs_the_permission(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    for actor in (staff(Role.FINANCE), payer.actor):
        with pytest.raises(Forbidden):
            ship(order, actor=actor)
    assert standing(order) == ("awaiting_shipment", "paid")


def test_a_member_confirms_receipt_once(payer: Buyer, stranger: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    early = payer.phone.post(f"/orders/{order.number}/confirm")
    ship(order)
    theirs = stranger.phone.post(f"/orders/{order.number}/confirm")
    answer = payer.phone.post(f"/orders/{order.number}/confirm")
    again = payer.phone.post(f"/orders/{order.number}/confirm")

    assert problem(early) == (409, "order_state_refused")
    assert problem(theirs) == (404, "not_found")
    assert (answer.status_code, answer.json()["status"]) == (200, "received")
    assert again.status_code == 200
    assert timeline(order) == ["placed", "paid", "shipped", "received"]
    assert OutboxEvent.objects.filter(name="orders.order_received").count() == 1


def test_staff_confirm_receipt_with_the_permission(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    ship(order)
    with pytest.raises(Forbidden):
        confirm_receipt(actor=staff(Role.WAREHOUSE), number=order.number)
    confirm_receipt(actor=staff(Role.SERVICE), number=order.number, reason="电话确认")
    assert standing(order) == ("received", "paid")
    assert AuditEntry.objects.get(action="orders.confirm_receipt").reason == "电话确认"


def test_time_receives_and_completes(payer: Buyer, shift_clock: Shift) -> None:
    order = payer.paid((make_sku(), 1))
    ship(order)
    assert jobs.auto_receive_orders() == 0
    assert auto_receive(number=order.number) is False
    shift_clock(10 * 86400 + 1)

    assert jobs.auto_receive_orders() == 1
    assert jobs.auto_receive_orders() == 0
    assert standing(order) == ("received", "paid")
    assert jobs.complete_orders() == 0
    assert complete_order(number=order.number) is False
    shift_clock(7 * 86400 + 1)
    Order.objects.update(after_sale_status="open")
    assert (jobs.complete_orders(), complete_order(number=order.number)) == (0, False)
    Order.objects.update(after_sale_status="none")
    assert jobs.complete_orders() == 1

    assert standing(order) == ("completed", "paid")
    assert timeline(order)[-3:] == ["shipped", "auto_received", "completed"]
    assert OutboxEvent.objects.filter(name="orders.order_completed").count() == 1
    assert payer.phone.delete(f"/orders/{order.number}").status_code == 204
    assert list(audit_orders()) == []


def test_virtual_goods_are_received_by_being_delivered(payer: Buyer) -> None:
    sku = make_sku(stock=5, is_virtual=True)
    order = payer.paid((sku, 2), delivery="virtual")
    with pytest.raises(InvalidInput):
        ship_order(actor=SYSTEM, number=order.number)

    ship_order(actor=SYSTEM, number=order.number, content="兑换码 ABCD-1234")

    assert standing(order) == ("received", "paid")
    assert payer.show(order).json()["contents"] == ["兑换码 ABCD-1234"]
    assert counters(sku) == (3, 0)
    assert timeline(order) == ["placed", "paid", "delivered", "received"]
    assert list(audit_orders()) == []


def test_own_couriers_need_no_tracking_number(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1), delivery="local")
    ship_order(actor=SYSTEM, number=order.number, note="小李送")
    assert standing(order) == ("shipped", "paid")


def test_a_pick_up_order_is_handed_over_for_its_code_once(payer: Buyer) -> None:
    sku = make_sku(stock=5)
    order = payer.paid((sku, 2), delivery="pickup", store=make_store().pk)
    code = payer.show(order).json()["pickup"]["code"]
    clerk = staff(Role.CLERK)
    with pytest.raises(PickupCodeWrong):
        hand_over(actor=clerk, number=order.number, code="000000000000")
    with pytest.raises(Forbidden):
        hand_over(actor=staff(Role.FINANCE), number=order.number, code=code)
    with pytest.raises(OrderStateRefused):
        ship(order)
    assert (standing(order), counters(sku)) == (("awaiting_pickup", "paid"), (5, 2))

    hand_over(actor=clerk, number=order.number, code=f" {code} ")

    assert standing(order) == ("received", "paid")
    assert counters(sku) == (3, 0)
    body = payer.show(order).json()
    assert (body["pickup"]["code"], body["fulfilment_status"]) == (None, "fulfilled")
    with pytest.raises(OrderStateRefused):
        hand_over(actor=clerk, number=order.number, code=code)
    assert list(audit_orders()) == []


def test_the_shop_is_reminded_once_a_day(payer: Buyer, stranger: Buyer, shift_clock: Shift) -> None:
    order = payer.placed((make_sku(), 1))
    path = f"/orders/{order.number}/remind"
    assert problem(payer.phone.post(path)) == (409, "order_state_refused")
    payer.pay_at_wechat(order)
    from tests.orders.buyer import ask_wechat

    ask_wechat(order)
    assert problem(stranger.phone.post(path)) == (404, "not_found")
    assert payer.phone.post(path).status_code == 200
    assert problem(payer.phone.post(path)) == (409, "reminded_recently")
    assert "remind" not in payer.show(order).json()["actions"]
    shift_clock(86401)
    assert payer.phone.post(path).status_code == 200
    assert timeline(order).count("reminded") == 2


def test_staff_notes_are_for_staff(payer: Buyer) -> None:
    order = payer.placed((make_sku(), 1))
    with pytest.raises(Forbidden):
        note_order(actor=staff(Role.FINANCE), number=order.number, note="x")
    note_order(actor=staff(Role.SERVICE), number=order.number, note=" 老客户 ")
    assert fresh(order).staff_note == "老客户"
    assert [event["kind"] for event in payer.show(order).json()["events"]] == ["placed"]


def test_carriers_are_listed_for_everybody(client) -> None:
    answer = client.get("/api/v1/carriers")
    assert answer.status_code == 200
    listed = answer.json()["results"]
    assert listed[0] == {"code": "SF", "name": "顺丰速运"}
    assert len({one["code"] for one in listed}) == len(listed) == len(carriers())


def test_carriers_are_those_that_wechat_knows() -> None:
    from shop.sandbox.mini.couriers import COURIERS

    assert {carrier.code for carrier in carriers()} == set(COURIERS)


def test_settling_changes_nothing_twice(payer: Buyer) -> None:
    order = payer.paid((make_sku(), 1))
    settle()
    settle()
    assert timeline(order) == ["placed", "paid"]
