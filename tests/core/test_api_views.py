"""The base view is closed by default, counts calls, and knows where they come from."""

import time
from typing import Any

import pytest
import redis as redis_library
from django.test import Client, RequestFactory, override_settings

from shop.core import redis
from shop.core.api.client import client_ip
from shop.core.api.throttles import charge, rate
from shop.core.auth import open_session
from shop.core.errors import Throttled

pytestmark = pytest.mark.urls("tests.core.api_urls")


@pytest.mark.parametrize("path", ["/api/v1/test/member", "/api/v1/test/forgotten"])
def test_a_view_that_says_nothing_is_for_members_only(client: Client, path: str):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.django_db
def test_a_console_session_opens_no_api_endpoint(client: Client, django_user_model: Any):
    client.force_login(django_user_model.objects.create_superuser("boss", password="x"))
    assert client.get("/api/v1/test/member").status_code == 401


RATES = {"general": (1000, 60, "member"), "pay": (3, 3600, "member"), "login": (2, 3600, "ip")}


@pytest.mark.django_db(transaction=True)
@override_settings(SHOP_THROTTLES=RATES)
def test_a_scope_refuses_beyond_its_rate_and_says_when_to_come_back(client: Client):
    one, two = (open_session(member_id=number).access for number in (1, 2))
    answers = [client.post("/api/v1/test/pay", headers={"Authorization": f"Bearer {one}"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "throttled"
    assert 1150 <= int(answers[3]["Retry-After"]) <= 1200
    other = client.post("/api/v1/test/pay", headers={"Authorization": f"Bearer {two}"})
    assert other.status_code == 200


@override_settings(SHOP_THROTTLES=RATES)
def test_a_refused_call_is_counted_in_no_scope():
    for _ in range(3):
        charge(("general", "pay"), ip="10.0.0.1", member_id=1)
    before = redis.client().hget("throttle:general:m1", "level")
    with pytest.raises(Throttled):
        charge(("general", "pay"), ip="10.0.0.1", member_id=1)
    assert redis.client().hget("throttle:general:m1", "level") == before


@override_settings(SHOP_THROTTLES=RATES, SHOP_THROTTLE_SCALE=1000)
def test_the_scale_multiplies_every_rate():
    assert (rate("pay").limit, rate("login").limit) == (3000, 2000)
    with override_settings(SHOP_THROTTLE_SCALE=0.001):
        assert rate("pay").limit == 1


def test_an_unknown_scope_is_a_mistake_not_a_free_pass():
    with pytest.raises(KeyError):
        charge(("no such scope",), ip="10.0.0.1", member_id=None)


@override_settings(SHOP_THROTTLES=RATES)
def test_by_address_means_by_address_even_for_members_and_by_whole_ipv6_subscribers():
    charge(("login",), ip="2001:db8:1:2::1", member_id=1)
    charge(("login",), ip="2001:db8:1:2:ffff::9", member_id=2)
    with pytest.raises(Throttled):
        charge(("login",), ip="2001:db8:1:2::77", member_id=3)
    charge(("login",), ip="2001:db8:1:3::1", member_id=1)
    charge(("login",), ip="::ffff:10.0.0.9", member_id=None)
    charge(("login",), ip="10.0.0.9", member_id=None)
    with pytest.raises(Throttled):
        charge(("login",), ip="10.0.0.9", member_id=None)
    charge(("login",), ip="not an address", member_id=None)


def charged(ip: str) -> bool:
    try:
        charge(("general",), ip=ip, member_id=None)
    except Throttled:
        return False
    return True


@override_settings(SHOP_THROTTLES={"general": (2, 1, "ip")})
def test_tokens_come_back_with_time():
    charge(("general",), ip="10.0.0.1", member_id=None)
    charge(("general",), ip="10.0.0.1", member_id=None)
    deadline = time.monotonic() + 10
    while not charged("10.0.0.1"):
        assert time.monotonic() < deadline


def test_redis_down_lets_calls_through_and_is_not_asked_again_for_a_while(
    client: Client, redis_down: None, monkeypatch: pytest.MonkeyPatch
):
    asked: list[redis_library.Redis] = []
    dead = redis.client()

    def ask() -> redis_library.Redis:
        asked.append(dead)
        return dead

    monkeypatch.setattr(redis, "client", ask)
    before = redis.FAILURES.labels("throttle")._value.get()
    with override_settings(SHOP_THROTTLES={"general": (1, 3600, "ip")}):
        assert [client.get("/api/v1/test/echo").status_code for _ in range(5)] == [200] * 5
    assert len(asked) == 1
    assert redis.FAILURES.labels("throttle")._value.get() == before + 5


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "9.9.9.9"),
        (1, "", "9.9.9.9"),
        (1, "rubbish", "9.9.9.9"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_client_is_the_nth_hop_from_the_right(proxies: int, forwarded: str, expected: str):
    request = RequestFactory().get("/", REMOTE_ADDR="9.9.9.9", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(SHOP_TRUSTED_PROXIES=proxies):
        assert client_ip(request) == expected
