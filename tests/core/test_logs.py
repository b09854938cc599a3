"""Nothing secret or personal reaches a log line, an error report or a task's log, however it gets there."""

import io
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import structlog
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import IntegrityError
from django.test import Client

from shop.celery import app
from shop.core.auth import open_session
from shop.core.correlation import current_ip, current_request_id, request_context
from shop.core.logs import logging_config
from shop.core.logs.redaction import redact, redact_text
from shop.core.outbox.tasks import relay_outbox

CaptureLog = Callable[[], list[dict[str, Any]]]

PHONE = "13812345678"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJlLXBhcnQ"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----"
MARKERS = (PHONE, OPENID, JWT, "MIIEvQIBADANBgkq", "hush-hush", "王小明", "南京东路")

CALLED = f"called {PHONE}"

log = structlog.get_logger("tests.logs")


def assert_clean(lines: list[dict[str, Any]]) -> str:
    assert lines
    text = json.dumps(lines, ensure_ascii=False)
    assert [marker for marker in MARKERS if marker in text] == []
    return text


def test_members_are_redacted_by_name(capture_log: CaptureLog):
    log.info(
        "planted",
        phone=PHONE,
        openid="hush-hush",
        Authorization="hush-hush",
        session_key="hush-hush",
        refresh="hush-hush",
        code="hush-hush",
        receiver="王小明",
        address={"street": "南京东路"},
        my_api_key="hush-hush",
        nested={"list": [{"token": "hush-hush", "order": "A1"}]},
        order="A1",
        amount=500,
        paid=True,
    )
    text = assert_clean(capture_log())
    line = capture_log()[0]
    assert (line["order"], line["amount"], line["paid"]) == ("A1", 500, True)
    assert line["nested"] == {"list": [{"token": "****", "order": "A1"}]}
    assert "planted" in text


def test_values_are_redacted_by_their_look(capture_log: CaptureLog):
    log.info(CALLED, note=f"tel +86 {PHONE}, id {OPENID}", blob=PEM, number=int(PHONE), raw=b"hush-hush")
    logging.getLogger("urllib3.odd").error("GET /cgi?access_token=%s&openid=hush-hush", JWT)
    logging.getLogger("some.library").warning("payload %s", {"phone": PHONE, "secret": "hush-hush"})
    logging.getLogger("some.library").warning(
        "Authorization: Bearer hush-hush", extra={"password": "hush-hush"}
    )
    log.info("dsn", url="redis://user:hush-hush@127.0.0.1:6379/0")
    assert_clean(capture_log())
    assert len(capture_log()) == 5


def test_exceptions_are_redacted(capture_log: CaptureLog):
    try:
        raise IntegrityError(f"Key (phone)=({PHONE}) already exists. openid='hush-hush' {PEM}")
    except IntegrityError as error:
        log.exception("failed", cause=error)
        logging.getLogger("django.request").exception("Internal Server Error")
    text = assert_clean(capture_log())
    assert text.count("IntegrityError") >= 2


def test_the_shops_own_secrets_are_recognised_anywhere(capture_log: CaptureLog):
    key = settings.SHOP_ENCRYPTION_KEYS.partition(":")[2]
    log.info("odd", text=f"a {settings.SECRET_KEY} b {key} c {settings.SHOP_HASH_KEY}")
    assert capture_log()[0]["text"] == "a **** b **** c ****"


def test_an_object_does_not_speak_for_itself(capture_log: CaptureLog, rf: Any):
    request = rf.get(f"/orders?note=hush-hush&phone={PHONE}")
    logging.getLogger("django.security.DisallowedHost").error("Invalid host", extra={"request": request})
    log.info("kept", at=datetime(2026, 1, 2, tzinfo=UTC), ratio=Decimal("0.5"), cause=ValueError("why"))
    assert_clean(capture_log())
    assert capture_log()[0]["request"] == "[WSGIRequest]"
    line = capture_log()[1]
    assert (line["at"], line["ratio"], line["cause"]) == ("2026-01-02 00:00:00+00:00", "0.5", "why")


def test_order_numbers_amounts_and_times_survive():
    for text in (
        "order 20261121138123456789012",
        "A1B2C3D4E5F6G7H8I9J0K1L2",
        "1700000000",
        "2026-01-02T03:04:05Z",
    ):
        assert redact_text(text) == text
    assert redact("count", 12) == 12
    assert redact("ratio", 0.5) == 0.5
    assert redact("nothing", None) is None
    assert redact("status_code", 200) == 200


def test_bottomless_structures_and_endless_texts_are_cut():
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"in": deep}
    assert "[deep]" in json.dumps(redact("tree", deep))
    assert len(redact_text("x" * 100_000)) == 20_001


@pytest.mark.django_db(transaction=True)
def test_the_access_line_names_the_route_and_the_actor_never_the_path(
    client: Client, capture_log: CaptureLog
):
    pair = open_session(member_id=7)
    client.post(
        f"/api/v1/auth/logout?phone={PHONE}",
        json.dumps({"refresh": "hush-hush"}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {pair.access}", "X-Request-ID": "request-42"},
    )
    client.get(f"/api/v1/nothing/{OPENID}")
    text = assert_clean(capture_log())
    assert pair.access not in text
    assert "127.0.0.1" not in text
    first, second = [line for line in capture_log() if line["logger"] == "shop.access"]
    assert (first["method"], first["route"], first["status"]) == ("POST", "api/v1/auth/logout", 400)
    assert (first["actor"], first["request_id"]) == ("member:7", "request-42")
    assert first["ms"] >= 0
    assert (second["route"], second["status"]) == ("unknown", 404)


@pytest.mark.django_db
def test_the_access_line_names_staff(client: Client, capture_log: CaptureLog, django_user_model: Any):
    boss = django_user_model.objects.create_superuser("boss", password="x")
    client.force_login(boss)
    client.get("/admin/")
    assert [line["actor"] for line in capture_log() if line["logger"] == "shop.access"] == [
        f"staff:{boss.pk}"
    ]


def test_probes_are_quiet(client: Client, capture_log: CaptureLog):
    client.get("/healthz")
    assert capture_log() == []


def test_one_request_never_sees_the_context_of_another():
    with request_context(request_id="request-1", ip="10.0.0.1"):
        structlog.contextvars.bind_contextvars(actor="member:1")
        with request_context(request_id="request-2", ip="10.0.0.2"):
            assert (current_request_id(), current_ip()) == ("request-2", "10.0.0.2")
            assert "actor" not in structlog.contextvars.get_contextvars()
        assert current_ip() == "10.0.0.1"
    assert (current_request_id(), current_ip()) == ("", "")


@pytest.mark.django_db(transaction=True)
def test_a_task_logs_the_request_id_of_whoever_queued_it(request: pytest.FixtureRequest):
    with start_worker(app, perform_ping_check=False, queues=["critical", "default", "bulk"]):
        # Only now: a worker that starts configures logging anew.
        written: CaptureLog = request.getfixturevalue("capture_log")
        with request_context(request_id="request-7", ip="10.0.0.1"):
            relay_outbox.delay()
        deadline = time.monotonic() + 60
        while not any(line["event"] == "task_succeeded" for line in written()):
            assert time.monotonic() < deadline, written()
    ours = {line["event"]: line["request_id"] for line in written() if "request_id" in line}
    assert ours == dict.fromkeys(("task_enqueued", "task_started", "task_succeeded"), "request-7")
    assert "10.0.0.1" not in json.dumps(written())


def test_console_style_is_redacted_too():
    formatter_class = logging_config(style="console", level="info")["formatters"]["shop"]
    try:
        formatter = formatter_class.pop("()")(**formatter_class)
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        record = logging.LogRecord("x", logging.INFO, "f", 1, "tel %s", (PHONE,), None)
        handler.handle(record)
        assert "[phone]" in stream.getvalue()
        assert PHONE not in stream.getvalue()
    finally:
        logging_config(style="json", level="info")


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="SHOP_LOG_FORMAT"):
        logging_config(style="xml", level="info")
