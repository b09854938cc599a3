"""Starting a payment: a row, then WeChat, then the answer."""

from shop.payments.models import PaymentAttempt
from shop.payments.services.watching import watch_attempt
from tests.payments.shopper import Shopper, attempt_of, cash, facts, payment_of


def test_a_payment_is_started_paid_and_booked_once(shopper: Shopper) -> None:
    bill = shopper.bill(amount=1234)

    started = shopper.start(bill)

    attempt = attempt_of(bill)
    assert (started.method, started.amount, started.status) == ("wechat", 1234, "open")
    assert started.wechat is not None
    assert started.wechat["package"] == f"prepay_id={attempt.prepay_id}"
    assert attempt.state == PaymentAttempt.State.OPEN

    transaction_id = shopper.pay_at_wechat(started.wechat)
    watch_attempt(attempt_id=attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.transaction_id, attempt.received) == ("paid", transaction_id, 1234)
    assert facts(payment_of(bill)) == ("paid", "kept", 1234, 0, 0)
    assert cash() == 1234
    bill.refresh_from_db()
    assert (bill.state, bill.confirmed, bill.released) == ("paid", 1, 0)
