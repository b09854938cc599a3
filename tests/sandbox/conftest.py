"""One real sandbox process for the whole room; every test gets clean switches and its own shoppers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.listener import Listener, Mailbox
from tests.sandbox.merchant import Merchant
from tests.sandbox_process import SandboxProcess

PUSH_PATH = "/push"


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    server = Listener()
    yield server
    server.close()


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Iterator[SandboxProcess]:
    data = tmp_path_factory.mktemp("wechat sandbox")
    with SandboxProcess(data, push_url=listener.base_url + PUSH_PATH) as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> Iterator[SandboxProcess]:
    process.reset()
    yield process
    process.reset()


@pytest.fixture
def merchant(sandbox: SandboxProcess) -> Merchant:
    return Merchant(sandbox)


@pytest.fixture
def mailbox(listener: Listener) -> Mailbox:
    return listener.mailbox()


@pytest.fixture
def pushes(sandbox: SandboxProcess, listener: Listener) -> Mailbox:
    box = listener.mailbox(PUSH_PATH)
    box.answer = lambda _n: (200, b"success")
    return box


@pytest.fixture
def openid(sandbox: SandboxProcess) -> str:
    return str(sandbox.create_user()["openid"])


Mini = Callable[..., Any]


@pytest.fixture
def mini(sandbox: SandboxProcess) -> Mini:
    """Call the mini-program host with a valid token: the JSON answer, or the response if it is none."""
    env = sandbox.env
    body = {"grant_type": "client_credential", "appid": env["WECHAT_APPID"], "secret": env["WECHAT_SECRET"]}

    def call(path: str, fields: dict[str, Any]) -> Any:
        token = requests.post(f"{sandbox.base_url}/cgi-bin/stable_token", json=body, timeout=10).json()
        url = f"{sandbox.base_url}{path}?access_token={token['access_token']}"
        answer = requests.post(url, json=fields, timeout=10)
        assert answer.status_code == 200
        return answer.json() if "json" in answer.headers["content-type"] else answer

    return call
