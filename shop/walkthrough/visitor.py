"""One who talks to the running shop over HTTP and shows what was said."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

TIMEOUT_SECONDS = 20
SHOWN_LINES = 14
SHOWN_ITEMS = 2
SHOWN_TEXT = 60
_SECRETS = ("access", "refresh", "paySign", "nonceStr", "code")

Body = dict[str, Any]


class WalkthroughStopped(Exception):
    """A step was answered otherwise than it should be; the text says which and how."""


@dataclass
class Visitor:
    """A client of ``base_url``; ``say`` prints one line. ``token`` is the bearer token after logging in."""

    base_url: str
    say: Callable[[str], None]
    token: str = ""
    _session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, *, quiet: bool = False, **query: Any) -> Body:
        """GET ``path``; raises ``WalkthroughStopped`` unless it succeeds."""
        return self._call("GET", path, query=query, quiet=quiet)

    def post(self, path: str, body: Body | None = None, *, key: str = "", quiet: bool = False) -> Body:
        """POST ``body``; ``key`` is the Idempotency-Key. Raises ``WalkthroughStopped`` unless it succeeds."""
        return self._call("POST", path, body=body or {}, key=key, quiet=quiet)

    def refused(self, path: str, body: Body, *, code: str) -> Body:
        """POST what has to be refused with ``code``; raises ``WalkthroughStopped`` when it is not."""
        answer = self._send("POST", path, body=body, key=new_key())
        problem = _json(answer)
        self._show("POST", path, answer.status_code, problem)
        if answer.ok or problem.get("code") != code:
            raise WalkthroughStopped(f"POST {path}: {answer.status_code}, not refused with {code}")
        return problem

    def _call(
        self, method: str, path: str, *, body: Body | None = None, query: Body | None = None,
        key: str = "", quiet: bool = False,
    ) -> Body:  # fmt: skip
        answer = self._send(method, path, body=body, query=query, key=key)
        content = _json(answer)
        if not quiet or not answer.ok:
            self._show(method, path + (_query(query) if query else ""), answer.status_code, content)
        if not answer.ok:
            raise WalkthroughStopped(f"{method} {path}: {answer.status_code}")
        return content

    def _send(
        self, method: str, path: str, *, body: Body | None = None, query: Body | None = None, key: str = ""
    ) -> requests.Response:
        headers = {"Accept-Language": "zh-Hans"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            return self._session.request(
                method, self.base_url + path, json=body, params=query, headers=headers,
                timeout=TIMEOUT_SECONDS,
            )  # fmt: skip
        except requests.RequestException as error:
            raise WalkthroughStopped(f"{method} {self.base_url}{path}: {error}") from error

    def _show(self, method: str, path: str, status: int, content: Body) -> None:
        self.say(f"   {method} {path} → {status}")
        lines = json.dumps(abridged(content), ensure_ascii=False, indent=1).splitlines()
        for line in lines[:SHOWN_LINES]:
            self.say(f"   │ {line}")
        if len(lines) > SHOWN_LINES:
            self.say(f"   │ … (+{len(lines) - SHOWN_LINES})")


def new_key() -> str:
    """Return a fresh Idempotency-Key."""
    return uuid.uuid4().hex


def abridged(value: Any, name: str = "") -> Any:
    """Return an answer as it is printed: long lists and texts cut, tokens and signatures hidden."""
    if isinstance(value, dict):
        return {key: abridged(item, key) for key, item in value.items() if item not in (None, "", [], {})}
    if isinstance(value, list):
        rest = [f"… (+{len(value) - SHOWN_ITEMS})"] if len(value) > SHOWN_ITEMS else []
        return [abridged(item) for item in value[:SHOWN_ITEMS]] + rest
    if isinstance(value, str) and name in _SECRETS:
        return value[:6] + "…" if len(value) > 24 else value
    if isinstance(value, str) and len(value) > SHOWN_TEXT:
        return value[:SHOWN_TEXT] + "…"
    return value


def _query(query: Body) -> str:
    return "?" + "&".join(f"{key}={value}" for key, value in query.items())


def _json(answer: requests.Response) -> Body:
    try:
        content = answer.json()
    except ValueError:
        return {"body": answer.text[:200]}
    return content if isinstance(content, dict) else {"body": content}
