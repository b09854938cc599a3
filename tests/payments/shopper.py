"""A shopper, as short sentences: places bills, pays them, looks at what became of the money."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connections

from shop.core import clock
from shop.core.actors import Actor
from shop.payments.models import CashAccount, Payment, PaymentAttempt, Refund
from shop.payments.services.starting import StartedPayment, start_payment
from shop.payments.services.watching import watch_attempt
from shop.wechat.pay.types import Transaction
from tests.sandbox_process import SandboxProcess
from tests.shopfloor.models import Bill, Shelf
from tests.shopfloor.payable import KIND, place_bill

SYSTEM = Actor.system("tests")


class Shopper:
    def __init__(self, sandbox: SandboxProcess, *, openid: str, member_id: int = 7) -> None:
        self.sandbox = sandbox
        self.openid = openid
        self.member_id = member_id
        self.actor = Actor.member(member_id)

    def bill(self, *, stock: int | None = None, **fields: Any) -> Bill:
        """Place a bill; ``stock`` units are on its shelf before."""
        shelf = None if stock is None else Shelf.objects.create(free=stock)
        return place_bill(member_id=self.member_id, shelf=shelf, **fields)

    def start(self, bill: Bill) -> StartedPayment:
        return start_payment(
            actor=self.actor, payable_kind=KIND, payable_number=bill.number, openid=self.openid
        )

    def pay_at_wechat(self, wechat: Mapping[str, str] | None, *, notify: str = "never", **more: Any) -> str:
        """Pay; returns the out_trade_no's transaction at WeChat."""
        assert wechat is not None
        return str(self.sandbox.pay(dict(wechat), notify=notify, **more)["transaction_id"])

    def paid(self, **fields: Any) -> Payment:
        """Return a payment that was started, paid, and found by asking WeChat."""
        bill = self.bill(**fields)
        started = self.start(bill)
        self.pay_at_wechat(started.wechat)
        watch_attempt(attempt_id=attempt_of(bill).pk)
        return Payment.objects.get(number=started.number)


def attempt_of(bill: Bill) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__payable_number=bill.number).latest("pk")


def shelf_of(bill: Bill) -> Shelf:
    """The bill's shelf as it is now."""
    assert bill.shelf_id is not None
    return Shelf.objects.get(pk=bill.shelf_id)


def payment_of(bill: Bill) -> Payment:
    return Payment.objects.filter(payable_number=bill.number).earliest("pk")


def cash() -> int:
    """What our books say WeChat holds for us."""
    return sum(CashAccount.objects.values_list("balance", flat=True))


def facts(payment: Payment) -> tuple[str, str, int, int, int]:
    """State, outcome, captured, promised back, given back."""
    payment.refresh_from_db()
    return (
        payment.state,
        payment.disposition,
        payment.captured,
        payment.refund_committed,
        payment.refunded,
    )


def refunds_of(payment: Payment) -> list[tuple[str, str, int]]:
    return list(Refund.objects.filter(payment=payment).order_by("pk").values_list("kind", "state", "amount"))


def reported(shopper: Shopper, bill: Bill, **changes: object) -> Transaction:
    """The transaction of a paid bill as WeChat would report it."""
    attempt = attempt_of(bill)
    values = {
        "out_trade_no": attempt.out_trade_no,
        "transaction_id": f"42{attempt.pk:026d}",
        "trade_state": "SUCCESS",
        "trade_state_desc": "",
        "trade_type": "JSAPI",
        "amount_total": attempt.amount,
        "payer_total": attempt.amount,
        "currency": "CNY",
        "payer_openid": shopper.openid,
        "success_time": clock.now(),
        "bank_type": "OTHERS",
        "attach": "",
        "appid": attempt.appid,
        "mchid": attempt.mchid,
    }
    return Transaction(**(values | changes))  # type: ignore[arg-type]


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """Run ``work`` in real threads that start together; return results, exceptions included."""
    barrier = threading.Barrier(count)
    results: list[object] = []

    def run() -> None:
        barrier.wait(timeout=30)
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001  collected and asserted on
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results
