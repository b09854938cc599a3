"""Callbacks: sealed and signed, retried on WeChat's table, duplicated, reordered, falsified on order."""

import json
import threading

import pytest
from cryptography.exceptions import InvalidTag

from shop.sandbox.callbacks import PAY_TABLE, TRANSFER_TABLE
from tests.sandbox.waiting import eventually


@pytest.fixture
def order(merchant, openid, mailbox):
    return merchant.order(openid, mailbox.url)


def notification(sandbox, reference):
    (row,) = sandbox.notifications(reference)
    return row


def until(sandbox, reference, state):
    return eventually(lambda: notification(sandbox, reference), lambda row: row["state"] == state)


def test_payment_callback_is_signed_and_sealed(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order))
    (delivery,) = mailbox.wait()
    assert merchant.verifies(_headers(delivery), delivery.body)
    assert delivery.headers["wechatpay-serial"] == merchant.public_key_id
    envelope = json.loads(delivery.body)
    assert (envelope["event_type"], envelope["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    assert merchant.open(delivery) == merchant.query(order["out_trade_no"])
    assert until(sandbox, order["out_trade_no"], "acked")["attempts"] == 1


def _headers(delivery):
    return {name.title(): value for name, value in delivery.headers.items()}


@pytest.mark.parametrize("status", [200, 204])
def test_either_status_acknowledges(merchant, sandbox, order, mailbox, status):
    mailbox.answer = lambda _n: (status, b"")
    sandbox.pay(merchant.prepay(order))
    assert until(sandbox, order["out_trade_no"], "acked")["deliveries"][0]["status"] == status


@pytest.mark.parametrize("status", [500, 401, 302, 201])
def test_other_answers_are_retried_with_the_same_content(merchant, sandbox, order, mailbox, status):
    mailbox.answer = lambda n: (status if n == 0 else 204, b'{"code":"FAIL"}' if n == 0 else b"")
    sandbox.pay(merchant.prepay(order))
    mailbox.wait(1)
    sandbox.advance(15)
    first, second = mailbox.wait(2)
    assert merchant.open(first) == merchant.open(second)
    assert json.loads(first.body)["id"] == json.loads(second.body)["id"]
    assert first.headers["wechatpay-nonce"] != second.headers["wechatpay-nonce"]
    row = until(sandbox, order["out_trade_no"], "acked")
    assert [entry["status"] for entry in row["deliveries"]] == [status, 204]


def test_the_whole_retry_table_then_silence(merchant, sandbox, order, mailbox):
    mailbox.answer = lambda _n: (500, b"")
    sandbox.pay(merchant.prepay(order))
    for count, pause in enumerate(PAY_TABLE, start=1):
        mailbox.wait(count)
        _settled(sandbox, order["out_trade_no"], count)
        sandbox.advance(pause - 5)
        assert len(mailbox.received) == count
        sandbox.advance(5)
    mailbox.wait(16)
    row = until(sandbox, order["out_trade_no"], "given_up")
    assert row["attempts"] == 16
    assert row["next_at"] is None


def _settled(sandbox, reference, attempts):
    """Until the sandbox has booked this attempt; the listener hears of it earlier."""
    return eventually(lambda: notification(sandbox, reference), lambda row: row["attempts"] == attempts)


def test_tables_are_the_documented_ones():
    assert len(PAY_TABLE) == 15
    assert sum(PAY_TABLE) == 24 * 3600 + 4 * 60
    assert len(TRANSFER_TABLE) == 1 + 10 + 10 + 44


def test_nobody_at_home_counts_as_a_failure(merchant, sandbox, openid):
    order = merchant.order(openid, "http://127.0.0.1:9/notify")
    sandbox.pay(merchant.prepay(order))
    row = _settled(sandbox, order["out_trade_no"], 1)
    assert row["state"] == "waiting"
    assert row["deliveries"][0]["status"] == 0


def test_twice_sends_two_copies_at_once(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), notify="twice")
    first, second = mailbox.wait(2)
    assert merchant.open(first) == merchant.open(second)


def test_never_is_silent(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), notify="never")
    assert notification(sandbox, order["out_trade_no"])["state"] == "silent"
    sandbox.advance(3600)
    assert mailbox.received == []
    assert merchant.query(order["out_trade_no"])["trade_state"] == "SUCCESS"


def test_late_waits_twenty_seconds(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), notify="late")
    sandbox.advance(15)
    assert mailbox.received == []
    sandbox.advance(5)
    mailbox.wait()


def test_twenty_copies_arrive_in_parallel(merchant, sandbox, order, mailbox):
    barrier = threading.Barrier(20, timeout=60)

    def answer(_number):
        barrier.wait()
        return 204, b""

    mailbox.answer = answer
    sandbox.pay(merchant.prepay(order), copies=20)
    mailbox.wait(20)
    assert until(sandbox, order["out_trade_no"], "acked")["attempts"] == 1


def test_before_answer_delivers_before_pay_returns(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), notify="before_answer")
    assert len(mailbox.received) == 1


def test_autopay_calls_back_before_the_prepay_answer(merchant, sandbox, order, mailbox):
    sandbox.autopay()
    merchant.prepay(order)
    assert len(mailbox.received) == 1
    assert merchant.query(order["out_trade_no"])["trade_state"] == "SUCCESS"
    other = merchant.order(order["payer"]["openid"], mailbox.url)
    merchant.prepay(other)
    assert merchant.query(other["out_trade_no"])["trade_state"] == "NOTPAY"


def test_override_falsifies_the_callback_but_not_the_query(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), override={"amount": 1, "mchid": "1900000009"})
    (delivery,) = mailbox.wait()
    told = merchant.open(delivery)
    assert (told["amount"]["total"], told["mchid"]) == (1, "1900000009")
    assert merchant.query(order["out_trade_no"])["amount"]["total"] == 1000


def test_tampered_body_fails_verification(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), override={"tamper": True})
    (delivery,) = mailbox.wait()
    assert not merchant.verifies(_headers(delivery), delivery.body)


def test_tampered_ciphertext_is_signed_but_does_not_open(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order), override={"tamper": "ciphertext"})
    (delivery,) = mailbox.wait()
    assert merchant.verifies(_headers(delivery), delivery.body)
    with pytest.raises(InvalidTag):
        merchant.open(delivery)


def test_unknown_override_pays_nothing(merchant, sandbox, order):
    payment = merchant.prepay(order)
    sandbox.pay(payment, override={"colour": "red"}, expect=400)
    assert merchant.query(order["out_trade_no"])["trade_state"] == "NOTPAY"


@pytest.mark.parametrize("kind", ["stale", "wrong_serial", "signtest", "tamper"])
def test_spoiled_once_then_the_true_callback(merchant, sandbox, order, mailbox, kind):
    mailbox.answer = lambda n: (401 if n == 0 else 204, b"")
    sandbox.fault(kind, target="callback", path="/notify")
    sandbox.pay(merchant.prepay(order))
    mailbox.wait(1)
    sandbox.advance(15)
    spoiled, true = mailbox.wait(2)
    headers = _headers(spoiled)
    if kind == "wrong_serial":
        assert headers["Wechatpay-Serial"] != merchant.public_key_id
    else:
        assert not merchant.verifies(headers, spoiled.body)
    assert headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/") == (kind == "signtest")
    assert merchant.verifies(_headers(true), true.body)


def test_certificate_mode_signs_with_the_platform_key(merchant, sandbox, order, mailbox):
    sandbox.settings(notify_key="certificate")
    sandbox.pay(merchant.prepay(order))
    (delivery,) = mailbox.wait()
    assert delivery.headers["wechatpay-serial"] != merchant.public_key_id
    assert not merchant.verifies(_headers(delivery), delivery.body)


def test_held_callbacks_are_released_in_any_order(merchant, sandbox, openid, mailbox):
    sandbox.post("/callbacks/hold", {"on": True})
    numbers = []
    for _ in range(3):
        body = merchant.order(openid, mailbox.url)
        sandbox.pay(merchant.prepay(body))
        numbers.append(body["out_trade_no"])
    assert mailbox.received == []
    ids = [notification(sandbox, number)["id"] for number in numbers]
    sandbox.post("/callbacks/release", {"ids": [ids[2], ids[0], ids[1]]})
    told = [merchant.open(delivery)["out_trade_no"] for delivery in mailbox.received]
    assert told == [numbers[2], numbers[0], numbers[1]]


def test_resend_repeats_an_acknowledged_callback(merchant, sandbox, order, mailbox):
    sandbox.pay(merchant.prepay(order))
    row = until(sandbox, order["out_trade_no"], "acked")
    sandbox.resend(row["id"], copies=3)
    assert len(mailbox.received) == 4
    assert notification(sandbox, order["out_trade_no"])["state"] == "acked"


def test_refund_and_transfer_callbacks(merchant, sandbox, openid, mailbox, listener):
    sandbox.settings(refund_delay_seconds=0.0, transfer_delay_seconds=0.0)
    paid = merchant.paid(openid)
    merchant.refund(paid, 300, notify_url=mailbox.url)
    (delivery,) = mailbox.wait()
    told = merchant.open(delivery)
    assert json.loads(delivery.body)["event_type"] == "REFUND.SUCCESS"
    assert (told["refund_status"], told["amount"]["refund"], told["mchid"]) == (
        "SUCCESS",
        300,
        merchant.mchid,
    )
    other = listener.mailbox()
    body = merchant.transfer(openid, notify_url=other.url)
    merchant.post("/v3/fund-app/mch-transfer/transfer-bills", body)
    sandbox.transfer(body["out_bill_no"], "confirm")
    (delivery,) = other.wait()
    told = merchant.open(delivery)
    assert json.loads(delivery.body)["event_type"] == "MCHTRANSFER.BILL.FINISHED"
    assert (told["state"], told["transfer_amount"], told["openid"]) == ("SUCCESS", 500, openid)
