"""Readers of the storefront."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shop.core import redis
from shop.storefront import cache

Get = Callable[..., Any]


class Time:
    """The cache's clock and Redis's, moved by hand together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        started = time.monotonic()
        monkeypatch.setattr(cache, "now", lambda: started + self.passed)

    def go_on(self, seconds: float) -> None:
        self.passed += seconds
        for key in redis.client().keys("storefront:*"):
            left = redis.client().pttl(key)
            if left > 0:
                redis.client().pexpire(key, left - int(seconds * 1000))


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.fixture
def get(client: Client) -> Get:
    """Return a reader of JSON: ``get("/products?sort=new")``; anything but 200 fails the test."""

    def read(path: str, **headers: str) -> Any:
        answer = client.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return read


@pytest.fixture
def refusal(client: Client) -> Get:
    """Return a reader of refusals: status, code and (field, code) of each error."""

    def read(path: str) -> Any:
        answer = client.get(f"/api/v1{path}")
        assert answer["Content-Type"] == "application/problem+json", answer.content
        problem = answer.json()
        return answer.status_code, problem["code"], [(e["field"], e["code"]) for e in problem["errors"]]

    return read
