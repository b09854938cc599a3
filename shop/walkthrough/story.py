"""The story of a purchase: found, priced, ordered, paid, shipped, received, and the books compared.

The shopper speaks HTTP only, as a mini-program does. Staff act through the services that the console calls.
"""

import time
from collections.abc import Callable

from django.contrib.auth import get_user_model

from orders.services.shipping import Parcel, Portion, ship_parcels
from shop.core.actors import Actor
from shop.payments.models import Payment
from shop.walkthrough.visitor import Body, Visitor, WalkthroughStopped, new_key
from shop.wechat.outcomes import Success
from shop.wechat.pay.client import pay_client

API = "/api/v1"
PATIENCE_SECONDS = 60
LOOK_EVERY_SECONDS = 0.3
ADDRESS = {
    "receiver": "林小满",
    "phone": "13800138000",
    "province": "上海市",
    "city": "上海市",
    "district": "黄浦区",
    "street": "南京东路",
    "detail": "100 号 3 楼",
    "is_default": True,
}


class Story:
    """Plays one purchase. ``shop`` and ``sandbox`` are the visitors of the two processes."""

    def __init__(self, *, shop: Visitor, sandbox: Visitor, say: Callable[[str], None]) -> None:
        self.shop, self.sandbox, self.say = shop, sandbox, say
        self.openid = ""
        self.address = 0
        self.skus: list[int] = []
        self.number = ""
        self.trade_no = ""

    def play(self) -> None:
        """Play every step in order; raises ``WalkthroughStopped`` at the first that goes wrong."""
        for place, (title, step) in enumerate(self._steps(), start=1):
            self.say(f"\n{place}. {title}")
            step()

    def _steps(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("逛店 · Look around", self.look_around),
            ("挑选商品 · Choose goods", self.choose),
            ("微信登录 · Log in with WeChat", self.log_in),
            ("填写收货地址 · Enter an address", self.enter_address),
            ("加入购物车 · Fill the cart", self.fill_cart),
            ("算价并下单 · Price and order", self.order),
            ("微信支付 · Pay with WeChat", self.pay),
            ("商家分两个包裹发货 · Staff ship in two parcels", self.ship),
            ("确认收货 · Receive", self.receive),
            ("对账 · Compare with WeChat's books", self.reconcile),
        ]

    def look_around(self) -> None:
        """The home page, the category tree, what others search for."""
        self.shop.get(f"{API}/home")
        self.shop.get(f"{API}/categories")
        self.shop.get(f"{API}/search/hot")

    def choose(self) -> None:
        """Search, open two products, choose a SKU of each."""
        found = self.shop.get(f"{API}/products", q="龙井", in_stock="true")["results"]
        others = self.shop.get(f"{API}/products", in_stock="true", sort="sales")["results"]
        for card in [*found[:3], *others]:
            detail = self.shop.get(f"{API}/products/{card['id']}", quiet=bool(self.skus))
            sku = next((one["id"] for one in detail["skus"] if one["available"] >= 3), None)
            if sku and sku not in self.skus and not detail["is_virtual"]:
                self.skus.append(sku)
            if len(self.skus) == 2:
                return
        raise WalkthroughStopped("商品不足 · The shop has not two products with three pieces to sell.")

    def log_in(self) -> None:
        """A WeChat user of the sandbox opens the mini-program and logs in."""
        self.openid = self.sandbox.post("/_sandbox/users", {"name": "林小满"})["openid"]
        code = self.sandbox.post(f"/_sandbox/users/{self.openid}/login-code")["code"]
        answer = self.shop.post(f"{API}/auth/wechat", {"code": code})
        self.shop.token = answer["access"]

    def enter_address(self) -> None:
        """Where the parcels go."""
        self.address = self.shop.post(f"{API}/me/addresses", ADDRESS)["id"]

    def fill_cart(self) -> None:
        """Two pieces of the first, one of the second; prices are live."""
        for sku, quantity in zip(self.skus, (2, 1), strict=True):
            self.shop.post(f"{API}/cart/items", {"sku": sku, "quantity": quantity}, quiet=True)
        self.shop.get(f"{API}/cart")

    def order(self) -> None:
        """A stale total is refused with the new quote; the same key twice is the same order."""
        wanted: Body = {"from_cart": True, "delivery": "express", "address": self.address}
        payable = self.shop.post(f"{API}/checkout/quote", wanted)["payable"]
        self.shop.refused(f"{API}/orders", {**wanted, "expected_payable": payable + 1}, code="quote_changed")
        key, body = new_key(), {**wanted, "expected_payable": payable, "note": "请轻放，谢谢"}
        placed = self.shop.post(f"{API}/orders", body, key=key)
        again = self.shop.post(f"{API}/orders", body, key=key, quiet=True)
        if again["number"] != placed["number"]:
            raise WalkthroughStopped("同一请求下了两单 · The same key placed two orders.")
        self.say(f"   ✓ 重复提交仍是同一单 · sent twice, still one order: {placed['number']}")
        self.number = placed["number"]

    def pay(self) -> None:
        """Prepay, the cashier, WeChat's signed callback."""
        started = self.shop.post(f"{API}/orders/{self.number}/payments", {"method": "wechat"}, key=new_key())
        self.sandbox.post("/_sandbox/pay", {"wechat": started["wechat"], "notify": "twice"})
        order = self._wait_for("awaiting_shipment")
        self.trade_no = order["merchant_trade_no"]

    def ship(self) -> None:
        """Through the console's service, as the shop's owner."""
        owner = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if owner is None:
            raise WalkthroughStopped("后台没有管理员 · The console has no owner; run manage.py load_demo.")
        lines = self.shop.get(f"{API}/orders/{self.number}", quiet=True)["lines"]
        parcels = [
            Parcel(
                carrier="SF",
                tracking=f"SF{self.number[-10:]}{place}",
                portions=(Portion(line["id"], line["quantity"]),),
            )
            for place, line in enumerate(lines, start=1)
        ]
        for shipment in ship_parcels(actor=Actor.staff(owner), number=self.number, parcels=parcels):
            self.say(f"   ✓ {shipment.carrier} {shipment.tracking} ({owner.get_username()})")
        self.shop.get(f"{API}/orders/{self.number}/tracking")

    def receive(self) -> None:
        """The shopper has the goods; the timeline tells the whole story."""
        order = self.shop.post(f"{API}/orders/{self.number}/confirm")
        if order["status"] != "received":
            raise WalkthroughStopped(f"状态是 {order['status']} · The order is {order['status']}.")
        for event in order["events"]:
            self.say(f"   ✓ {event['at']}  {event['title']}")

    def reconcile(self) -> None:
        """What WeChat says it took has to be what the books say was taken: asked three ways."""
        theirs = next(
            one
            for one in self.sandbox.get("/_sandbox/payments", quiet=True)["results"]
            if one["out_trade_no"] == self.trade_no
        )
        asked = pay_client().query_order(out_trade_no=self.trade_no)
        ours = Payment.objects.get(payable_number=self.number, disposition=Payment.Disposition.KEPT)
        if not isinstance(asked, Success):
            raise WalkthroughStopped(f"微信查单失败 · WeChat did not answer the query: {asked}")
        amounts = (theirs["amount"]["total"], asked.value.amount_total, ours.captured)
        self.say(f"   out_trade_no {self.trade_no}: {theirs['trade_state']}")
        for title, amount in zip(
            ("微信账单 · WeChat", "微信查单 · query", "本店入账 · shop"), amounts, strict=True
        ):
            self.say(f"   {title}: {amount} 分 fen")
        if len(set(amounts)) != 1 or theirs["trade_state"] != "SUCCESS":
            raise WalkthroughStopped("两边账目不一致 · The books differ.")

    def _wait_for(self, status: str) -> Body:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            order = self.shop.get(f"{API}/orders/{self.number}", quiet=True)
            if order["status"] == status:
                self.say(f"   ✓ {self.number}: {order['status']}, {order['payment_status']}")
                return order
            if time.monotonic() > deadline:
                raise WalkthroughStopped(f"{self.number}: {order['status']} ≠ {status}")
            time.sleep(LOOK_EVERY_SECONDS)
