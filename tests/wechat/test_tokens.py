"""One access token for the whole shop: a storm asks WeChat once, an error loop ends, Redis may be down."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as live_settings

from shop.core import clock
from shop.core import redis as core_redis
from shop.core.network import Deadline
from shop.wechat import queries
from shop.wechat.http import NoAnswer
from shop.wechat.mini import tokens
from shop.wechat.mini.client import mini_client
from shop.wechat.mini.tokens import Token, TokenStore, token_store
from shop.wechat.outcomes import Refused, Success, Unknown, UnknownReason
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import mark, since

pytestmark = pytest.mark.lasts(12)

THREADS, PROCESSES = 50, 4
TOKEN_PATH = "/cgi-bin/stable_token"


@pytest.fixture(autouse=True)
def fresh_stores() -> Iterator[None]:
    tokens._stores.clear()
    yield
    tokens._stores.clear()


def requests_for_a_token(sandbox: SandboxProcess, line: int) -> int:
    return sum(row["path"] == TOKEN_PATH for row in since(sandbox, line))


def plant_expired_token(sandbox: SandboxProcess) -> None:
    """A token that we believe in and WeChat does not: its clock has moved on."""
    assert mini_client().check_token() == Success(None)
    sandbox.advance(2 * 3600 + 1)


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    barrier, results = threading.Barrier(count), []

    def body() -> None:
        barrier.wait(timeout=30)
        results.append(work())

    threads = [threading.Thread(target=body) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(results) == count
    return results


def test_a_storm_of_threads_with_an_expired_token_asks_once(sandbox: SandboxProcess):
    plant_expired_token(sandbox)
    seen = mark(sandbox)
    outcomes = in_threads(THREADS, lambda: mini_client().list_couriers())
    assert all(isinstance(outcome, Success) for outcome in outcomes), outcomes
    assert requests_for_a_token(sandbox, seen) == 1


def test_without_the_lock_the_storm_would_ask_many_times(sandbox: SandboxProcess, monkeypatch):
    """The negative control: everybody who is rejected fetches for himself."""
    plant_expired_token(sandbox)
    seen = mark(sandbox)
    barrier = threading.Barrier(10)

    def unguarded(
        self: TokenStore, rejected: str | None, fetch: Any, deadline: Any, *, force: bool = False
    ) -> str:
        barrier.wait(timeout=20)
        token: Token = fetch(False)
        self._save(token)
        return token.value

    monkeypatch.setattr(TokenStore, "replace", unguarded)
    in_threads(10, lambda: mini_client().list_couriers())
    assert requests_for_a_token(sandbox, seen) == 10


STORM = """
import os, sys, threading
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.conf import settings
from pathlib import Path
for line in Path(sys.argv[1]).read_text().splitlines():
    name, value = line.split("=", 1)
    if name.endswith("_FILE"):
        name, value = name.removesuffix("_FILE"), Path(value).read_text()
    setattr(settings, name, value)
settings.REDIS_URL = sys.argv[2]
from shop.wechat.mini.client import mini_client
from shop.wechat.outcomes import Success
count, good = int(sys.argv[3]), []
barrier = threading.Barrier(count)
def body():
    barrier.wait()
    good.append(isinstance(mini_client().list_couriers(), Success))
threads = [threading.Thread(target=body) for _ in range(count)]
print("ready", flush=True)
sys.stdin.readline()
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sum(good), flush=True)
"""


def test_a_storm_of_processes_with_an_expired_token_asks_once(sandbox: SandboxProcess, settings):
    # Given four processes that share an expired token
    plant_expired_token(sandbox)
    arguments = [str(sandbox.data / "merchant.env"), settings.REDIS_URL, str(THREADS)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STORM, *arguments],
            cwd=live_settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
        seen = mark(sandbox)
        # When all their threads call at once
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=90)[0].strip() for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    # Then every call succeeded and WeChat was asked for a token once
    assert answers == [str(THREADS)] * PROCESSES
    assert requests_for_a_token(sandbox, seen) == 1


def test_a_revoked_token_is_replaced_once_by_force_and_no_more(sandbox: SandboxProcess):
    # Given a WeChat that refuses every token it hands out
    assert mini_client().check_token() == Success(None)
    for _ in range(3):
        sandbox.fault("errcode", path="/cgi-bin/express", errcode=40001)
    seen = mark(sandbox)
    # When a call is made
    outcome = mini_client().list_couriers()
    # Then it ends: three tries, one ordinary and one forced request for a token
    assert isinstance(outcome, Refused)
    assert outcome.code == "40001"
    paths = [row["path"] for row in since(sandbox, seen)]
    assert len([path for path in paths if path.startswith("/cgi-bin/express")]) == 3
    assert len([path for path in paths if path == TOKEN_PATH]) <= 3


def test_a_forced_refresh_is_rationed(sandbox: SandboxProcess):
    store = token_store("wxrationed")
    forced: list[bool] = []

    def fetch(force: bool) -> Token:
        forced.append(force)
        now = clock.wall()
        return Token(f"forced{len(forced)}" if force else "same", now + timedelta(hours=2), now)

    deadline = Deadline(5)
    assert store.replace("same", fetch, deadline, force=True).startswith("forced")
    store._save(Token("same", clock.wall() + timedelta(hours=2), clock.wall()))
    assert store.replace("same", fetch, deadline, force=True) == "same"
    assert forced == [False, True, False]


def test_redis_down_each_process_keeps_its_own_token(sandbox: SandboxProcess, settings):
    # Given a Redis that is not there
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    core_redis.resume()
    seen = mark(sandbox)
    # When many threads call
    outcomes = in_threads(20, lambda: mini_client().list_couriers())
    # Then all succeed with one token request in this process
    assert all(isinstance(outcome, Success) for outcome in outcomes), outcomes
    assert requests_for_a_token(sandbox, seen) == 1
    assert queries.call_statistics() is None


def test_waiting_for_another_process_ends_with_the_deadline(sandbox: SandboxProcess):
    store = token_store("wxheld")
    with core_redis.client().lock("wechat:token:wxheld:lock", timeout=10), pytest.raises(NoAnswer) as none:
        store.get(lambda force: pytest.fail("must not fetch"), Deadline(0.3))
    assert (none.value.reason, none.value.sent) == (UnknownReason.TIMEOUT, False)


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (lambda s, b: setattr(s, "WECHAT_SECRET", "0" * 32), Refused),
        (lambda s, b: b.settings(ip_allowed=False), Refused),
        (lambda s, b: b.fault("empty_body", path=TOKEN_PATH), Unknown),
        (lambda s, b: b.fault("500", path=TOKEN_PATH), Unknown),
    ],
)
def test_without_a_token_the_call_is_not_sent(sandbox: SandboxProcess, settings, plant: Any, expected: type):
    plant(settings, sandbox)
    seen = mark(sandbox)
    outcome = mini_client().list_couriers()
    assert isinstance(outcome, expected)
    if isinstance(outcome, Unknown):
        assert not outcome.sent
    assert [row["path"] for row in since(sandbox, seen)] == [TOKEN_PATH]


def test_the_console_sees_the_token_s_state_but_not_the_token(sandbox: SandboxProcess):
    assert queries.token_state() == queries.TokenState(False, None, None, False)
    mini_client().check_token()
    state = queries.token_state()
    assert state.known
    assert state.usable
    assert state.expires_at is not None
    token = token_store(live_settings.WECHAT_APPID).peek()
    assert token is not None
    assert token.value not in repr(token) + repr(state)


def test_a_token_that_ends_soon_is_not_used():
    now = clock.wall()
    assert not Token("x", now + timedelta(seconds=59), now).usable(now)
    assert Token("x", now + timedelta(seconds=61), now).usable(now)
