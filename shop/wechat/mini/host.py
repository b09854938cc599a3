"""wechatpy's client with a body of our own: where requests go, how long they take, whose token they carry.

wechatpy gives the API classes, their registry and the error class; its request method is replaced because it
refreshes tokens without a lock, retries without an end and asks a literal host. Errors are raised as
wechatpy raises them (``WeChatClientException`` with ``errcode``); ``mini.client`` turns them into outcomes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException

from shop.core import clock
from shop.core.network import Deadline
from shop.wechat import http
from shop.wechat.http import Answer, Limits, NoAnswer
from shop.wechat.mini import apis
from shop.wechat.mini.tokens import Token, token_store
from shop.wechat.outcomes import UnknownReason

OFFICIAL_HOST = "https://api.weixin.qq.com"
TOKEN_ERRORS = frozenset({40001, 40014, 42001})
"""Credential invalid, token invalid, token expired."""

BUSY = -1
_TOKEN_ENDPOINT = "/cgi-bin/stable_token"  # noqa: S105  an address, not a secret


class HostError(Exception):
    """The host answered with something other than HTTP 200."""

    def __init__(self, status: int, retry_after: str, *, sent: bool = True) -> None:
        super().__init__(status)
        self.status, self.retry_after, self.sent = status, retry_after, sent


@dataclass(frozen=True)
class Credentials:
    """Who we are for the mini-program host."""

    appid: str
    secret: str
    base_url: str

    def __repr__(self) -> str:
        return f"Credentials(appid={self.appid!r})"


class MiniProgramHost(WeChatClient):
    """One call's view of api.weixin.qq.com: make one per call, its deadline starts running at once."""

    login = apis.LoginAPI()
    phone = apis.PhoneAPI()
    codes = apis.CodeAPI()
    subscribe = apis.SubscribeAPI()
    safety = apis.SafetyAPI()
    shipping = apis.ShippingAPI()
    delivery = apis.DeliveryAPI()

    def __init__(self, credentials: Credentials, limits: Limits) -> None:
        super().__init__(credentials.appid, credentials.secret, auto_retry=False)
        self._base_url = credentials.base_url
        self._limits = limits
        self._deadline = Deadline(limits.total)
        self._tokens = token_store(credentials.appid)

    @property
    def access_token(self) -> str:
        """The shop's shared token."""
        return self._tokens.get(self._fetch, self._deadline)

    def fetch_access_token(self) -> dict[str, Any]:
        """Make sure a usable token is stored; kept for wechatpy's interface."""
        return {"access_token": self.access_token}

    def renew_access_token(self, rejected: str) -> str:
        """A token other than the one WeChat rejected."""
        return self._tokens.replace(rejected, self._fetch, self._deadline)

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """Send with a token; on a token error once with a newer one, then once with a forced one. No more.

        Raises WeChatClientException, HostError or NoAnswer. ``with_token=False`` is for the calls that WeChat
        authenticates by secret.
        """
        url = self._address(url_or_endpoint, kwargs.pop("api_base_url", f"{OFFICIAL_HOST}/cgi-bin/"))
        params, data = dict(kwargs.pop("params", {})), kwargs.pop("data", None)
        if not kwargs.pop("with_token", True):
            return self._exchange(method, url, params, data)
        token = self.access_token
        for renew in (self.renew_access_token, self._force_access_token):
            try:
                return self._exchange(method, url, params | {"access_token": token}, data)
            except WeChatClientException as error:
                if error.errcode not in TOKEN_ERRORS:
                    raise
                token = renew(token)
        return self._exchange(method, url, params | {"access_token": token}, data)

    def _force_access_token(self, rejected: str) -> str:
        return self._tokens.replace(rejected, self._fetch, self._deadline, force=True)

    def _fetch(self, force: bool) -> Token:
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force,
        }
        try:
            answer = self._exchange("post", self._base_url + _TOKEN_ENDPOINT, {}, body)
            value, seconds = answer["access_token"], answer["expires_in"]
        except NoAnswer as none:
            # Whatever happened to the token request: the business call it was for was never sent.
            raise NoAnswer(none.reason, sent=False) from None
        except HostError as error:
            raise HostError(error.status, error.retry_after, sent=False) from None
        except (KeyError, TypeError):
            raise NoAnswer(UnknownReason.UNPARSABLE, sent=False) from None
        if not isinstance(value, str) or not value or not isinstance(seconds, int):
            raise NoAnswer(UnknownReason.UNPARSABLE, sent=False)
        now = clock.wall()
        return Token(value=value, expires_at=now + timedelta(seconds=seconds), obtained_at=now)

    def _address(self, url_or_endpoint: str, api_base_url: str) -> str:
        """Every API class names WeChat's own host; the configured one takes its place."""
        url = url_or_endpoint if "://" in url_or_endpoint else api_base_url + url_or_endpoint
        if not url.startswith(f"{OFFICIAL_HOST}/"):
            raise ValueError("Only calls to WeChat's API host are made here.")
        return self._base_url + url.removeprefix(OFFICIAL_HOST)

    def _exchange(self, method: str, url: str, params: Mapping[str, str], data: Any) -> Any:
        body = (
            json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() if data is not None else None
        )
        headers = {"Accept": "*/*", "User-Agent": http.USER_AGENT, "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        address = f"{url}?{urlencode(params)}" if params else url
        request = http.session().prepare_request(
            requests.Request(method.upper(), address, data=body, headers=headers)
        )
        return read_answer(http.send(request, limits=self._limits, deadline=self._deadline))


def read_answer(answer: Answer) -> Any:
    """The JSON object of an answer, or the raw ``Answer`` of a picture; raises as ``_request`` says."""
    if answer.status != 200:
        raise HostError(answer.status, answer.headers.get("Retry-After") or "")
    if not answer.body:
        raise NoAnswer(UnknownReason.EMPTY_BODY, sent=True)
    if (answer.headers.get("Content-Type") or "").lower().startswith("image/"):
        return answer
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise NoAnswer(UnknownReason.UNPARSABLE, sent=True) from None
    if not isinstance(value, dict):
        raise NoAnswer(UnknownReason.UNPARSABLE, sent=True)
    code = value.get("errcode", 0)
    if isinstance(code, bool) or not isinstance(code, int):
        raise NoAnswer(UnknownReason.UNPARSABLE, sent=True)
    if code:
        raise WeChatClientException(code, str(value.get("errmsg", ""))[:512])
    return value
