"""GET /payments/{number}."""

from collections.abc import Callable

import pytest
from django.test import Client

from shop.core.auth.sessions import open_session
from shop.payments.models import PaymentAttempt
from shop.payments.services.refreshing import refresh_payment
from shop.payments.services.refunds import request_refund
from tests.payments.shopper import SYSTEM, Shopper, attempt_of, payment_of

Shift = Callable[[float], None]


def get(number: str, member: int = 7) -> tuple[int, dict[str, object]]:
    token = open_session(member_id=member).access
    response = Client().get(f"/api/v1/payments/{number}", headers={"authorization": f"Bearer {token}"})
    return response.status_code, response.json()


def asked(shopper: Shopper) -> int:
    return sum(line["path"].startswith("/v3/pay/transactions/out-trade-no") for line in shopper.sandbox.log())


def test_an_open_payment_is_asked_for_and_found_paid(shopper: Shopper) -> None:
    started = shopper.start(shopper.bill())
    assert get(started.number)[1]["status"] == "open"
    shopper.pay_at_wechat(started.wechat)
    PaymentAttempt.objects.update(asked_at=None)

    status, body = get(started.number)

    assert status == 200
    assert body["status"] == "paid"
    assert (body["amount"], body["paid"], body["refunded"], body["refunding"]) == (1000, 1000, 0, 0)
    assert (body["method"], body["part"]) == ("wechat", "full")
    assert set(body) == {
        "number",
        "method",
        "part",
        "amount",
        "status",
        "paid",
        "refunded",
        "refunding",
        "payable",
        "created_at",
        "expires_at",
        "paid_at",
    }


def test_wechat_is_asked_at_most_once_in_three_seconds(shopper: Shopper, shift_clock: Shift) -> None:
    started = shopper.start(shopper.bill())
    before = asked(shopper)

    for _look in range(5):
        get(started.number)
    assert asked(shopper) == before + 1

    shift_clock(4)
    get(started.number)
    assert asked(shopper) == before + 2


def test_a_paid_payment_is_not_asked_for(shopper: Shopper) -> None:
    payment = shopper.paid()
    request_refund(actor=SYSTEM, payment_number=payment.number, amount=300, reason="r", reference="a")
    before = asked(shopper)

    body = get(payment.number)[1]

    assert (body["status"], body["refunding"]) == ("paid", 300)
    assert asked(shopper) == before


def test_when_wechat_is_away_the_stored_state_is_the_answer(shopper: Shopper) -> None:
    started = shopper.start(shopper.bill())
    shopper.sandbox.offline()

    for _look in range(7):  # until the breaker refuses to ask at all
        PaymentAttempt.objects.update(asked_at=None)
        assert get(started.number) == (200, get(started.number)[1])
        assert get(started.number)[1]["status"] == "open"


def test_a_payment_without_number_is_not_asked_for(shopper: Shopper) -> None:
    bill = shopper.bill()
    shopper.start(bill)
    PaymentAttempt.objects.update(state="refused", due_at=None)
    before = asked(shopper)

    assert refresh_payment(payment=payment_of(bill)).state == "open"

    assert asked(shopper) == before
    assert attempt_of(bill).asked_at is None


@pytest.mark.parametrize(("number", "member"), [("theirs", 8), ("NONE", 7), ("lower", 7)])
def test_absent_and_anothers_look_the_same(shopper: Shopper, number: str, member: int) -> None:
    started = shopper.start(shopper.bill())
    before = asked(shopper)

    status, body = get(started.number if number == "theirs" else number, member)

    assert (status, body["code"]) == (404, "not_found")
    assert asked(shopper) == before


def test_login_is_needed(shopper: Shopper) -> None:
    started = shopper.start(shopper.bill())

    response = Client().get(f"/api/v1/payments/{started.number}")

    assert response.status_code == 401
