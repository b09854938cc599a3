"""A year of orders, played in the order of time: reserve, pay, ship, receive, cancel, refund."""

import heapq
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from orders.models import Order
from orders.pricing import Delivery
from shop.core.money import allocate
from shop.demo.seeding import tables
from shop.demo.seeding.copying import Copier, next_id
from shop.demo.seeding.goods import Goods
from shop.demo.seeding.people import People

Status = Order.Status
FREE_OVER, FREIGHT = 8_800, 800
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_LOT = 200
_PIECES = (1, 1, 1, 1, 2, 2, 3)
_LINES = (1, 1, 1, 2, 2, 3)
_CARRIERS = ("SF", "ZTO", "YTO", "JD")
_SYSTEM = ("system", "seed_demo")


@dataclass
class Sold:
    """One line of an order that is being played."""

    id: int
    sku: int
    quantity: int
    price: int
    freight: int
    shipped: int = 0

    @property
    def amount(self) -> int:
        """Return what the line costs, in fen."""
        return self.quantity * self.price


@dataclass
class Play:
    """One order that is being played. ``end`` is how it will end if there is time enough."""

    id: int
    number: str
    member: int
    lines: list[Sold]
    created: datetime
    end: str
    pickup: bool
    goods_total: int
    freight: int
    status: str = Status.PENDING_PAYMENT
    paid: datetime | None = None
    shipped: datetime | None = None
    received: datetime | None = None
    completed: datetime | None = None
    closed: datetime | None = None
    refunded: datetime | None = None
    payment: int = 0

    @property
    def payable(self) -> int:
        """Return the price of the order, in fen."""
        return self.goods_total + self.freight


@dataclass(frozen=True)
class Surroundings:
    """What orders refer to."""

    location_id: int
    store_id: int | None
    cash_account_id: int
    mchid: str


class Trade:
    """Plays orders and writes what they leave behind. Deterministic by its random generator."""

    def __init__(
        self,
        goods: Goods,
        people: People,
        copier: Copier,
        *,
        rng: random.Random,
        around: Surroundings,
        balance: int,
        now: datetime,
    ) -> None:
        self.goods, self.people, self.copier = goods, people, copier
        self.rng, self.around, self.now = rng, around, now
        self.balance = balance
        self._due: list[tuple[datetime, int, Callable[[Play, datetime], None], Play]] = []
        self._ticket = 0
        self._order = next_id(tables.ORDER)
        self._line = next_id(tables.LINE)
        self._shipment = next_id(tables.SHIPMENT)
        self._payment = next_id(tables.PAYMENT)
        self._lots = 0

    def stock_up(self, at: datetime) -> None:
        """Book what every SKU begins with."""
        for sku, pieces in enumerate(self.goods.on_hand):
            if pieces:
                self.goods.on_hand[sku] = 0
                self._receive(sku, pieces, at, f"SEED-{self.around.location_id}-0")

    def play(self, count: int, *, opened: datetime) -> None:
        """Play ``count`` orders between ``opened`` and now; the last few are left waiting."""
        span = (self.now - opened).total_seconds()
        waiting = max(3, count // 400)
        for place in range(count):
            if place < count - waiting:
                at = opened + timedelta(
                    seconds=span * (place + self.rng.random()) / (count - waiting) * 0.9998
                )
                end = self._end()
            else:
                at = self.now - timedelta(minutes=20) * ((count - place) / waiting)
                end = "waiting"
            self._catch_up(at)
            self._place(at, end)
        self._catch_up(self.now)
        for _at, _ticket, _step, play in sorted(self._due, key=lambda row: row[1]):
            self._write(play)  # where they stand now

    def _end(self) -> str:
        chance = self.rng.random()
        if chance < 0.07:
            return "unpaid"
        return "cancelled" if chance < 0.095 else "bought"

    def _catch_up(self, until: datetime) -> None:
        while self._due and self._due[0][0] <= until:
            at, _ticket, step, play = heapq.heappop(self._due)
            step(play, at)

    def _later(self, at: datetime, step: Callable[[Play, datetime], None], play: Play) -> None:
        self._ticket += 1
        heapq.heappush(self._due, (at, self._ticket, step, play))

    def _number(self) -> str:
        return f"{self.rng.getrandbits(96):024X}"

    def _place(self, at: datetime, end: str) -> None:
        play = self._draw(at, end)
        for line in play.lines:
            self._reserve(play, line, at)
        self._event(play, "placed", "", at, ("member", ""))
        if end == "waiting":
            self._later(self.now + DAY, self._expire, play)
        elif end == "unpaid":
            self._later(at + timedelta(minutes=30), self._expire, play)
        else:
            self._later(at + timedelta(seconds=self.rng.randint(15, 400)), self._pay, play)

    def _draw(self, at: datetime, end: str) -> Play:
        """Draw who buys what."""
        rng, goods = self.rng, self.goods
        (member,) = rng.choices(range(self.people.count), cum_weights=self.people.popularity)
        products = set(
            rng.choices(range(len(goods.titles)), cum_weights=goods.popularity, k=rng.choice(_LINES))
        )
        skus = sorted(rng.randrange(goods.skus_from[it], goods.skus_from[it + 1]) for it in products)
        wanted = [(sku, rng.choice(_PIECES), goods.prices[sku]) for sku in skus]
        total = sum(pieces * price for _sku, pieces, price in wanted)
        pickup = self.around.store_id is not None and rng.random() < 0.04
        freight = 0 if pickup or total >= FREE_OVER else FREIGHT
        shares = allocate(freight, [pieces * price for _sku, pieces, price in wanted])
        lines = []
        for (sku, pieces, price), share in zip(wanted, shares, strict=True):
            lines.append(Sold(self._line, sku, pieces, price, share))
            self._line += 1
        play = Play(self._order, self._number(), member, lines, at, end, pickup, total, freight)
        self._order += 1
        return play

    def _pay(self, play: Play, at: datetime) -> None:
        play.paid, play.payment = at, self._payment
        self._payment += 1
        people, member = self.people, play.member
        people.orders_paid[member] += 1
        people.spent[member] += play.payable
        people.first_paid.setdefault(member, at)
        people.last_paid[member] = at
        for line in play.lines:
            self.goods.sales[self.goods.product_of[line.sku]] += line.quantity
        transaction = f"42{play.payment:026d}"
        self._cash(play.payable, "capture", transaction, at)
        self._move(play, Status.AWAITING_PICKUP if play.pickup else Status.AWAITING_SHIPMENT, "paid", at)
        if play.end == "cancelled":
            self._later(at + HOUR, self._cancel, play)
        elif play.pickup:
            self._later(at + 2 * DAY, self._receive_order, play)
        elif len(play.lines) > 1 and play.id % 3 == 0:
            self._later(at + DAY, self._ship_first, play)
        else:
            self._later(at + DAY, self._ship, play)

    def _ship_first(self, play: Play, at: datetime) -> None:
        play.shipped = at
        self._parcel(play, play.lines[:1], at)
        self._move(play, Status.PARTLY_SHIPPED, "shipped", at)
        self._later(at + 8 * HOUR, self._ship, play)

    def _ship(self, play: Play, at: datetime) -> None:
        play.shipped = at
        self._parcel(play, [line for line in play.lines if line.shipped == 0], at)
        self._move(play, Status.SHIPPED, "shipped", at)
        self._later(at + self.rng.randint(2, 7) * DAY, self._receive_order, play)

    def _receive_order(self, play: Play, at: datetime) -> None:
        play.received = at
        if play.pickup:
            play.shipped = at
            self._parcel(play, play.lines, at)
            self._move(play, Status.RECEIVED, "handed_over", at)
        else:
            self._move(play, Status.RECEIVED, "received", at, ("member", ""))
        self._later(at + 7 * DAY, self._complete, play)

    def _complete(self, play: Play, at: datetime) -> None:
        play.completed = at
        self._move(play, Status.COMPLETED, "completed", at)
        self._write(play)

    def _expire(self, play: Play, at: datetime) -> None:
        self._release(play, at)
        play.closed = at
        self._move(play, Status.CLOSED, "cancelled", at)
        self._write(play)

    def _cancel(self, play: Play, at: datetime) -> None:
        self._release(play, at)
        play.closed = at
        self._move(play, Status.CLOSED, "cancelled", at, ("member", ""))
        play.refunded = at + timedelta(seconds=30)
        self._cash(-play.payable, "refund", f"R{play.number[1:]}", play.refunded)
        self._move(play, Status.REFUNDED, "refunded", play.refunded)
        self._write(play)

    # What is written as it happens: stock, cash and the timeline keep the order of time.

    def _reserve(self, play: Play, line: Sold, at: datetime) -> None:
        goods, sku = self.goods, line.sku
        if goods.on_hand[sku] - goods.reserved[sku] < line.quantity:
            self._lots += 1
            self._receive(sku, _LOT, at, f"SEED-{self.around.location_id}-{self._lots}")
        goods.reserved[sku] += line.quantity
        self._movement(sku, "reserve", 0, line.quantity, play.number, at)

    def _release(self, play: Play, at: datetime) -> None:
        for line in play.lines:
            self.goods.reserved[line.sku] -= line.quantity
            self._movement(line.sku, "release", 0, -line.quantity, play.number, at)

    def _receive(self, sku: int, pieces: int, at: datetime, reference: str) -> None:
        self.goods.on_hand[sku] += pieces
        self._movement(sku, "stock_in", pieces, 0, reference, at)

    def _movement(
        self, sku: int, kind: str, on_hand: int, reserved: int, reference: str, at: datetime
    ) -> None:
        goods = self.goods
        self.copier.add(
            tables.MOVEMENT, goods.first_stock + sku, kind, on_hand, reserved, goods.on_hand[sku],
            goods.reserved[sku], reference, "system:seed_demo", "", at,
        )  # fmt: skip

    def _parcel(self, play: Play, lines: Sequence[Sold], at: datetime) -> None:
        number = self._number()
        tracking = "" if play.pickup else f"{self.rng.choice(_CARRIERS)}{self._shipment:012d}"
        carrier = "".join(sign for sign in tracking if sign.isalpha())
        self.copier.add(
            tables.SHIPMENT, self._shipment, play.id, number, carrier, tracking, "", "", "seed_demo", at
        )
        for line in lines:
            line.shipped = line.quantity
            self.goods.on_hand[line.sku] -= line.quantity
            self.goods.reserved[line.sku] -= line.quantity
            self._movement(line.sku, "consume", -line.quantity, -line.quantity, number, at)
            self.copier.add(tables.SHIPPED, self._shipment, line.id, line.quantity)
        self._shipment += 1

    def _cash(self, amount: int, reason: str, reference: str, at: datetime) -> None:
        self.balance += amount
        self.copier.add(
            tables.CASH, self.around.cash_account_id, amount, self.balance, reason, reference, "", at
        )

    def _move(self, play: Play, to: str, kind: str, at: datetime, actor: tuple[str, str] = _SYSTEM) -> None:
        former, play.status = play.status, to
        self._event(play, kind, former, at, actor)

    def _event(self, play: Play, kind: str, former: str, at: datetime, actor: tuple[str, str]) -> None:
        self.copier.add(tables.EVENT, play.id, kind, former, play.status, *actor, "", "{}", True, "", at)

    # What is written once, when the order has come to rest.

    def _write(self, play: Play) -> None:
        self._write_order(play)
        self._write_lines(play)
        if play.payment:
            self._write_payment(play)

    def _write_order(self, play: Play) -> None:
        delivery = self.people.delivery(play.member)
        payment, fulfilment = self._states(play)
        paid = play.payable if play.paid else 0
        kind = Delivery.PICKUP if play.pickup else Delivery.EXPRESS
        code = f"{play.id % 10**12:012d}" if play.status == Status.AWAITING_PICKUP else None
        self.copier.add(
            tables.ORDER, play.id, play.number, self.people.first + play.member, play.status, payment,
            fulfilment, "none", kind.value, self.around.store_id if play.pickup else None,
            self.around.location_id,
            code, play.goods_total, play.freight, 0, play.payable, 0, play.payable, paid,
            paid if play.refunded else 0, "" if play.pickup else delivery.snapshot,
            "" if play.pickup else delivery.phone_hash, "", "", "mp-weixin", play.created,
            self.now + DAY if play.end == "waiting" else play.created + timedelta(minutes=30), play.paid,
            play.shipped,
            None if play.shipped is None or play.pickup else play.shipped + 10 * DAY, play.received,
            None if play.received is None else play.received + 7 * DAY, play.completed, play.closed,
            "" if play.closed is None else ("member_cancelled" if play.paid else "expired"), False,
        )  # fmt: skip

    def _states(self, play: Play) -> tuple[str, str]:
        if play.refunded:
            payment = Order.PaymentStatus.REFUNDED
        else:
            payment = Order.PaymentStatus.PAID if play.paid else Order.PaymentStatus.UNPAID
        shipped = [line.shipped > 0 for line in play.lines]
        if all(shipped):
            return payment.value, Order.FulfilmentStatus.FULFILLED.value
        partial, none = Order.FulfilmentStatus.PARTIAL, Order.FulfilmentStatus.UNFULFILLED
        return payment.value, (partial if any(shipped) else none).value

    def _write_lines(self, play: Play) -> None:
        goods = self.goods
        for line in play.lines:
            product, back = goods.product_of[line.sku], line.quantity if play.refunded else 0
            self.copier.add(
                tables.LINE, line.id, play.id, goods.first_sku + line.sku, goods.first_product + product,
                goods.titles[product], goods.code(line.sku),
                json.dumps(goods.specs[line.sku], ensure_ascii=False), goods.images[product], line.quantity,
                line.price, line.amount, line.amount, line.freight, goods.cost(line.sku), line.shipped, back,
                line.amount + line.freight if back else 0, "[]",
            )  # fmt: skip
            released = line.quantity if play.closed else 0
            self.copier.add(
                tables.RESERVATION, play.number, goods.first_stock + line.sku, line.quantity, line.shipped,
                released, 1, self._reserved(play, line), None, play.created,
            )  # fmt: skip

    def _reserved(self, play: Play, line: Sold) -> str:
        if play.closed:
            return "released"
        if line.shipped:
            return "consumed"
        return "committed" if play.paid else "held"

    def _write_payment(self, play: Play) -> None:
        back = play.payable if play.refunded else 0
        number, trade_number = f"P{play.number[1:]}", f"T{play.number[1:]}"
        member_id, transaction = self.people.first + play.member, f"42{play.payment:026d}"
        self.copier.add(
            tables.PAYMENT, play.payment, number, "order", play.number, "full", member_id, "wechat", "paid",
            "kept", play.payable, play.payable, back, back, "", play.refunded, play.created,
            play.created + timedelta(minutes=30), play.paid, None,
        )  # fmt: skip
        self.copier.add(
            tables.ATTEMPT, play.payment, trade_number, settings.WECHAT_APPID, self.around.mchid,
            play.payable,
            "CNY", self.goods.titles[self.goods.product_of[play.lines[0].sku]][:40], self._openid(play), "",
            play.created + timedelta(minutes=30), "paid", False, play.created, "", None, transaction,
            play.payable, "OTHERS", play.paid, "SUCCESS", play.created, 0,
        )  # fmt: skip
        if play.refunded:
            self.copier.add(
                tables.REFUND, f"R{play.number[1:]}", play.payment, play.payable, "买家取消订单", "requested",
                f"cancel:{play.number}", "system:seed_demo", "", "succeeded", f"50{play.payment:026d}",
                "ORIGINAL", play.closed, play.refunded, "SUCCESS", "", play.closed, 0,
            )  # fmt: skip

    def _openid(self, play: Play) -> str:
        return self.people.openids[play.member % len(self.people.openids)]
