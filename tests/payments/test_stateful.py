"""Any sequence of starting, paying, cancelling, refunding and waiting leaves the books true.

Hypothesis plays shopper, staff, WeChat and time against the real services and the real sandbox; after every
step the invariants are read from PostgreSQL.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shop.core.errors import ShopError
from shop.payments import jobs
from shop.payments.audit import audit_payments
from shop.payments.models import Payment, PaymentAttempt, Refund
from shop.payments.services.closing import close_payable
from shop.payments.services.refunds import abandon_refund, request_refund, retry_closed_refund
from tests.payments.shopper import SYSTEM, Shopper, cash, shelf_of
from tests.shopfloor.models import Bill
from tests.shopfloor.payable import KIND

FAULTS = ["drop", "drop_after_commit", "500", "500_after_commit", "bad_signature_after_commit", "empty_body"]


class Purchase(RuleBasedStateMachine):
    """One bill with one unit of stock, and everything that can happen to it."""

    shopper: Shopper
    shift: Any

    def __init__(self) -> None:
        super().__init__()
        self.shopper.sandbox.clear_faults()
        self.bill = self.shopper.bill(stock=1, minutes=60)
        self.prepays: list[dict[str, str]] = []
        self.references = 0

    def attempt(self, action: Any) -> Any:
        """Do it; a refusal of the shop's own is a fair answer, anything else is not."""
        try:
            return action()
        except ShopError as refusal:
            return refusal

    @initialize(at_once=st.sampled_from([True, True, True, False]))
    def begin(self, at_once: bool) -> None:
        """Most sequences begin with a payment: without one there is little that could go wrong."""
        if at_once:
            self.start()

    @rule()
    def start(self) -> None:
        started = self.attempt(lambda: self.shopper.start(self.bill))
        if getattr(started, "wechat", None):
            self.prepays.append(dict(started.wechat))

    @precondition(lambda self: self.prepays)
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        wechat = data.draw(st.sampled_from(self.prepays))
        self.shopper.sandbox._session.post(
            f"{self.shopper.sandbox.base_url}/_sandbox/pay",
            json={"wechat": wechat, "notify": "never"},
            timeout=30,
        )

    @rule(amount=st.sampled_from([500, 1000, 1500]))
    def change_price(self, amount: int) -> None:
        Bill.objects.filter(pk=self.bill.pk, state="open").update(amount=amount)

    @rule()
    def cancel(self) -> None:
        self.attempt(
            lambda: close_payable(
                actor=SYSTEM, payable_kind=KIND, payable_number=self.bill.number, reason="member"
            )
        )

    @rule(amount=st.integers(1, 1200), data=st.data())
    def refund(self, amount: int, data: st.DataObject) -> None:
        payments = list(Payment.objects.filter(payable_number=self.bill.number).order_by("pk"))
        if payments:
            payment = data.draw(st.sampled_from(payments))
            self.references += 1
            self.attempt(
                lambda: request_refund(
                    actor=SYSTEM,
                    payment_number=payment.number,
                    amount=amount,
                    reason="r",
                    reference=f"s{self.references}",
                )
            )

    @rule(outcome=st.sampled_from(["SUCCESS", "CLOSED", "ABNORMAL"]))
    def wechat_decides_refunds(self, outcome: str) -> None:
        self.shopper.sandbox.settings(refund_outcome=outcome)

    @rule(give_up=st.booleans())
    def staff_clean_up(self, give_up: bool) -> None:
        for refund in Refund.objects.filter(state="closed"):
            if give_up:
                abandon_refund(actor=SYSTEM, number=refund.number, reason="cash")
            else:
                retry_closed_refund(actor=SYSTEM, number=refund.number)

    @rule(fault=st.sampled_from(FAULTS))
    def bad_luck(self, fault: str) -> None:
        self.shopper.sandbox.fault(fault, path="/v3/")

    @rule(seconds=st.sampled_from([20, 61, 700, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.shift(seconds)
        self.jobs_run()

    @rule()
    def jobs_run(self) -> None:
        jobs.expire_payments()
        jobs.watch_attempts()
        jobs.advance_refunds()

    @invariant()
    def the_books_are_true(self) -> None:
        assert [finding for finding in audit_payments() if not finding.kind.startswith("stuck")] == []
        received = sum(PaymentAttempt.objects.filter(state="paid").values_list("received", flat=True))
        returned = sum(Refund.objects.filter(state="succeeded").values_list("amount", flat=True))
        assert cash() == received - returned

    @invariant()
    def one_truth_about_the_bill(self) -> None:
        self.bill.refresh_from_db()
        kept = Payment.objects.filter(payable_number=self.bill.number, disposition="kept").count()
        assert kept == (self.bill.state == "paid")
        assert self.bill.confirmed == kept
        free = shelf_of(self.bill).free
        assert free == (self.bill.state == "closed")

    @invariant()
    def at_most_one_number_is_open(self) -> None:
        live = PaymentAttempt.objects.filter(
            payment__payable_number=self.bill.number, state__in=["sending", "open"]
        )
        assert live.count() <= 1

    def teardown(self) -> None:
        """Let everything come to rest: nothing may stay under way."""
        self.shopper.sandbox.clear_faults()
        self.shopper.sandbox.settings(refund_outcome="SUCCESS")
        self.cancel()
        for _turn in range(8):
            self.shift(1900)
            self.jobs_run()
        self.one_truth_about_the_bill()
        assert self.bill.state in ("paid", "closed")
        mine = Payment.objects.filter(payable_number=self.bill.number)
        assert not mine.filter(state__in=["open", "closing"]).exists()
        assert not Refund.objects.filter(state__in=["pending", "sending", "processing"]).exists()
        assert list(audit_payments()) == []


def play(shopper: Shopper, shift_clock: Any, examples: int) -> None:
    Purchase.shopper = shopper
    Purchase.shift = staticmethod(shift_clock)
    run_state_machine_as_test(
        Purchase,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Payment.objects.exists()


@pytest.mark.timeout(600)
def test_any_sequence_leaves_the_books_true(shopper: Shopper, shift_clock: Any, quick_timeouts: None) -> None:
    play(shopper, shift_clock, 8)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_very_many_sequences_leave_the_books_true(
    shopper: Shopper, shift_clock: Any, quick_timeouts: None
) -> None:
    play(shopper, shift_clock, 200)
