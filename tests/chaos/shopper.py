"""One shopper's whole purchases in a shop whose parts die, each with the ending that was drawn for it."""

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.chaos.client import PATIENCE_SECONDS, Client
from tests.chaos.running_shop import RunningShop, wait_for
from tests.chaos.stage import Stage, StageError
from tests.members.shoppers import address

ENDINGS = (
    "received",
    "shipped",
    "kept",
    "cancelled_unpaid",
    "cancelled_while_paying",
    "cancelled_paid",
    "expired",
    "expired_while_paying",
)
NOTIFY = ("once", "twice", "never")


@dataclass(frozen=True)
class Purchase:
    """One purchase: which ``ending`` was drawn, what was ordered (pieces by SKU) and what it costs in fen.

    ``money`` fen in the wallet and ``points`` were given to the shopper before, to pay a part with.
    """

    number: str
    ending: str
    lines: dict[int, int]
    payable: int
    money: int = 0
    points: int = 0


class Clerk:
    """The staff: one at a time, and again until the shop took it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lock = threading.Lock()

    def do(self, act: str, **arguments: Any) -> Any:
        results: list[Any] = []
        failures: list[str] = []

        def done() -> bool:
            try:
                with self._lock:
                    results.append(self._stage.do(act, **arguments))
            except StageError as error:
                failures.append(str(error))
            return bool(results)

        try:
            wait_for(done, seconds=PATIENCE_SECONDS, what=act)
        except AssertionError:
            raise AssertionError(f"{act} {arguments} was never done: {failures[-1]}") from None
        return results[0]


class Shopper(Client):
    """A member who logged in with WeChat and has an address."""

    def __init__(self, shop: RunningShop, *, clerk: Clerk, dice: random.Random) -> None:
        super().__init__(shop)
        self._clerk = clerk
        self._dice = dice
        self._tickets = itertools.count(1)
        openid = shop.sandbox("POST", "/users", {})["openid"]
        code = shop.sandbox("POST", f"/users/{openid}/login-code", {})["code"]
        session = self.call("POST", "/auth/wechat", {"code": code})
        self.token, self._member = session["access"], session["member"]["id"]
        self._address = self.call("POST", "/me/addresses", address())["id"]

    def buy(self, lines: dict[int, int], *, ending: str, mixed: bool) -> Purchase:
        """Fill the cart, quote, place the order and go on to its ending; ``mixed``: not with WeChat alone."""
        for sku, quantity in lines.items():
            self._put(sku, quantity)
        wanted = {"from_cart": True, "delivery": "express", "address": self._address}
        money, points = self._fund() if mixed else (0, 0)
        if mixed:
            part = {**wanted, "use_wallet": True, "points": points}
            if self.call("POST", "/checkout/quote", part)["due"]:  # the rest is for WeChat
                wanted = part
        payable = self.call("POST", "/checkout/quote", wanted)["payable"]
        order = self.call("POST", "/orders", {**wanted, "expected_payable": payable})
        assert {line["sku"]: line["quantity"] for line in order["lines"]} == lines
        getattr(self, f"_{ending}")(order["number"])
        return Purchase(order["number"], ending, lines, payable, money, points)

    def _fund(self) -> tuple[int, int]:
        """Get fen into the wallet and points: less than the cheapest of the goods costs."""
        money, points = self._dice.randint(1, 900), self._dice.randint(50, 500)
        reference = f"{self._member}-{next(self._tickets)}"
        self._clerk.do("fund", member=self._member, money=money, points=points, reference=reference)
        return money, points

    def _put(self, sku: int, quantity: int) -> None:
        """Adding adds: when an answer was lost and the request repeated, set the quantity right."""
        cart = self.call("POST", "/cart/items", {"sku": sku, "quantity": quantity})
        item = next(item for item in cart["items"] if item["sku"] == sku)
        if item["quantity"] != quantity:
            self.call("PATCH", f"/cart/items/{item['id']}", {"quantity": quantity})

    def _pay(self, number: str, *, notify: str = "") -> None:
        started = self.call("POST", f"/orders/{number}/payments", {"method": "wechat"})
        body = {"wechat": started["wechat"], "notify": notify or self._dice.choice(NOTIFY)}
        self.shop.sandbox("POST", "/pay", body)

    def _wait(self, number: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Look at the order, as its page does, until it stands as wanted."""
        seen: dict[str, Any] = {}

        def stands() -> bool:
            seen.update(self.call("GET", f"/orders/{number}"))
            return wanted(seen)

        try:
            wait_for(stands, seconds=PATIENCE_SECONDS, what="the order", pause=self._dice.uniform(0.3, 0.6))
        except AssertionError:
            raise AssertionError(f"order {number} stands at {seen['status']}, {seen['events']}") from None

    def _kept(self, number: str) -> None:
        self._pay(number)
        self._wait(number, lambda order: order["status"] == "awaiting_shipment")

    def _shipped(self, number: str) -> None:
        self._kept(number)
        assert self._clerk.do("ship", number=number) == "shipped"

    def _received(self, number: str) -> None:
        self._shipped(number)
        assert self.call("POST", f"/orders/{number}/confirm")["status"] == "received"

    def _cancelled_unpaid(self, number: str) -> None:
        if self._dice.random() < 0.5:  # with a prepay that WeChat must close first
            self.call("POST", f"/orders/{number}/payments", {"method": "wechat"})
        self.call("POST", f"/orders/{number}/cancel", {})
        self._wait(number, lambda order: order["status"] == "closed")

    def _cancelled_while_paying(self, number: str) -> None:
        """Paid in WeChat and cancelled before anybody told the shop: either end is right, never half."""
        self._pay(number)
        self.call("POST", f"/orders/{number}/cancel", {})

    def _cancelled_paid(self, number: str) -> None:
        self._kept(number)
        self.call("POST", f"/orders/{number}/cancel", {})
        self._wait(number, lambda order: order["refunded"] == order["payable"])

    def _expired(self, number: str) -> None:
        if self._dice.random() < 0.5:
            self.call("POST", f"/orders/{number}/payments", {"method": "wechat"})
        self._clerk.do("let_time_run_out", number=number)
        self._wait(number, lambda order: order["status"] == "closed")

    def _expired_while_paying(self, number: str) -> None:
        """Paid in WeChat's last second, never announced: the shop finds out when it closes the payment."""
        self._pay(number, notify="never")
        self._clerk.do("let_time_run_out", number=number)
        self._wait(number, lambda order: order["status"] == "awaiting_shipment")
