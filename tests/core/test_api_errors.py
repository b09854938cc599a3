"""Whatever goes wrong leaves as problem+json: the right status, a stable code, nothing private."""

import json
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.test import Client, override_settings

pytestmark = pytest.mark.urls("tests.core.api_urls")

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


@pytest.fixture
def quiet(client: Client) -> Client:
    """A client that is answered like a stranger: exceptions are not raised into the test."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("shop", 409, "conflict"),
        ("throttled", 429, "throttled"),
        ("http404", 404, "not_found"),
        ("denied", 403, "forbidden"),
        ("suspicious", 400, "malformed_request"),
        ("too_big", 413, "payload_too_large"),
        ("drf_404", 404, "not_found"),
        ("drf_403", 403, "forbidden"),
        ("drf_401", 401, "not_authenticated"),
        ("drf_teapot", 400, "malformed_request"),
        ("drf_throttled", 429, "throttled"),
        ("drf_list", 400, "invalid_input"),
        ("lock_timeout", 503, "busy"),
        ("deadlock", 503, "busy"),
        ("shutdown", 503, "unavailable"),
        ("lost", 503, "unavailable"),
        ("closed", 503, "unavailable"),
        ("redis", 503, "unavailable"),
        ("other_database", 500, "internal_error"),
        ("defect", 500, "internal_error"),
    ],
)
def test_every_exception_is_a_problem(quiet: Client, kind: str, status: int, code: str):
    answer = quiet.get(f"/api/v1/test/fail/{kind}", headers={"X-Request-ID": "test-request-1"})
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert set(body) >= MEMBERS
    assert body["type"] == f"/problems/{code}"
    assert body["request_id"] == answer["X-Request-ID"] == "test-request-1"
    assert ("Retry-After" in answer) == (status in (429, 503))
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert "13812345678" not in answer.content.decode()


def test_extra_members_and_retry_after_are_passed_on(client: Client):
    assert client.get("/api/v1/test/fail/shop").json()["lines"] == [{"sku": 1}]
    assert client.get("/api/v1/test/fail/shop").json()["detail"] == "busy with it"
    assert client.get("/api/v1/test/fail/throttled")["Retry-After"] == "7"


def test_extra_members_never_replace_the_standard_ones():
    from shop.core.api.problems import problem_body
    from shop.core.errors import Conflict

    assert problem_body(Conflict(type="x", request_id="y"))["type"] == "/problems/conflict"


@pytest.mark.django_db(transaction=True)
def test_a_real_lock_timeout_is_busy(client: Client):
    import threading

    from django.db import connection, transaction

    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(4711)")
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    try:
        with transaction.atomic():
            answer = client.get("/api/v1/test/fail/real_lock")
            transaction.set_rollback(True)
    finally:
        done.set()
        holder.join()
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")


def test_an_unexpected_error_is_reported_and_logged_with_its_request_id(quiet: Client, capture_log: Any):
    reported: list[Any] = []

    def receive(**kwargs: Any) -> None:
        reported.append(kwargs["request"].path)

    got_request_exception.connect(receive)
    try:
        answer = quiet.get("/api/v1/test/fail/defect")
    finally:
        got_request_exception.disconnect(receive)
    assert reported == ["/api/v1/test/fail/defect"]
    logged = [line for line in capture_log() if line["event"] == "api.unexpected_error"]
    assert [line["request_id"] for line in logged] == [answer.json()["request_id"]]
    assert "ZeroDivisionError" in logged[0]["exception"]


@override_settings(DEBUG=True)
def test_debug_does_not_turn_problems_into_pages(quiet: Client):
    assert quiet.get("/api/v1/test/fail/defect").json()["code"] == "internal_error"
    assert quiet.get("/api/v1/auth/logout").json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "path", ["/api/", "/api", "/api/v1/", "/api/v1/nothing", "/api/v2/me", "/api/v1/auth/refresh/"]
)
def test_an_unknown_path_under_api_is_a_problem(client: Client, path: str):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_unknown_path_elsewhere_is_djangos_page(client: Client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_plain_view_that_fails_is_a_problem_under_api_and_a_page_elsewhere(quiet: Client):
    assert quiet.get("/api/v1/test/broken").json()["code"] == "internal_error"
    lost = quiet.get("/api/v1/test/lost")
    assert (lost.status_code, lost.json()["code"], lost["Retry-After"]) == (503, "unavailable", "2")
    page = quiet.get("/console/broken")
    assert page.status_code == 500
    assert page["Content-Type"].startswith("text/html")


def test_a_strange_host_is_a_problem_under_api(client: Client):
    answer = client.get("/api/v1/test/echo", headers={"Host": "evil.example"})
    assert answer.status_code in (200, 400)
    with override_settings(ALLOWED_HOSTS=["shop.example"]):
        answer = client.get("/api/v1/nothing", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_a_method_the_endpoint_lacks_is_405_with_allow(client: Client, method: str):
    answer = client.generic(method, "/api/v1/test/echo")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST, HEAD"


def test_head_answers_like_get_without_a_body(client: Client):
    answer = client.head("/api/v1/test/echo")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_client_that_wants_something_else_is_406(client: Client):
    answer = client.get("/api/v1/test/echo", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    for accepted in ("*/*", "application/json", "application/problem+json", "application/*"):
        assert client.get("/api/v1/test/echo", headers={"Accept": accepted}).status_code == 200


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-hans"),
        ("fr", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-TW", "zh-hans"),
        ("en-GB,en;q=0.9", "en"),
        ("*", "zh-hans"),
    ],
)
def test_answers_are_chinese_unless_english_is_asked_for(client: Client, header: str | None, language: str):
    headers = {"Accept-Language": header} if header else {}
    for path in ("/api/v1/nothing", "/admin/login/"):
        answer = client.get(path, headers=headers)
        assert answer["Content-Language"] == language
        assert "Accept-Language" in answer["Vary"]


def test_the_api_ignores_a_language_cookie_of_the_console(client: Client):
    client.cookies["django_language"] = "en"
    assert client.get("/api/v1/nothing")["Content-Language"] == "zh-hans"
    assert client.get("/admin/login/")["Content-Language"] == "en"


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "with space 1234", "new\tline-1234", "é" * 10])
def test_an_odd_request_id_is_replaced(client: Client, offered: str):
    answer = client.get("/api/v1/nothing", headers={"X-Request-ID": offered})
    assert answer["X-Request-ID"] != offered
    assert len(answer["X-Request-ID"]) == 32


def test_the_format_of_a_problem_is_exactly_the_contract(client: Client):
    answer = client.post("/api/v1/test/echo", json.dumps({"no": 1}), content_type="application/json")
    body = answer.json()
    assert set(body) == MEMBERS
    assert [set(error) for error in body["errors"]] == [{"field", "code", "detail"}]
