"""What the shop asks WeChat about a person, and how its refusals read here. Never inside a transaction."""

import structlog
from django.utils.translation import gettext as _

from members.errors import PhoneCodeInvalid, WechatUserBlocked
from members.rules import phone_of_wechat
from shop.core.errors import FieldError, ShopError, WechatBusy
from shop.wechat.errors import WechatCodeInvalid, WechatNotConfigured
from shop.wechat.mini.client import mini_client
from shop.wechat.mini.types import PhoneNumber, SafetyScene, Session, Suggestion
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown

log = structlog.get_logger(__name__)

_INVALID_CODES = frozenset({"40029", "40163"})
_BLOCKED = "40226"
_RATE_LIMITED = frozenset({"45009", "45011"})
_MISCONFIGURED = {"40013": "WECHAT_APPID", "40125": "WECHAT_SECRET", "40001": "WECHAT_SECRET"}
_DEFAULT_RETRY_AFTER = 3


def exchange_login_code(code: str) -> Session:
    """Return who a ``wx.login`` code belongs to.

    Raises ``WechatCodeInvalid`` (401), ``WechatUserBlocked`` (403), ``WechatBusy`` or
    ``WechatNotConfigured`` (503).
    """
    outcome = mini_client(in_request=True).code_to_session(code)
    if isinstance(outcome, Success):
        return outcome.value
    if isinstance(outcome, Refused):
        if outcome.code in _INVALID_CODES:
            raise WechatCodeInvalid
        if outcome.code == _BLOCKED:
            raise WechatUserBlocked
    raise _unavailable("login", outcome)


def exchange_phone_code(code: str) -> str:
    """Return the phone number behind the phone button's code, as the shop stores it.

    Raises ``PhoneCodeInvalid`` (400), ``WechatBusy`` or ``WechatNotConfigured`` (503).
    """
    outcome: Outcome[PhoneNumber] = mini_client(in_request=True).get_phone_number(code)
    if isinstance(outcome, Success):
        return phone_of_wechat(number=outcome.value.number, country_code=outcome.value.country_code)
    if isinstance(outcome, Refused) and outcome.code in _INVALID_CODES:
        raise PhoneCodeInvalid(errors=[FieldError("code", "invalid", PhoneCodeInvalid.title)])
    raise _unavailable("phone", outcome)


def judge_nickname(*, openid: str, nickname: str, in_request: bool) -> str:
    """Return ``pass``, ``risky``, ``review``, or ``""`` when WeChat does not say."""
    try:
        outcome = mini_client(in_request=in_request).check_text(
            openid=openid, scene=SafetyScene.PROFILE, content=nickname, nickname=nickname
        )
    except (WechatBusy, WechatNotConfigured):
        return ""
    if isinstance(outcome, Success):
        known = (Suggestion.PASS, Suggestion.RISKY, Suggestion.REVIEW)
        return outcome.value.suggestion if outcome.value.suggestion in known else Suggestion.REVIEW
    _note("check_text", outcome)
    return ""


def submit_picture(*, openid: str, url: str) -> str:
    """Have WeChat look at a picture; return the trace of its verdict, ``""`` when it did not take it."""
    try:
        outcome = mini_client().check_media(openid=openid, scene=SafetyScene.PROFILE, url=url)
    except WechatNotConfigured:
        return ""
    if isinstance(outcome, Success):
        return outcome.value
    _note("check_media", outcome)
    return ""


def _unavailable(call: str, outcome: Refused | Unknown) -> ShopError:
    """Return the refusal for an answer that says nothing about the code itself."""
    _note(call, outcome)
    if isinstance(outcome, Refused) and outcome.code not in _RATE_LIMITED:
        return WechatNotConfigured(setting=_MISCONFIGURED.get(outcome.code, _("the mini-program")))
    wait = outcome.retry_after if isinstance(outcome, Unknown) else None
    return WechatBusy(retry_after=wait or _DEFAULT_RETRY_AFTER)


def _note(call: str, outcome: Refused | Unknown) -> None:
    reason = outcome.code if isinstance(outcome, Refused) else outcome.reason.value
    log.warning("members.wechat_unhelpful", call=call, reason=reason)
