"""Callbacks from the real sandbox to the real views: stored once, acted on once, refused when forged."""

import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Conflict
from shop.core.roof import roof_table
from shop.wechat import jobs, queries
from shop.wechat.inbox import process_due, process_message, read_resource, retry_message
from shop.wechat.inbox.processing import MAX_ATTEMPTS
from shop.wechat.models import InboxMessage
from shop.wechat.outcomes import Success
from shop.wechat.pay.client import pay_client
from tests.sandbox_process import SandboxProcess
from tests.wechat.inbox_handlers import effects
from tests.wechat.support import mark, new_order, new_refund, since

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = "TRANSACTION.SUCCESS"
HANDLE = "tests.wechat.inbox_handlers.handle"
FAIL = "tests.wechat.inbox_handlers.fail"
State = InboxMessage.State


@pytest.fixture
def notify(live_server: Any, sandbox: SandboxProcess) -> str:
    """Where the sandbox sends payment notifications: the shop's real view over real HTTP."""
    return f"{live_server.url}/api/v1/wechat/pay/notify"


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(roof_table("INBOX"), EVENT, HANDLE)


def prepay(sandbox: SandboxProcess, notify: str) -> tuple[str, dict[str, str]]:
    """A number and what ``wx.requestPayment`` is given."""
    client, order = pay_client(), new_order(sandbox.create_user()["openid"], notify_url=notify)
    outcome = client.create_jsapi_order(order)
    assert isinstance(outcome, Success)
    return order.out_trade_no, client.invoke_parameters(outcome.value.prepay_id)


def delivered(sandbox: SandboxProcess, reference: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until the sandbox has made ``count`` deliveries of what it has to say about a number."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        made = [each for row in sandbox.notifications(reference) for each in row["deliveries"]]
        if len(made) >= count:
            return made
        threading.Event().wait(0.05)
    raise AssertionError(f"fewer than {count} deliveries")


def test_twenty_callbacks_in_parallel_take_effect_once(sandbox: SandboxProcess, notify: str, handled: None):
    # Given a payment whose notification has not been sent
    number, wechat = prepay(sandbox, notify)
    notification = sandbox.pay(wechat, notify="never")["notification"]
    # When it arrives twenty times at once, and twenty workers act at once
    sandbox.resend(notification, copies=20)
    statuses = [each["status"] for each in delivered(sandbox, number, 20)]
    (message,) = InboxMessage.objects.filter(reference=number)
    run_together(20, lambda: process_message(message.pk))
    # Then all were acknowledged, one row was stored and one effect took place
    assert statuses == [200] * 20
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.DONE, 0)
    assert effects(number) == 1
    # And a copy that comes later changes nothing
    sandbox.resend(notification)
    assert InboxMessage.objects.filter(reference=number).count() == 1
    assert process_message(message.pk) is False
    assert effects(number) == 1


def test_without_the_claim_the_effect_would_be_repeated(sandbox: SandboxProcess, notify: str):
    """The negative control: the same handler, without the row lock and the state check."""
    from tests.wechat import inbox_handlers

    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat)
    delivered(sandbox, number)
    message = InboxMessage.objects.get(reference=number)
    barrier = threading.Barrier(5)

    def unguarded() -> None:
        from shop.core.db import transaction

        with transaction():
            found = InboxMessage.objects.get(pk=message.pk, state=State.RECEIVED)
            barrier.wait(timeout=60)
            inbox_handlers.handle(found, read_resource(found))
            InboxMessage.objects.filter(pk=found.pk).update(state=State.DONE)

    run_together(5, unguarded)
    assert effects(number) == 5


def test_the_stored_ciphertext_tells_what_happened(sandbox: SandboxProcess, notify: str):
    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat)
    delivered(sandbox, number)
    message = InboxMessage.objects.get(reference=number)
    resource = read_resource(message)
    assert resource["out_trade_no"] == number
    assert resource["payer"]["openid"] not in message.envelope
    assert message.content == ""
    assert set(message.headers) == {"serial", "timestamp", "nonce"}
    assert list(queries.messages_about(number)) == [message]


@pytest.mark.parametrize("fault", ["stale", "wrong_serial", "signtest", "tamper"])
def test_what_is_not_authentic_is_refused_and_not_stored(sandbox: SandboxProcess, notify: str, fault: str):
    number, wechat = prepay(sandbox, notify)
    sandbox.fault(fault, target="callback", path="/api/v1/wechat/pay/notify")
    seen = mark(sandbox)
    notification = sandbox.pay(wechat)["notification"]
    assert delivered(sandbox, number)[0]["status"] == 401
    assert not InboxMessage.objects.filter(reference=number).exists()
    # And nothing that arrived made us ask WeChat anything (no certificate download)
    assert [row["path"] for row in since(sandbox, seen) if row["path"].startswith("/v3/")] == []
    # And the true notification, sent again, is taken
    sandbox.resend(notification)
    assert InboxMessage.objects.filter(reference=number).count() == 1


def test_a_copy_with_another_amount_is_a_message_of_its_own(sandbox: SandboxProcess, notify: str):
    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat, override={"amount": 1})
    delivered(sandbox, number)
    (message,) = InboxMessage.objects.filter(reference=number)
    assert read_resource(message)["amount"]["total"] == 1


def test_notifications_of_a_certificate_and_of_the_public_key(sandbox: SandboxProcess, settings, notify: str):
    # Given a merchant in the middle of the migration: either key may sign
    settings.WECHATPAY_PLATFORM_CERTS = (sandbox.data / "platform_cert.pem").read_text()
    for key in ("certificate", "public_key"):
        sandbox.settings(notify_key=key)
        number, wechat = prepay(sandbox, notify)
        sandbox.pay(wechat)
        assert delivered(sandbox, number)[0]["status"] == 200


def test_refund_notification(sandbox: SandboxProcess, live_server: Any):
    number, wechat = prepay(sandbox, "http://127.0.0.1:9/x")
    sandbox.pay(wechat, notify="never")
    refund = new_refund(number, notify_url=f"{live_server.url}/api/v1/wechat/refund/notify")
    assert isinstance(pay_client().create_refund(refund), Success)
    delivered(sandbox, refund.out_refund_no)
    message = InboxMessage.objects.get(reference=refund.out_refund_no)
    assert (message.source, message.event_type) == ("refund", "REFUND.SUCCESS")
    assert read_resource(message)["refund_status"] == "SUCCESS"


def test_a_failing_handler_is_rolled_back_and_tried_again(
    sandbox: SandboxProcess, notify: str, monkeypatch, caplog
):
    # Given a handler that writes and then fails
    monkeypatch.setitem(roof_table("INBOX"), EVENT, FAIL)
    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat)
    delivered(sandbox, number)
    message = InboxMessage.objects.get(reference=number)
    # When it is acted on
    assert process_message(message.pk) is False
    # Then nothing of it stays but the failure, which quotes no personal data
    message.refresh_from_db()
    assert (message.state, message.attempts, effects(number)) == (State.FAILED, 1, 0)
    assert message.next_attempt_at > clock.wall()
    assert message.last_error.startswith("RuntimeError at inbox_handlers.py")
    assert "13800138000" not in message.last_error
    assert "13800138000" not in caplog.text
    assert process_due() == 0, "not due yet"
    # And once it is due and the handler works, it takes effect
    monkeypatch.setitem(roof_table("INBOX"), EVENT, HANDLE)
    InboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=clock.wall())
    assert jobs.process_inbox() == 1
    assert effects(number) == 1


def test_a_message_that_keeps_failing_is_parked_until_staff_retry_it(
    sandbox: SandboxProcess, notify: str, monkeypatch
):
    monkeypatch.setitem(roof_table("INBOX"), EVENT, FAIL)
    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat)
    delivered(sandbox, number)
    message = InboxMessage.objects.get(reference=number)
    for _ in range(MAX_ATTEMPTS):
        process_message(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.DEAD, MAX_ATTEMPTS)
    assert process_message(message.pk) is False
    assert queries.inbox_state().counts == {"dead": 1}

    monkeypatch.setitem(roof_table("INBOX"), EVENT, HANDLE)
    retry_message(actor=Actor.system("tests"), message_id=message.pk)
    assert process_due() == 1
    assert effects(number) == 1
    with pytest.raises(Conflict):
        retry_message(actor=Actor.system("tests"), message_id=message.pk)


def test_what_nobody_handles_is_ignored_and_later_deleted(sandbox: SandboxProcess, notify: str, monkeypatch):
    monkeypatch.delitem(roof_table("INBOX"), EVENT, raising=False)
    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat)
    delivered(sandbox, number)
    assert process_due() == 1
    message = InboxMessage.objects.get(reference=number)
    assert message.state == State.IGNORED
    assert jobs.purge_inbox() == 0
    InboxMessage.objects.update(finished_at=clock.wall() - timedelta(days=31))
    assert jobs.purge_inbox() == 1
    assert not InboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "extra", "status"),
    [
        ("pay/notify", b"{}", {}, 401),
        ("pay/notify", b"", {}, 401),
        ("pay/notify", b"\xff\x00", {}, 401),
        ("pay/notify?a=1", b"{}", {}, 400),
        ("refund/notify?a", b"{}", {}, 400),
        ("transfer/notify", b"x" * (64 * 1024 + 1), {}, 413),
        ("messages", b"{}", {}, 401),
        ("messages?timestamp=1&nonce=2&signature=3", b"{}", {}, 401),
        ("messages", b"<xml>" * 2000, {}, 401),
        ("messages", b"[" * 30000, {}, 401),
        (
            "pay/notify",
            b"{}",
            {
                "HTTP_WECHATPAY_TIMESTAMP": "1e9",
                "HTTP_WECHATPAY_NONCE": "n",
                "HTTP_WECHATPAY_SERIAL": "s",
                "HTTP_WECHATPAY_SIGNATURE": "s",
            },
            401,
        ),
    ],
)
def test_nonsense_is_refused_and_stores_nothing(sandbox, path: str, body: bytes, extra: Any, status: int):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"/api/v1/wechat/{path}", body, content_type="application/json", **extra)
    assert answer.status_code == status
    assert answer.json()["code"] == "FAIL"
    assert not InboxMessage.objects.exists()


def test_other_methods_are_not_allowed(sandbox):
    answer = Client().get("/api/v1/wechat/pay/notify")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert Client().put("/api/v1/wechat/messages")["Allow"] == "GET, POST"


def test_a_shop_without_merchant_answers_503(settings, sandbox):
    settings.WECHATPAY_MCHID = settings.WECHAT_MESSAGE_TOKEN = ""
    for path in ("pay/notify", "messages"):
        answer = Client().post(f"/api/v1/wechat/{path}", b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()["message"]) == (503, "wechat_not_configured")


def test_the_broker_being_down_loses_nothing(sandbox: SandboxProcess, notify: str, handled, monkeypatch):
    from kombu.exceptions import OperationalError

    from shop.core import kicks
    from shop.core.network import Breaker

    def broken(*_task: Any) -> None:
        raise OperationalError("broker down")

    monkeypatch.setattr(kicks, "_send", broken)
    monkeypatch.setattr(kicks, "_breaker", Breaker("kick_test", failure_threshold=1))
    number, wechat = prepay(sandbox, notify)
    sandbox.pay(wechat)
    assert delivered(sandbox, number)[0]["status"] == 200
    assert jobs.process_inbox() == 1
    assert effects(number) == 1


def run_together(count: int, work: Any) -> None:
    """Run ``work`` in real threads that start at once; closes their connections."""
    from django.db import connection

    barrier, errors = threading.Barrier(count), []

    def body() -> None:
        try:
            barrier.wait(timeout=20)
            work()
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=body) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []


def test_safe_push_is_stored_encrypted_and_once(sandbox: SandboxProcess, settings, time_machine):
    from django.db import connection

    from tests.sandbox import published_vectors as published

    settings.WECHAT_APPID = published.PUSH_APPID
    settings.WECHAT_MESSAGE_TOKEN, settings.WECHAT_MESSAGE_AES_KEY = (
        published.PUSH_TOKEN,
        published.PUSH_AES_KEY,
    )
    timestamp, nonce, signature = published.PUSH_SAFE
    time_machine.move_to(int(timestamp))
    body = json.dumps({"ToUserName": "gh", "Encrypt": published.PUSH_SAFE_ENCRYPT})
    url = f"/api/v1/wechat/messages?timestamp={timestamp}&nonce={nonce}&msg_signature={signature}"
    for _ in range(2):
        answer = Client().post(url, body, content_type="application/json")
        assert (answer.status_code, answer.content) == (200, b"success")
    (message,) = InboxMessage.objects.all()
    assert (message.source, message.event_type) == ("message", "debug_demo")
    assert read_resource(message)["debug_str"] == "hello world"
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM wechat_inboxmessage")
        assert "hello world" not in cursor.fetchone()[0]
    forged = Client().post(url.replace(signature, "0" * 40), body, content_type="application/json")
    assert forged.status_code == 401
