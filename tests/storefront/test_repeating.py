"""What was answered once is repeated before Django is entered: the same to the byte, counted and logged."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from catalog.models import Product
from shop.core.auth import open_session
from shop.storefront import readers, repeating
from shop.storefront.repeating import RepeatKeptAnswers
from shop.wsgi import django_application
from tests.catalog.factories import make_product
from tests.members.shoppers import new_member
from tests.storefront.conftest import Time

pytestmark = pytest.mark.django_db

LIST = "/api/v1/products"
METRICS = (
    "django_http_requests_before_middlewares_total",
    "django_http_responses_before_middlewares_total",
    "django_http_requests_latency_including_middlewares_seconds_count",
)


@dataclass
class Answer:
    """What a server would send, and whether Django was asked for it."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_repeated: bool

    @property
    def lasting(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name != "X-Request-ID"}

    @property
    def titles(self) -> list[str]:
        return [card["title"] for card in json.loads(self.body)["results"]]


@dataclass
class Web:
    """A web process: the application as granian calls it."""

    entered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.application = RepeatKeptAnswers(self._django)

    def _django(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.entered.append(environ["PATH_INFO"])
        return django_application(environ, start_response)

    def ask(self, path: str = LIST, *, method: str = "GET", **headers: str) -> Answer:
        environ = RequestFactory().generic(method, path, headers=headers).environ
        seen: list[tuple[str, list[tuple[str, str]]]] = []
        before = len(self.entered)
        response = self.application(environ, lambda status, sent, exc_info=None: seen.append((status, sent)))
        body = b"".join(response)
        if hasattr(response, "close"):
            response.close()
        ((status, sent),) = seen
        assert len(dict(sent)) == len(sent)
        return Answer(int(status[:3]), dict(sent), body, is_repeated=len(self.entered) == before)

    def warm(self, path: str = LIST, **headers: str) -> Answer:
        """Ask until Django has given the kept answer; what it gave is returned."""
        self.ask(path, **headers)
        answer = self.ask(path, **headers)
        assert (answer.status, answer.is_repeated) == (200, False)
        return answer


@pytest.fixture
def web() -> Iterator[Web]:
    """Yield a web process; like the test client it leaves the test's connection open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Web()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("path", [LIST, f"{LIST}?sort=price&limit=1", "/api/v1/home"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_repeated_answer_is_that_of_the_long_way(web: Web, path: str, language: str):
    make_product()
    given = web.warm(path, **{"Accept-Language": language})
    again = web.ask(path, **{"Accept-Language": language})
    assert again.is_repeated
    assert (again.status, again.body, again.lasting) == (200, given.body, given.lasting)
    assert again.headers["Vary"] == "Authorization, Accept-Language"
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert len(again.headers["X-Request-ID"]) == 32
    assert again.headers["X-Request-ID"] != given.headers["X-Request-ID"]


def test_an_offered_request_id_is_kept_if_harmless(web: Web):
    web.warm()
    assert web.ask(**{"X-Request-ID": "proxy-4711"}).headers["X-Request-ID"] == "proxy-4711"
    assert len(web.ask(**{"X-Request-ID": "a\nb"}).headers["X-Request-ID"]) == 32


def test_each_answer_has_its_line_and_its_figures(web: Web, capture_log: Callable[[], list[dict[str, Any]]]):
    web.warm()
    given = capture_log()[-1]
    before = [REGISTRY.get_sample_value(name) or 0 for name in METRICS]
    answer = web.ask()
    assert answer.is_repeated
    line = capture_log()[-1]
    assert len(capture_log()) == 3
    assert set(line) == set(given)
    fixed = ("method", "route", "status", "event", "level", "logger")
    assert [line[name] for name in fixed] == [given[name] for name in fixed]
    assert [line[name] for name in fixed[:3]] == ["GET", "api/v1/products", 200]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert [REGISTRY.get_sample_value(name) for name in METRICS] == [figure + 1 for figure in before]


def test_nothing_is_repeated_after_its_five_seconds(web: Web, moment: Time):
    make_product(title="旧名")
    web.warm()
    Product.objects.update(title="新名")
    moment.go_on(4.4)
    young = web.ask()
    moment.go_on(0.7)
    late = web.ask()
    assert (young.titles, young.is_repeated) == (["旧名"], True)
    assert (late.titles, late.is_repeated) == (["新名"], False)


def test_a_new_answer_under_the_old_key_is_not_sent_under_the_old_headers(web: Web, moment: Time):
    make_product(title="旧名")
    given = web.warm()
    Product.objects.update(title="新的名字")
    moment.go_on(5.1)
    web.ask()
    again, repeated = web.ask(), web.ask()
    assert [again.is_repeated, repeated.is_repeated] == [False, True]
    assert repeated.lasting == again.lasting
    assert repeated.headers["ETag"] != given.headers["ETag"]
    assert repeated.headers["Content-Length"] == str(len(repeated.body))


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "en"},
        {"Accept": "application/problem+json"},
        {"If-None-Match": '"other"'},
        {"X-Forwarded-Proto": "https"},
    ],
)
def test_another_kind_of_request_goes_the_long_way(web: Web, headers: dict[str, str]):
    web.warm()
    assert not web.ask(**headers).is_repeated
    assert web.ask().is_repeated


def test_who_has_the_bytes_still_gets_304(web: Web):
    tag = web.warm().headers["ETag"]
    answer = web.ask(**{"If-None-Match": tag})
    assert (answer.status, answer.body) == (304, b"")
    assert web.ask().status == 200


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
def test_another_method_goes_the_long_way(web: Web, method: str):
    web.warm()
    answer = web.ask(method=method)
    assert not answer.is_repeated
    assert answer.status == (200 if method == "HEAD" else 405)


def test_a_foreign_host_is_refused_after_ours_was_answered(web: Web):
    web.warm()
    answer = web.ask(Host="evil.example")
    assert (answer.status, answer.is_repeated) == (400, False)


def test_private_answers_and_searches_are_never_repeated(web: Web):
    product = make_product(title="龙井茶")
    access = open_session(member_id=new_member().pk).access
    for path in ("/api/v1/cart", "/api/v1/me", f"{LIST}?q=龙井", f"{LIST}/{product.pk}", "/api/v1/config"):
        for _call in range(3):
            answer = web.ask(path, Authorization=f"Bearer {access}")
            assert (answer.status, answer.is_repeated) == (200, False)


def test_a_tier_gets_its_own_answers(web: Web, monkeypatch: pytest.MonkeyPatch):
    make_product(title="甲")
    golden, other = new_member(), new_member()
    monkeypatch.setattr(readers, "tier_of", lambda member_id: "7" if member_id == golden.pk else "")
    gold, plain = (open_session(member_id=member.pk) for member in (golden, other))
    web.warm()
    Product.objects.update(title="乙")
    first = web.ask(Authorization=f"Bearer {gold.access}")
    assert (first.titles, first.is_repeated) == (["乙"], False)
    shared = web.ask(Authorization=f"Bearer {plain.access}")
    assert (shared.titles, shared.is_repeated) == (["甲"], True)


def test_repeated_answers_count_and_the_refusal_is_the_usual_one(web: Web, settings: Settings):
    settings.SHOP_THROTTLES = {**settings.SHOP_THROTTLES, "general": (4, 60, "member")}
    before = REGISTRY.get_sample_value("shop_throttled_total", {"scope": "general"}) or 0
    web.warm()
    assert [web.ask().is_repeated for _call in range(2)] == [True, True]
    refused = web.ask(**{"Accept-Language": "en"}), web.ask()
    for answer in refused:
        assert (answer.status, answer.is_repeated) == (429, False)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert 1 <= int(answer.headers["Retry-After"]) <= 15
        assert json.loads(answer.body)["code"] == "throttled"
    assert REGISTRY.get_sample_value("shop_throttled_total", {"scope": "general"}) == before + 2
    access = open_session(member_id=new_member().pk).access
    assert web.ask(Authorization=f"Bearer {access}").is_repeated


def test_with_tracing_on_every_request_enters_django(web: Web, settings: Settings):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    web.application = RepeatKeptAnswers(web._django)
    web.warm()
    assert not web.ask().is_repeated


def test_few_kinds_of_request_are_remembered(web: Web, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repeating, "MOST_REQUESTS", 1)
    web.warm()
    web.warm(**{"Accept-Language": "en"})
    assert not web.ask().is_repeated
    assert web.ask().is_repeated


@pytest.mark.usefixtures("redis_down")
def test_without_redis_it_is_repeated_all_the_same(web: Web):
    make_product(title="茶")
    web.warm()
    answer = web.ask()
    assert (answer.titles, answer.is_repeated) == (["茶"], True)
