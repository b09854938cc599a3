"""Around the calls: bulkhead, breaker, deadline, statistics, transactions, silence about personal data."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from shop.core.db import transaction
from shop.core.errors import WechatBusy
from shop.core.network import NetworkInTransaction
from shop.wechat import guard, queries
from shop.wechat.http import BACKGROUND, IN_REQUEST, Limits
from shop.wechat.mini.client import mini_client
from shop.wechat.mini.tokens import token_store
from shop.wechat.outcomes import Success, Unknown, UnknownReason
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.merchant import merchant
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import mark, new_order, new_transfer, since

PLACES = 4


@pytest.fixture
def small(settings, sandbox: SandboxProcess) -> SandboxProcess:
    settings.SHOP_WEB_THREADS = PLACES * 3
    guard.bulkhead.cache_clear()
    return sandbox


def test_a_full_bulkhead_refuses_before_anything_is_sent(small: SandboxProcess):
    # Given a WeChat that hangs, and as many requests waiting as may wait
    small.offline(True, mode="hang")
    client = PayClient(merchant(), Limits(connect=1, read=1.5, total=1.5, guarded=True))
    outcomes: list[object] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(client.query_order(out_trade_no="ABCDEF")))
        for _ in range(PLACES)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while guard.bulkhead()._places._value > 0 and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    # When one more comes, then it waits its turn for a moment and is refused
    began = time.monotonic()
    with pytest.raises(WechatBusy) as busy:
        client.query_order(out_trade_no="ABCDEF")
    assert guard.PATIENCE_SECONDS <= time.monotonic() - began < guard.PATIENCE_SECONDS + 0.5
    assert busy.value.retry_after
    for thread in threads:
        thread.join(timeout=60)
    assert outcomes == [Unknown(UnknownReason.TIMEOUT)] * PLACES


def test_the_breaker_opens_for_requests_but_not_for_jobs(settings, sandbox: SandboxProcess):
    settings.WECHATPAY_BASE_URL = "http://127.0.0.1:9"
    for _ in range(5):
        assert isinstance(pay_client(in_request=True).query_order(out_trade_no="ABCDEF"), Unknown)
    with pytest.raises(WechatBusy):
        pay_client(in_request=True).query_order(out_trade_no="ABCDEF")
    # A job still asks, and when it is answered the breaker closes; the other host was never affected
    assert isinstance(mini_client(in_request=True).list_couriers(), Success)
    settings.WECHATPAY_BASE_URL = sandbox.base_url
    assert not isinstance(pay_client().query_order(out_trade_no="ABCDEF"), Unknown)
    assert not isinstance(pay_client(in_request=True).query_order(out_trade_no="ABCDEF"), Unknown)


@pytest.fixture
def trickle() -> Iterator[str]:
    """A server that answers one byte every 0.2 seconds and never ends."""
    stop = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not stop.wait(0.2):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    stop.set()
    server.close()
    thread.join(timeout=5)


def test_a_trickling_answer_cannot_outlive_the_deadline(settings, sandbox: SandboxProcess, trickle: str):
    settings.WECHATPAY_BASE_URL = trickle
    client = PayClient(merchant(), Limits(connect=1, read=1, total=1.2, guarded=False))
    began = time.monotonic()
    outcome = client.query_order(out_trade_no="ABCDEF")
    assert outcome == Unknown(UnknownReason.TIMEOUT)
    assert time.monotonic() - began < 2.5


def test_in_request_calls_have_three_seconds_in_total():
    assert (IN_REQUEST.total, IN_REQUEST.guarded) == (3.0, True)
    assert (BACKGROUND.connect, BACKGROUND.read, BACKGROUND.guarded) == (3.0, 10.0, False)


@pytest.mark.django_db(transaction=True)
def test_no_call_inside_a_transaction(sandbox: SandboxProcess):
    seen = mark(sandbox)
    with transaction():
        with pytest.raises(NetworkInTransaction):
            pay_client().query_order(out_trade_no="ABCDEF")
        with pytest.raises(NetworkInTransaction):
            mini_client().list_couriers()
    assert since(sandbox, seen) == []


def test_the_console_sees_how_the_calls_ended(sandbox: SandboxProcess):
    openid = sandbox.create_user()["openid"]
    assert isinstance(pay_client().create_jsapi_order(new_order(openid)), Success)
    pay_client().query_order(out_trade_no="MISSING1")
    sandbox.fault("500", path="/v3/pay")
    pay_client().query_order(out_trade_no="MISSING1")
    rows = {row.endpoint: row for row in queries.call_statistics() or []}
    assert (rows["pay.create"].success, rows["pay.create"].total) == (1, 1)
    query = rows["pay.query"]
    assert (query.success, query.refused, query.unknown, query.last_code) == (0, 1, 1, "SYSTEM_ERROR")
    assert 0 < query.average_seconds < 10


def test_without_redis_calls_go_on(sandbox: SandboxProcess, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    openid = sandbox.create_user()["openid"]
    assert isinstance(pay_client().create_jsapi_order(new_order(openid)), Success)
    assert queries.call_statistics() is None


def test_logs_hold_no_personal_data_and_no_secrets(sandbox: SandboxProcess, caplog, capfd, settings):
    import logging

    caplog.set_level(logging.DEBUG)
    user = sandbox.create_user(phone="13912345678")
    openid, client = user["openid"], pay_client()
    mini = mini_client()
    code = sandbox.login_code(openid)
    mini.code_to_session(code)
    mini.get_phone_number(sandbox.phone_code(openid))
    outcome = client.create_transfer(new_transfer(openid, user_name="欧阳标记"))
    for fault in ("500", "timeout_before_commit", "bad_signature_after_commit"):
        sandbox.fault(fault, path="/v3/pay")
        PayClient(merchant(), Limits(connect=1, read=0.5, total=3, guarded=False)).create_jsapi_order(
            new_order(openid)
        )
    printed = capfd.readouterr()
    text = caplog.text + printed.out + printed.err + repr(outcome)
    secrets = ("WECHAT_SECRET", "WECHATPAY_APIV3_KEY", "WECHAT_MESSAGE_TOKEN")
    token = token_store(sandbox.env["WECHAT_APPID"]).peek()
    assert token is not None
    assert token.value not in text
    assert code not in text
    for marker in (
        openid,
        "13912345678",
        "欧阳标记",
        "Authorization",
        *(sandbox.env[name] for name in secrets),
    ):
        assert marker not in text
