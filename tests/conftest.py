"""What every test may rely on."""

import http.client
from typing import Any

import pytest

import shop.celery  # noqa: F401  binds shared tasks and kicks to our Celery application
from shop.core.network import assert_no_transaction


@pytest.fixture(autouse=True)
def no_http_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any HTTP request made while a transaction of ours is open fails the test, whatever client makes it."""
    send_request_line = http.client.HTTPConnection.putrequest

    def guarded(self: http.client.HTTPConnection, *args: Any, **kwargs: Any) -> None:
        assert_no_transaction()
        send_request_line(self, *args, **kwargs)

    monkeypatch.setattr(http.client.HTTPConnection, "putrequest", guarded)
