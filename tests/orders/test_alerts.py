"""New-order alerts: once per paid order, to the robots of two services, with retries; nothing personal."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orders import jobs
from orders.models import OrderAlert
from orders.queries.orders import count_for_staff
from orders.services.alerting import PAUSES, want_alert
from orders.webhooks import is_allowed
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.models import AuditEntry
from tests.catalog.factories import make_sku
from tests.orders.buyer import Buyer, settle
from tests.orders.test_quote import make_store

Shift = Callable[[float], None]
pytestmark = pytest.mark.django_db(transaction=True)


class Robot(ThreadingHTTPServer):
    """A real HTTP server that answers as told and remembers what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict]] = []
        self.answers: list[tuple[int, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Robot

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, b'{"errcode":0}')
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.origin}/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Be quiet."""


@pytest.fixture
def robot(settings) -> Iterator[Robot]:
    with Robot() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.SHOP_ROBOT_ORIGINS = {"wecom": (server.origin,), "dingtalk": (server.origin,)}
        yield server
        server.shutdown()
        thread.join()


def use(kind: str, url: str) -> None:
    for name, value in (("order_alert_kind", kind), ("order_alert_url", url)):
        runtime.set_value(actor=Actor.system("tests"), name=name, value=value)
    runtime.forget()


def test_a_paid_order_is_announced_once_in_wecoms_format(payer: Buyer, robot: Robot) -> None:
    use("wecom", f"{robot.origin}/cgi-bin/webhook/send?key=k1")
    order = payer.paid((make_sku(), 2))
    want_alert(order_id=order.pk)

    assert jobs.send_alerts() == 1
    assert jobs.send_alerts() == 0

    [(path, body)] = robot.got
    assert path == "/cgi-bin/webhook/send?key=k1"
    assert body["msgtype"] == "markdown"
    text = body["markdown"]["content"]
    assert order.number in text
    assert "¥118.00" in text
    assert not any(personal in text for personal in ("王小明", "13812345678", "人民大道"))
    alert = OrderAlert.objects.get()
    assert (alert.state, alert.last_answer, alert.looks) == ("sent", "ok", 1)
    assert alert.sent_at is not None


def test_the_robots_key_stays_out_of_the_audit_record(payer: Buyer) -> None:
    use("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6")
    entry = AuditEntry.objects.get(subject_id="order_alert_url")
    assert (entry.before, entry.after) == ({"value": ""}, {"value": "****"})


def test_dingtalk_gets_its_own_format(payer: Buyer, robot: Robot) -> None:
    use("dingtalk", f"{robot.origin}/robot/send?access_token=t")
    order = payer.paid((make_sku(), 1))
    jobs.send_alerts()
    [(_path, body)] = robot.got
    assert set(body["markdown"]) == {"title", "text"}
    assert order.number in body["markdown"]["text"]


def test_without_a_robot_nothing_is_intended(payer: Buyer) -> None:
    payer.paid((make_sku(), 1))
    assert OrderAlert.objects.count() == 0
    assert jobs.send_alerts() == 0


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((500, b""), "HTTP 500"),
        ((429, b""), "HTTP 429"),
        ((200, b"<html>"), "unreadable answer"),
        ((200, b'{"errcode": true}'), "unreadable answer"),
        ((200, b"[]"), "unreadable answer"),
        ((200, b'{"errcode":45009}'), "errcode 45009"),
    ],
)
def test_what_may_pass_is_tried_again_later(
    payer: Buyer, robot: Robot, shift_clock: Shift, answer: tuple[int, bytes], text: str
) -> None:
    use("wecom", robot.origin)
    payer.paid((make_sku(), 1))
    robot.answers = [answer]

    jobs.send_alerts()
    alert = OrderAlert.objects.get()
    assert (alert.state, alert.last_answer, alert.looks) == ("pending", text, 1)
    assert jobs.send_alerts() == 0
    shift_clock(PAUSES[0].total_seconds() + 1)
    assert jobs.send_alerts() == 1

    assert OrderAlert.objects.get().state == "sent"
    assert len(robot.got) == 2


@pytest.mark.parametrize("answer", [(404, b""), (302, b""), (200, b'{"errcode":93000}')])
def test_what_never_passes_is_given_up_and_redirects_are_not_followed(
    payer: Buyer, robot: Robot, answer: tuple[int, bytes]
) -> None:
    use("wecom", f"{robot.origin}/here")
    payer.paid((make_sku(), 1))
    robot.answers = [answer]

    jobs.send_alerts()

    assert OrderAlert.objects.get().state == "failed"
    assert [path for path, _body in robot.got] == ["/here"]


def test_a_robot_that_never_answers_is_given_up_after_a_while(
    payer: Buyer, robot: Robot, settings, shift_clock: Shift
) -> None:
    settings.SHOP_ROBOT_ORIGINS = {"wecom": ("http://127.0.0.1:9",)}
    use("wecom", "http://127.0.0.1:9")
    payer.paid((make_sku(), 1))
    for pause in PAUSES:
        assert jobs.send_alerts() == 1
        assert OrderAlert.objects.get().state == "pending"
        shift_clock(pause.total_seconds() + 1)
    jobs.send_alerts()
    alert = OrderAlert.objects.get()
    assert (alert.state, alert.last_answer, alert.due_at) == ("failed", "ConnectionError", None)


def test_switched_off_meanwhile_nothing_is_sent(payer: Buyer, robot: Robot) -> None:
    use("wecom", robot.origin)
    payer.paid((make_sku(), 1))
    use("none", robot.origin)
    jobs.send_alerts()
    assert OrderAlert.objects.get().state == "skipped"
    assert robot.got == []


def test_an_address_elsewhere_is_never_called(payer: Buyer, robot: Robot, settings) -> None:
    settings.SHOP_ROBOT_ORIGINS = {"wecom": ("https://qyapi.weixin.qq.com",)}
    use("wecom", robot.origin)
    payer.paid((make_sku(), 1))
    jobs.send_alerts()
    assert robot.got == []
    assert OrderAlert.objects.get().last_answer == "address not allowed"


@pytest.mark.parametrize(
    ("url", "kind", "allowed"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "wecom", True),
        ("https://oapi.dingtalk.com/robot/send?access_token=1", "dingtalk", True),
        ("https://oapi.dingtalk.com/robot/send", "wecom", False),
        ("http://qyapi.weixin.qq.com/", "wecom", False),
        ("https://qyapi.weixin.qq.com:8443/", "wecom", False),
        ("https://user@qyapi.weixin.qq.com/", "wecom", False),
        ("https://qyapi.weixin.qq.com.evil.example/", "wecom", False),
        ("https://169.254.169.254/latest/meta-data", "wecom", False),
        ("file:///etc/passwd", "wecom", False),
        ("https://[::1", "wecom", False),
        ("", "wecom", False),
        ("https://qyapi.weixin.qq.com/", "none", False),
    ],
)
def test_only_the_robots_own_addresses_are_allowed(url: str, kind: str, allowed: bool) -> None:
    assert is_allowed(url, kind=kind) is allowed


def test_the_console_counts_what_waits(payer: Buyer) -> None:
    assert count_for_staff() == {"to_ship": 0, "to_hand_over": 0, "reminded": 0}
    order = payer.paid((make_sku(), 1))
    payer.paid((make_sku(), 1), delivery="pickup", store=make_store().pk)
    payer.placed((make_sku(), 1))
    payer.phone.post(f"/orders/{order.number}/remind")
    settle()
    assert count_for_staff() == {"to_ship": 1, "to_hand_over": 1, "reminded": 1}
