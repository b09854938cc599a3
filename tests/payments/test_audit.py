"""The audit finds what the rows and the cash ledger contradict, and exits with 1."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command

from shop.core import clock
from shop.payments.audit import audit_payments
from shop.payments.models import CASH, CashAccount, Payment, PaymentAttempt, Refund, Transfer
from shop.payments.services.refunds import request_refund
from tests.payments.shopper import SYSTEM, Shopper
from tests.payments.test_closing import close
from tests.payments.test_transfers import pay_out


def test_consistent_books_exit_0(shopper: Shopper, capsys: pytest.CaptureFixture[str]) -> None:
    shopper.paid()

    call_command("audit_payments")

    assert "consistent" in capsys.readouterr().out


def refund(payment: Payment) -> None:
    request_refund(actor=SYSTEM, payment_number=payment.number, amount=100, reason="r", reference="a")


def wrong_captured(payment: Payment) -> None:
    PaymentAttempt.objects.update(received=999)


def wrong_refunded(payment: Payment) -> None:
    refund(payment)
    Payment.objects.update(refunded=100)


def wrong_promise(payment: Payment) -> None:
    Payment.objects.update(refund_committed=1)


def lost_refund_entry(payment: Payment) -> None:
    refund(payment)
    Refund.objects.update(state="succeeded", due_at=None)
    Payment.objects.update(refunded=100)


def entry_without_payment(payment: Payment) -> None:
    CASH.post(account_id=CashAccount.objects.get().pk, amount=5, reason="capture", reference="nowhere")


def entry_without_transfer(payment: Payment) -> None:
    CASH.post(account_id=CashAccount.objects.get().pk, amount=-5, reason="transfer", reference="nowhere")


def forgotten_refund(payment: Payment) -> None:
    refund(payment)
    Refund.objects.update(due_at=clock.now() - timedelta(hours=2))


def unpromised(payment: Payment) -> None:
    Payment.objects.update(disposition="late")


@pytest.mark.parametrize(
    ("spoil", "kinds"),
    [
        (wrong_captured, {"captured", "capture_entry"}),
        (wrong_refunded, {"refunded"}),
        (wrong_promise, {"refund_committed"}),
        (lost_refund_entry, {"refund_entry"}),
        (entry_without_payment, {"capture_entry"}),
        (entry_without_transfer, {"transfer_entry"}),
        (forgotten_refund, {"stuck_refund"}),
        (unpromised, {"unpromised_return"}),
    ],
)
def test_drift_is_found_and_exits_1(
    shopper: Shopper,
    spoil: Callable[[Payment], None],
    kinds: set[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(shopper.paid())

    assert {finding.kind for finding in audit_payments()} == kinds
    with pytest.raises(SystemExit) as ended:
        call_command("audit_payments")
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert all(kind in printed for kind in kinds)


def test_what_was_left_behind_is_found(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    PaymentAttempt.objects.update(due_at=None)
    pay_out(shopper)
    Transfer.objects.update(due_at=None)
    stuck = shopper.bill()
    shopper.start(stuck)
    close(stuck)
    PaymentAttempt.objects.filter(close_requested=True).update(state="closed", due_at=None)
    Payment.objects.filter(state="closing").update(created_at=clock.now() - timedelta(hours=2))

    kinds = sorted(finding.kind for finding in audit_payments())

    assert kinds == ["stuck_attempt", "stuck_closing", "stuck_transfer"]
