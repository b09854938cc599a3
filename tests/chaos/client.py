"""A shopper's client that never gives up: it repeats every request under its key until it is answered."""

import random
import time
import uuid
from typing import Any

import requests

from tests.chaos.running_shop import RunningShop

PATIENCE_SECONDS = 150.0


class Client:
    """One member's phone."""

    def __init__(self, shop: RunningShop, *, token: str = "") -> None:
        self.shop = shop
        self.token = token

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one request until it succeeds, with the same Idempotency-Key; returns the answer."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        last = ""
        while time.monotonic() < deadline:
            try:
                answer = requests.request(
                    method, f"{self.shop.base_url}/api/v1{path}", json=body, headers=headers, timeout=20
                )
                if answer.ok:
                    return dict(answer.json())
                last = f"{answer.status_code} {answer.text[:300]}"
                # 409 and 5xx may pass: a lease of a killed process, a service that is starting again.
                assert answer.status_code in (409, 500, 502, 503), f"{method} {path}: {last}"
            except requests.RequestException as error:
                last = repr(error)
            time.sleep(0.2)
        raise AssertionError(f"{method} {path} was never answered: {last}")


class BillClient(Client):
    """A member with a WeChat user who pays bills of the test-suite's own counter."""

    def __init__(self, shop: RunningShop, *, token: str) -> None:
        super().__init__(shop, token=token)
        self.openid = str(shop.sandbox("POST", "/users", {})["openid"])

    def buy(self, amount: int, *, notify: str) -> tuple[str, str]:
        """Place a bill, start its payment, pay it in WeChat; returns the numbers of bill and payment."""
        bill = self.call("POST", "/bills", {"amount": amount})["number"]
        started = self.call("POST", f"/bills/{bill}/payments", {"openid": self.openid})
        self.shop.sandbox("POST", "/pay", {"wechat": started["wechat"], "notify": notify})
        return bill, started["number"]

    def wait_until(self, payment: str, **wanted: Any) -> None:
        """Look at the payment, as the client's page does, until it stands as wanted."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen: dict[str, Any] = {}
        while time.monotonic() < deadline:
            seen = self.call("GET", f"/payments/{payment}")
            if all(seen[name] == value for name, value in wanted.items()):
                return
            time.sleep(random.uniform(0.2, 0.6))
        raise AssertionError(f"payment {payment} never became {wanted}: {seen}")

    def buy_and_return(self, amount: int, *, notify: str) -> tuple[str, str]:
        """The whole round: bought, paid, wanted back, money returned."""
        bill, payment = self.buy(amount, notify=notify)
        self.wait_until(payment, paid=amount)
        self.call("POST", f"/bills/{bill}/refunds", {"payment": payment})
        self.wait_until(payment, refunded=amount)
        return bill, payment
