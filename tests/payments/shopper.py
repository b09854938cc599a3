"""A shopper, as short sentences: places bills, pays them, looks at what became of the money."""

from collections.abc import Mapping
from typing import Any

from shop.core.actors import Actor
from shop.payments.models import CashAccount, Payment, PaymentAttempt, Refund
from shop.payments.services.starting import StartedPayment, start_payment
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
        from shop.payments.services.watching import watch_attempt

        bill = self.bill(**fields)
        started = self.start(bill)
        self.pay_at_wechat(started.wechat)
        watch_attempt(attempt_id=attempt_of(bill).pk)
        return Payment.objects.get(number=started.number)


def attempt_of(bill: Bill) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__payable_number=bill.number).latest("pk")


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
