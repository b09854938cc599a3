"""A buyer, as short sentences: fills the cart, quotes, places, pays, looks at what became of it."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Reservation, Sku, Stock
from members.models import Member
from orders.models import Order, OrderEvent
from shop.core.actors import Actor
from shop.core.outbox import relay
from shop.payments.models import PaymentAttempt
from shop.payments.services.watching import watch_attempt
from tests.members.shoppers import Browser, address, browser_of, new_member
from tests.sandbox_process import SandboxProcess

_numbers = itertools.count(1)


@dataclass
class Buyer:
    member: Member
    phone: Browser
    address_id: int
    sandbox: SandboxProcess | None = None
    keys: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def actor(self) -> Actor:
        return Actor.member(self.member.pk)

    def body(self, *wanted: tuple[Sku, int], **more: Any) -> dict[str, Any]:
        items = [{"sku": sku.pk, "quantity": quantity} for sku, quantity in wanted]
        body: dict[str, Any] = {"items": items} if items else {"from_cart": True}
        body["delivery"] = more.pop("delivery", "express")
        if body["delivery"] in ("express", "local"):
            body["address"] = self.address_id
        return {**body, **more}

    def quote(self, *wanted: tuple[Sku, int], **more: Any) -> Any:
        return self.phone.post("/checkout/quote", self.body(*wanted, **more))

    def order(self, *wanted: tuple[Sku, int], key: str = "", **more: Any) -> Any:
        """POST /orders at the price of a quote, unless ``expected_payable`` says otherwise."""
        if "expected_payable" not in more:
            plain = {name: value for name, value in more.items() if name not in ("note", "invoice")}
            more["expected_payable"] = self.quote(*wanted, **plain).json()["payable"]
        key = key or f"key-{next(self.keys)}"
        return self.phone.post("/orders", self.body(*wanted, **more), **{"Idempotency-Key": key})

    def placed(self, *wanted: tuple[Sku, int], **more: Any) -> Order:
        answer = self.order(*wanted, **more)
        assert answer.status_code == 201, answer.content
        return Order.objects.get(number=answer.json()["number"])

    def start(self, order: Order, *, method: str = "wechat", key: str = "") -> Any:
        key = key or f"key-{next(self.keys)}"
        return self.phone.post(
            f"/orders/{order.number}/payments", {"method": method}, **{"Idempotency-Key": key}
        )

    def pay_at_wechat(self, order: Order, started: Any = None) -> None:
        """Pay in WeChat; the shop has not been told yet."""
        assert self.sandbox is not None
        started = started or self.start(order)
        assert started.status_code == 201, started.content
        self.sandbox.pay(dict(started.json()["wechat"]), notify="never")

    def paid(self, *wanted: tuple[Sku, int], **more: Any) -> Order:
        """Place an order, pay it, and let the shop find out by asking."""
        order = self.placed(*wanted, **more)
        self.pay_at_wechat(order)
        ask_wechat(order)
        settle()
        return fresh(order)

    def show(self, order: Order) -> Any:
        return self.phone.get(f"/orders/{order.number}")


def new_buyer(*, sandbox: SandboxProcess | None = None) -> Buyer:
    openid = f"o-buyer-{next(_numbers)}" if sandbox is None else sandbox.create_user()["openid"]
    member = new_member(openid)
    phone = browser_of(member)
    answer = phone.post("/me/addresses", address())
    assert answer.status_code == 201, answer.content
    return Buyer(member, phone, answer.json()["id"], sandbox)


def attempt_of(order: Order) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__payable_number=order.number).latest("pk")


def ask_wechat(order: Order) -> None:
    watch_attempt(attempt_id=attempt_of(order).pk)


def settle() -> None:
    """Deliver every event there is."""
    while relay(100):
        pass


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def standing(order: Order) -> tuple[str, str]:
    """Status and payment status now."""
    order = fresh(order)
    return order.status, order.payment_status


def counters(sku: Sku) -> tuple[int, int]:
    """On hand and reserved at the default location."""
    stock = Stock.objects.get(sku=sku, location__is_default=True)
    return stock.on_hand, stock.reserved


def held(order: Order) -> list[tuple[int, int, int, str]]:
    """Quantity, shipped, released and state of the order's reservations."""
    rows = Reservation.objects.filter(reference=order.number).order_by("pk")
    return [(row.quantity, row.consumed, row.released, row.state) for row in rows]


def timeline(order: Order) -> list[str]:
    return list(OrderEvent.objects.filter(order=order).values_list("kind", flat=True))
