"""Calls to group-chat robots. Only addresses of the two known services are ever called.

WeCom: "群机器人配置说明" (developer.work.weixin.qq.com). DingTalk: "自定义机器人接入" (open.dingtalk.com).
Both take a JSON message and answer ``{"errcode": 0}`` when it was delivered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings

from shop.core.json import dump
from shop.core.network import assert_no_transaction

TIMEOUT = (3.0, 5.0)
"""Seconds to connect and to wait for each piece of the answer."""

MAX_ANSWER_BYTES = 16 * 1024
_REDIRECT = 300
_SERVER_ERROR = 500
_TOO_MANY = 429
_RATE_LIMITS = (45009, 130101, 660026)  # "too many messages a minute", WeCom's and DingTalk's


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended. ``retry`` says whether the same call may succeed later; ``text`` is safe to show."""

    delivered: bool
    retry: bool
    text: str


def is_allowed(url: str, *, kind: str) -> bool:
    """Return whether ``url`` is an address of the robot service ``kind``: https, its own host, no port games.

    An allow-list of origins leaves nothing of the inner network to be reached.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin in settings.SHOP_ROBOT_ORIGINS.get(kind, ())


def message(kind: str, *, title: str, lines: Mapping[str, str]) -> dict[str, Any]:
    """Return a markdown message in the robot's own format."""
    if kind == "wecom":
        quoted = "\n".join(f"> {name}: {text}" for name, text in lines.items())
        return {"msgtype": "markdown", "markdown": {"content": f"**{title}**\n{quoted}"}}
    listed = "\n\n".join(f"- {name}: {text}" for name, text in lines.items())
    return {"msgtype": "markdown", "markdown": {"title": title, "text": f"### {title}\n\n{listed}"}}


def post(url: str, body: Mapping[str, Any]) -> Answer:
    """Send one message. Never follows a redirect, never uses a proxy of the environment, never in a
    transaction."""
    assert_no_transaction()
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                url,
                data=dump(body),
                headers={"Content-Type": "application/json"},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = response.raw.read(MAX_ANSWER_BYTES, decode_content=True)
                return _read(response.status_code, content)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The message of the exception names the address, which is a secret.
            return Answer(delivered=False, retry=True, text=type(error).__name__)


def _read(status: int, content: bytes) -> Answer:
    if status >= _SERVER_ERROR or status == _TOO_MANY:
        return Answer(delivered=False, retry=True, text=f"HTTP {status}")
    if status >= _REDIRECT:
        return Answer(delivered=False, retry=False, text=f"HTTP {status}")
    code = _errcode(content)
    if code == 0:
        return Answer(delivered=True, retry=False, text="ok")
    if code is None:
        return Answer(delivered=False, retry=True, text="unreadable answer")
    return Answer(delivered=False, retry=code in _RATE_LIMITS, text=f"errcode {code}")


def _errcode(content: bytes) -> int | None:
    try:
        answer = json.loads(content)
    except ValueError:
        return None
    code = answer.get("errcode") if isinstance(answer, dict) else None
    return code if type(code) is int else None
