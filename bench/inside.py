"""The child of ``bench.sizes``: one shop's application in this process, asked without a server in between.

Reads lines of JSON, ``{"figure": "search", "calls": 100}``, and answers with processor milliseconds per call:
of this process, and of the PostgreSQL backend that serves it (the kernel's own count, in nanoseconds).
"""

import io
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
os.environ["SHOP_THROTTLE_SCALE"] = "100000"
os.environ["SHOP_LOG_LEVEL"] = "WARNING"
os.environ["SHOP_DB_CONN_MAX_AGE"] = "86400"  # one backend, whose clock is read

from shop.wsgi import application

# The application first: it loads the models.
from django.db import connection  # isort: skip
from django.db.models import F

from catalog.models import Category, Product, Stock
from members.models import Address
from orders.models import CartItem
from shop.core.auth import open_session

MEMBERS = 40
SKUS = 2000
LINES = 3
LINES_IN_CART = 5
API = "/api/v1"


class Shopping:
    """Requests of shoppers, drawn by chance from what the shop has; the same seed, the same requests."""

    def __init__(self) -> None:
        self.dice = random.Random(7)
        self.turn = count(1)
        self.products = list(_on_sale().values_list("id", flat=True)[:SKUS])
        self.categories = list(Category.objects.filter(is_visible=True).values_list("id", flat=True))
        self.skus = _usual_skus()
        self.members = self._members()
        self.started = uuid.uuid4().hex

    def _members(self) -> list[tuple[str, int]]:
        """Return the token and an address of members with a history, their carts filled anew."""
        addresses = list(Address.objects.order_by("id").values_list("member_id", "id"))
        chosen = dict(self.dice.sample(addresses, min(MEMBERS, len(addresses))))
        CartItem.objects.filter(member_id__in=chosen).delete()
        found = []
        for member_id, address_id in chosen.items():
            token = open_session(member_id=member_id).access
            for sku in self.dice.sample(self.skus, LINES_IN_CART):
                self.ask("POST", f"{API}/cart/items", token, {"sku": sku, "quantity": 1})
            found.append((token, address_id))
        return found

    def ask(
        self, method: str, path: str, token: str = "", body: Any = None, good: tuple[int, ...] = (200, 201)
    ) -> Any:
        """Answer a request as a server would have it answered; return the body."""
        status, answer = _serve(_environ(method, path, token, body))
        if status not in good:
            raise RuntimeError(f"{method} {path}: {status} {answer[:500].decode(errors='replace')}")
        return json.loads(answer)

    def actions(self, figure: str, calls: int) -> list[Callable[[], Any]]:
        """Return what is measured; what it needs is asked beforehand."""
        return list(getattr(self, f"_{figure}")(calls))

    def _page(self, calls: int, **more: Any) -> Iterator[Callable[[], Any]]:
        """Ask for pages that nobody has asked before: each is read from the database."""
        for _call in range(calls):
            query = urlencode({"min_price": next(self.turn), **more})
            yield partial(self.ask, "GET", f"{API}/products?{query}")

    def _list(self, calls: int) -> Iterator[Callable[[], Any]]:
        return self._page(calls, sort="sales")

    def _category(self, calls: int) -> Iterator[Callable[[], Any]]:
        for _call in range(calls):
            yield from self._page(1, category=self.dice.choice(self.categories))

    def _rare_word(self, calls: int) -> Iterator[Callable[[], Any]]:
        for _call in range(calls):
            yield from self._page(1, q=f"{self.dice.randrange(1, 900):05d}")

    def _usual_word(self, calls: int) -> Iterator[Callable[[], Any]]:
        """Search for what a shopper types: a word of a title that stands in one of 24 to one of 142."""
        for _call in range(calls):
            yield from self._page(1, q=self.dice.choice(("云上", "竹里", "初雪", "保温杯", "龙井", "毛巾")))

    def _frequent_word(self, calls: int) -> Iterator[Callable[[], Any]]:
        """Search for a word that stands in a tenth of the titles, or for one and another."""
        for _call in range(calls):
            yield from self._page(1, q=self.dice.choice(("礼盒装", "家庭装", "升级款", "款", "听雨 礼盒装")))

    def _detail(self, calls: int) -> Iterator[Callable[[], Any]]:
        for pk in self.dice.choices(self.products, k=calls):
            yield partial(self.ask, "GET", f"{API}/products/{pk}")

    def _cart(self, calls: int) -> Iterator[Callable[[], Any]]:
        for place in range(calls):
            token = self.members[place % len(self.members)][0]
            yield partial(self.ask, "GET", f"{API}/cart", token)

    def _cart_write(self, calls: int) -> Iterator[Callable[[], Any]]:
        for place in range(calls):
            token = self.members[place % len(self.members)][0]
            listed = self.ask("GET", f"{API}/cart", token)
            item = listed["items"][0]["id"]
            path, body = f"{API}/cart/items/{item}", {"quantity": self.dice.randint(1, 9)}
            yield partial(self.ask, "PATCH", path, token, body)

    def _wanted(self, place: int) -> tuple[str, dict[str, Any]]:
        token, address = self.members[place % len(self.members)]
        items = [{"sku": sku, "quantity": 1} for sku in self.dice.sample(self.skus, LINES)]
        return token, {"items": items, "delivery": "express", "address": address}

    def _quote(self, calls: int) -> Iterator[Callable[[], Any]]:
        for place in range(calls):
            token, body = self._wanted(place)
            yield partial(self.ask, "POST", f"{API}/checkout/quote", token, body)

    def _order(self, calls: int) -> Iterator[Callable[[], Any]]:
        for place in range(calls):
            token, body = self._wanted(place)
            payable = self.ask("POST", f"{API}/checkout/quote", token, body)["payable"]
            body["expected_payable"] = payable
            yield partial(self.ask, "POST", f"{API}/orders", token, body)


def _on_sale() -> Any:
    return Product.objects.filter(state=Product.State.ON_SALE, is_deleted=False).order_by("id")


def _usual_skus() -> list[int]:
    """Return SKUs that everybody may buy again and again."""
    rows = Stock.objects.filter(
        location__is_default=True,
        on_hand__gte=F("reserved") + 200,
        sku__is_active=True,
        sku__product__in=_on_sale(),
        sku__product__is_virtual=False,
        sku__product__limit_per_member=None,
        sku__product__limit_per_order=None,
        sku__product__min_quantity=1,
    )
    return list(rows.order_by("sku_id").values_list("sku_id", flat=True)[:SKUS])


def _environ(method: str, path: str, token: str, body: Any) -> dict[str, Any]:
    content = b"" if body is None else json.dumps(body).encode()
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_ACCEPT": "application/json",
        "HTTP_ACCEPT_LANGUAGE": "zh-CN",
        "HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if content:
        environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content))}
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return environ


def _serve(environ: dict[str, Any]) -> tuple[int, bytes]:
    seen: list[str] = []
    answer = application(environ, lambda status, headers, error=None: seen.append(status))
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return int(seen[0].split()[0]), body


def _backend() -> int:
    """Return the processor time of the backend behind our connection, in nanoseconds."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def measure(actions: list[Callable[[], Any]]) -> dict[str, float]:
    """Return milliseconds per action of this process and of the backend."""
    backend, own = _backend(), time.process_time_ns()
    for action in actions:
        action()
    own, backend = time.process_time_ns() - own, _backend() - backend
    return {"web": own / len(actions) / 1e6, "postgres": backend / len(actions) / 1e6}


def main() -> None:
    """Answer until the parent hangs up."""
    answers, sys.stdout = sys.stdout, sys.stderr  # a line of a log must not look like an answer
    shopping = Shopping()
    for line in sys.stdin:
        wanted = json.loads(line)
        result = measure(shopping.actions(wanted["figure"], wanted["calls"]))
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
