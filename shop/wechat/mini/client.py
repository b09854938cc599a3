"""The mini-program calls, every one ending as Success, Refused or Unknown like the money calls.

Refused codes are WeChat's numbers as text. Never log a token, session_key, openid or phone number: the types
keep them out of their ``repr``.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from wechatpy.exceptions import WeChatClientException

from shop.wechat import guard
from shop.wechat.errors import WechatNotConfigured
from shop.wechat.http import BACKGROUND, IN_REQUEST, Answer, Limits, NoAnswer
from shop.wechat.mini import rules
from shop.wechat.mini.host import BUSY, Credentials, HostError, MiniProgramHost
from shop.wechat.mini.login import exchange_once
from shop.wechat.mini.shipping import Shipping
from shop.wechat.mini.types import Courier, PhoneNumber, Session, TextVerdict
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.pay.parsing import Mismatch, Reader, Unparsable

T = TypeVar("T")


class MiniClient:
    """The mini-program's server calls; get it from ``mini_client()``. Cheap to make, safe to share."""

    def __init__(self, credentials: Credentials, limits: Limits) -> None:
        self.credentials, self.limits = credentials, limits
        self.shipping = Shipping(self._run)

    def code_to_session(self, code: str) -> Outcome[Session]:
        """Who tapped "log in". The same code within a minute gets the same answer; it is never sent twice.

        Refused 40029 (invalid), 40163 (used), 40226 (blocked user): the client calls ``wx.login`` again.
        """
        return exchange_once(
            code, lambda: self._run("mini.login", lambda host: host.login.code_to_session(code), _session)
        )

    def get_phone_number(self, code: str) -> Outcome[PhoneNumber]:
        """The number behind the phone button's code. Paid per call; the code is good for one."""

        def parse(data: Mapping[str, Any]) -> PhoneNumber:
            info = Reader(data).object("phone_info")
            if info.object("watermark").text("appid") != self.credentials.appid:
                raise Mismatch("watermark")
            return PhoneNumber(
                number=info.text("purePhoneNumber", required=True), country_code=info.text("countryCode")
            )

        return self._run("mini.phone", lambda host: host.phone.get(code), parse)

    def get_unlimited_code(
        self,
        *,
        scene: str,
        page: str = "",
        width: int = 430,
        env_version: str = "release",
        check_path: bool = True,
        transparent: bool = False,
    ) -> Outcome[bytes]:
        """A mini-program code as JPEG or PNG bytes. ``scene``: 1-32 of WeChat's characters, an opaque id."""
        if not rules.SCENE_PATTERN.fullmatch(scene):
            raise ValueError("scene holds 1 to 32 of WeChat's characters.")
        body: dict[str, Any] = {
            "scene": scene,
            "width": width,
            "env_version": env_version,
            "check_path": check_path,
            "is_hyaline": transparent,
        }
        if page:
            body["page"] = page
        return self._run("mini.code", lambda host: _picture(host.codes.unlimited(body)), _bytes)

    def generate_url_link(self, *, path: str = "", query: str = "", days: int = 30) -> Outcome[str]:
        """A link that opens the mini-program from a browser or a text message; valid 1 to 30 days."""
        body = {"path": path, "query": query, "expire_type": 1, "expire_interval": days}
        return self._run("mini.url_link", lambda host: host.codes.url_link(body), _text("url_link"))

    def generate_scheme(self, *, path: str = "", query: str = "", days: int = 30) -> Outcome[str]:
        """A ``weixin://`` scheme that opens the mini-program; valid 1 to 30 days."""
        body = {
            "jump_wxa": {"path": path, "query": query},
            "is_expire": True,
            "expire_type": 1,
            "expire_interval": days,
        }
        return self._run("mini.scheme", lambda host: host.codes.scheme(body), _text("openlink"))

    def send_subscribe_message(
        self,
        *,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str = "",
        state: str = "formal",
        lang: str = "zh_CN",
    ) -> Outcome[None]:
        """Send one message; values are cut to their keys' limits first.

        Refused 43101 is terminal: the member refused or has no grant left. Do not retry it.
        """
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {key: {"value": rules.fit_value(key, value)} for key, value in data.items()},
            "miniprogram_state": state,
            "lang": lang,
        }
        if page:
            body["page"] = page
        return self._run("mini.subscribe", lambda host: host.subscribe.send(body), _nothing)

    def check_text(
        self,
        *,
        openid: str,
        scene: int,
        content: str,
        title: str = "",
        nickname: str = "",
        signature: str = "",
    ) -> Outcome[TextVerdict]:
        """Content security of a text (at most 2500 characters are looked at). 61010: not active lately."""
        body: dict[str, Any] = {"openid": openid, "scene": scene, "content": content[: rules.TEXT_LENGTH]}
        optional = {"title": title, "nickname": nickname, "signature": signature}
        body |= {name: value for name, value in optional.items() if value}
        return self._run("mini.check_text", lambda host: host.safety.check_text(body), _verdict)

    def check_media(self, *, openid: str, scene: int, url: str, media_type: int = 2) -> Outcome[str]:
        """Have an image (2) or sound (1) checked; returns the trace id that the pushed verdict will carry."""
        body = {"openid": openid, "scene": scene, "media_url": url, "media_type": media_type}
        return self._run("mini.check_media", lambda host: host.safety.check_media(body), _text("trace_id"))

    def list_couriers(self) -> Outcome[list[Courier]]:
        """The couriers WeChat knows, with their ids."""
        return self._run("mini.couriers", lambda host: host.delivery.companies(), _couriers)

    def check_token(self) -> Outcome[None]:
        """Make sure an access token can be had (for the doctor)."""
        return self._run("mini.token", lambda host: host.fetch_access_token(), _nothing)

    def _run(
        self,
        endpoint: str,
        call: Callable[[MiniProgramHost], Any],
        parse: Callable[[Mapping[str, Any]], T],
    ) -> Outcome[T]:
        return guard.perform(
            endpoint=endpoint,
            limits=self.limits,
            host="mini",
            call=lambda: judge(lambda: parse(call(MiniProgramHost(self.credentials, self.limits)))),
        )


def judge(call: Callable[[], T]) -> Outcome[T]:
    """Run ``call`` and turn what it raises into an outcome.

    -1 and HTTP errors are Unknown (WeChat may have acted); every other errcode is a definite refusal, 45009
    and 45011 (rate) too: WeChat says it did nothing.
    """
    try:
        return Success(call())
    except NoAnswer as none:
        return Unknown(none.reason, sent=none.sent)
    except HostError as error:
        return _host_error(error)
    except WeChatClientException as error:
        message = str(error.errmsg)
        if error.errcode == BUSY:
            return Unknown(UnknownReason.SERVER_ERROR, code=str(BUSY), message=message, http_status=200)
        return Refused(str(error.errcode), message, 200, _request_id(message))
    except Unparsable:
        return Unknown(UnknownReason.UNPARSABLE, http_status=200)
    except Mismatch:
        return Unknown(UnknownReason.MISMATCH, http_status=200)


def _host_error(error: HostError) -> Unknown:
    if error.status == 429:
        seconds = int(error.retry_after) if error.retry_after.isdigit() else None
        return Unknown(UnknownReason.RATE_LIMITED, http_status=429, retry_after=seconds, sent=error.sent)
    reason = UnknownReason.SERVER_ERROR if error.status >= 500 else UnknownReason.UNEXPECTED_STATUS
    return Unknown(reason, http_status=error.status, sent=error.sent)


def _request_id(message: str) -> str:
    """WeChat ends its messages with ``rid: …``."""
    return message.rpartition("rid: ")[2][:64] if "rid: " in message else ""


def mini_client(*, in_request: bool = False) -> MiniClient:
    """The configured mini-program's client; ``in_request`` for calls a shopper waits for.

    Raises WechatNotConfigured (503) naming the setting that is missing.
    """
    for name in ("WECHAT_APPID", "WECHAT_SECRET"):
        if not getattr(settings, name):
            raise WechatNotConfigured(setting=name)
    credentials = Credentials(settings.WECHAT_APPID, settings.WECHAT_SECRET, settings.WECHAT_API_BASE_URL)
    return MiniClient(credentials, IN_REQUEST if in_request else BACKGROUND)


def _session(data: Mapping[str, Any]) -> Session:
    read = Reader(data)
    return Session(openid=read.text("openid", required=True), unionid=read.text("unionid"))


def _picture(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, Answer):
        raise Unparsable("not a picture")
    return {"picture": answer.body}


def _bytes(data: Mapping[str, Any]) -> bytes:
    return bytes(data["picture"])


def _text(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: Reader(data).text(name, required=True)


def _nothing(_data: Mapping[str, Any]) -> None:
    """errcode 0 says it all."""


def _verdict(data: Mapping[str, Any]) -> TextVerdict:
    read = Reader(data)
    result = read.object("result")
    return TextVerdict(
        suggestion=result.text("suggest", required=True),
        label=result.integer("label"),
        trace_id=read.text("trace_id"),
    )


def _couriers(data: Mapping[str, Any]) -> list[Courier]:
    return [
        Courier(courier_id=each.text("delivery_id", required=True), name=each.text("delivery_name"))
        for each in Reader(data).objects("delivery_list")
    ]
