"""Readers of the storefront."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

Get = Callable[..., Any]


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
