"""Kept bytes: how old, for whom, under which tag, and what happens without Redis."""

import threading
import time

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from catalog.models import Product, Stock
from catalog.services.stock import Demand, receive_stock
from shop.core import redis
from shop.core.auth import open_session
from shop.storefront import cache, readers
from shop.storefront.cache import MAX_AGE_SECONDS, Kept, digest_of, kept_or_built, key_of
from tests.catalog.factories import SYSTEM, make_product, make_sku
from tests.members.shoppers import new_member
from tests.storefront.conftest import Time

pytestmark = pytest.mark.django_db


def titles(client: Client, **headers: str) -> list[str]:
    answer = client.get("/api/v1/products", headers=headers)
    assert answer.status_code == 200
    return [card["title"] for card in answer.json()["results"]]


def test_an_edit_shows_after_five_seconds_and_not_before_the_copy_is_old(client: Client, moment: Time):
    product = make_product(title="旧名")
    assert titles(client) == ["旧名"]
    Product.objects.filter(pk=product.pk).update(title="新名")
    moment.go_on(4.4)
    assert titles(client) == ["旧名"]
    moment.go_on(0.7)
    assert titles(client) == ["新名"]


def test_the_first_who_asks_late_builds_anew_before_the_answer_expires(client: Client, moment: Time):
    product = make_product(title="旧名")
    assert titles(client) == ["旧名"]
    Product.objects.filter(pk=product.pk).update(title="新名")
    moment.go_on(4.8)
    assert titles(client) == ["新名"]


def test_nothing_older_than_five_seconds_is_served_even_while_somebody_builds(
    moment: Time, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cache, "_REFRESH_LEFT_MS", 4000)
    monkeypatch.setattr(cache, "REFRESH_SECONDS", 1.0)
    key = key_of(route="/x", query="", tier="", language="en")
    assert kept_or_built(key, lambda: b"1").body == b"1"
    redis.client().set(f"{key}:builder", b"1")
    moment.go_on(1.5)
    assert kept_or_built(key, lambda: b"2").body == b"1"
    moment.go_on(MAX_AGE_SECONDS - 1.5)
    assert kept_or_built(key, lambda: b"2").body == b"2"


def test_redis_forgets_by_itself(moment: Time):
    key = key_of(route="/x", query="", tier="", language="en")
    kept_or_built(key, lambda: b"1")
    assert 0 < redis.client().pttl(key) <= MAX_AGE_SECONDS * 1000
    assert redis.client().exists(f"{key}:builder") == 0


def test_one_builds_and_the_others_wait(transactional_db: None, monkeypatch: pytest.MonkeyPatch):
    # On a busy machine building may take longer than a reader would wait for it.
    monkeypatch.setattr(cache, "WAIT_SECONDS", 60.0)
    key = key_of(route="/x", query="", tier="", language="en")
    built: list[int] = []
    barrier, seen = threading.Barrier(8), []

    def build() -> bytes:
        built.append(1)
        cache.forget_near()
        time.sleep(0.05)
        return b"body"

    def read() -> None:
        barrier.wait()
        seen.append(kept_or_built(key, build).body)

    crowd = [threading.Thread(target=read) for _number in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert seen == [b"body"] * 8
    assert built == [1]


def test_without_the_guard_everybody_builds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "_get_or_claim", lambda client, key: (b"", 1))
    key = key_of(route="/x", query="", tier="", language="en")
    built: list[int] = []
    barrier = threading.Barrier(4)

    def build() -> bytes:
        barrier.wait(timeout=60)
        built.append(1)
        return b"body"

    crowd = [threading.Thread(target=lambda: kept_or_built(key, build)) for _number in range(4)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert built == [1] * 4


def test_who_waits_for_a_dead_builder_builds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.03)
    key = key_of(route="/x", query="", tier="", language="en")
    redis.client().set(key, b"")
    assert kept_or_built(key, lambda: b"mine").body == b"mine"


def test_a_failed_build_is_not_kept_and_leaves_the_way_free():
    key = key_of(route="/x", query="", tier="", language="en")
    with pytest.raises(ZeroDivisionError):
        kept_or_built(key, lambda: bytes(1 // 0))
    assert redis.client().keys(f"{key}*") == []
    assert kept_or_built(key, lambda: b"1").body == b"1"


def test_the_process_keeps_few_and_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "NEAR_ENTRIES", 2)
    for number in range(4):
        kept_or_built(key_of(route=f"/{number}", query="", tier="", language="en"), lambda: b"1")
    assert len(cache._near.answers) == 2


def test_keys_tell_route_query_tier_and_language_apart_but_not_the_order_of_parameters():
    keys = {
        key_of(route=route, query=query, tier=tier, language=language)
        for route in ("/a", "/b")
        for query in ("x=1&y=2", "x=12", "")
        for tier in ("", "gold")
        for language in ("en", "zh-hans")
    }
    assert len(keys) == 24
    one, other = (key_of(route="/a", query=q, tier="", language="en") for q in ("x=1&y=2", "y=2&x=1"))
    assert one == other


def test_a_tier_has_answers_of_its_own(client: Client, monkeypatch: pytest.MonkeyPatch):
    make_product(title="甲")
    assert titles(client) == ["甲"]
    Product.objects.update(title="乙")
    member = new_member()
    access = open_session(member_id=member.pk).access
    monkeypatch.setattr(readers, "tier_of", lambda member_id: "7" if member_id == member.pk else "")
    assert titles(client, Authorization=f"Bearer {access}") == ["乙"]
    assert titles(client) == ["甲"]


@pytest.mark.parametrize("token", ["Bearer x", "Bearer ", "Basic YTpi", "Bearer " + "a" * 3000, "\x01"])
def test_a_bad_token_makes_a_stranger(client: Client, token: str):
    product = make_product()
    for path in ("/products", "/home", f"/products/{product.pk}", "/config"):
        assert client.get(f"/api/v1{path}", headers={"Authorization": token}).status_code == 200


def test_answers_by_either_way_carry_the_same_headers(client: Client):
    make_product()
    built = client.get("/api/v1/products")
    kept = client.get("/api/v1/products")
    assert kept.content == built.content
    names = (
        *("Content-Type", "Content-Length", "ETag", "Cache-Control", "Content-Language"),
        *("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"),
    )
    assert {name: kept.get(name) for name in names} == {name: built.get(name) for name in names}
    for answer in (built, kept):
        assert set(answer["Vary"].replace(" ", "").split(",")) == {"Authorization", "Accept-Language"}
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Request-ID"]


def test_languages_are_kept_apart(client: Client):
    make_product()
    chinese = client.get("/api/v1/products", headers={"Accept-Language": "zh-CN"})
    english = client.get("/api/v1/products", headers={"Accept-Language": "en"})
    assert (chinese["Content-Language"], english["Content-Language"]) == ("zh-hans", "en")
    assert len(redis.client().keys("storefront:zh-hans:*")) == 1
    assert len(redis.client().keys("storefront:en:*")) == 1


@pytest.mark.parametrize("path", ["/products", "/home", "/products/{}", "/products/{}/related"])
def test_who_has_the_bytes_gets_304(client: Client, path: str):
    path = f"/api/v1{path.format(make_product().pk)}"
    tag = client.get(path)["ETag"]
    for condition in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = client.get(path, headers={"If-None-Match": condition})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == tag
        assert "Authorization" in answer["Vary"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_product_pages_stock_is_live_and_part_of_its_tag(client: Client):
    sku = make_sku(stock=3)
    path = f"/api/v1/products/{sku.product_id}"
    before = client.get(path)
    assert before.json()["skus"][0]["available"] == 3
    receive_stock(actor=SYSTEM, location_id=None, lines=[Demand(sku.pk, 2)], reference="IN", reason="进货")
    after = client.get(path, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.json()["skus"][0]["available"] == 5
    assert after["ETag"] != before["ETag"]


@pytest.mark.usefixtures("redis_down")
def test_without_redis_everything_is_served(client: Client):
    sku = make_sku(stock=3, title="茶")
    for path in ("/products", "/products?q=茶", "/home", "/config", f"/products/{sku.product_id}"):
        assert client.get(f"/api/v1{path}").status_code == 200
    assert titles(client) == ["茶"]


def test_reads_are_counted_by_member_or_address(client: Client, settings: Settings):
    make_product()
    settings.SHOP_THROTTLES = {**settings.SHOP_THROTTLES, "general": (3, 60, "member")}
    access = open_session(member_id=new_member().pk).access
    assert [client.get("/api/v1/products").status_code for _call in range(4)] == [200, 200, 200, 429]
    refused = client.get("/api/v1/products")
    assert refused["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused["Retry-After"]) <= 20
    assert client.get("/api/v1/config").status_code == 429
    headers = {"Authorization": f"Bearer {access}"}
    assert client.get("/api/v1/products", headers=headers).status_code == 200


def test_many_cheap_reads_are_settled_together(client: Client, settings: Settings):
    make_product()
    settings.SHOP_THROTTLES = {**settings.SHOP_THROTTLES, "general": (200, 60, "member")}
    codes = [client.get("/api/v1/products").status_code for _call in range(215)]
    refused_at = codes.index(429)
    assert 195 <= refused_at <= 210
    assert set(codes[refused_at:]) == {429}


def test_a_foreign_host_is_refused_on_the_short_way_too(client: Client):
    make_product()
    client.get("/api/v1/products")
    assert client.get("/api/v1/products", headers={"Host": "evil.example"}).status_code == 400


def test_searches_are_counted_once_a_visitor_however_they_are_answered(client: Client):
    make_product(title="龙井茶")
    for _call in range(3):
        client.get("/api/v1/products?q=龙井")
    client.get("/api/v1/products?q=没有的东西")
    counts = {
        kind: redis.client().hgetall(next(iter(redis.client().keys(f"catalog:search:{kind}:2*"))))
        for kind in ("searches", "found")
    }
    assert counts["searches"] == {"龙井".encode(): b"1", "没有的东西".encode(): b"1"}
    assert counts["found"] == {"龙井".encode(): b"1"}


def test_an_answer_in_stock_follows_the_stock(client: Client, moment: Time):
    sku = make_sku(stock=0)
    assert client.get("/api/v1/products?in_stock=true").json()["results"] == []
    receive_stock(actor=SYSTEM, location_id=None, lines=[Demand(sku.pk, 2)], reference="IN", reason="进货")
    assert Stock.objects.get(sku=sku).on_hand == 2
    moment.go_on(5)
    assert len(client.get("/api/v1/products?in_stock=true").json()["results"]) == 1


def test_a_tag_is_of_the_bytes_alone():
    kept = Kept(b"x", digest_of(b"x"))
    assert kept.etag == Kept(b"x", digest_of(b"x")).etag
    assert kept.etag != Kept(b"y", digest_of(b"y")).etag
