"""Nothing secret or personal is ever written: told by its name, by its look, or because it is known.

The same redactor cleans log lines and error reports.
"""

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from shop.core.masking import STARS, is_personal_name, is_secret_name

MAX_DEPTH = 8
MAX_TEXT = 20_000
_CONTEXT = frozenset({"actor", "event", "exception", "level", "logger", "method", "request_id", "route"})

# The look, what stands in its place, and a necessary condition told without the expression: nearly all texts
# are short and harmless, and every line that is written passes here.
_PATTERNS: tuple[tuple[re.Pattern[str], str, Callable[[str], bool]], ...] = (
    (
        re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL),
        "[pem]",
        lambda text: "-----BEGIN " in text,
    ),
    (
        re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
        "[jwt]",
        lambda text: "eyJ" in text,
    ),
    (
        re.compile(r"(?i)\b(bearer|basic|WECHATPAY2-SHA256-RSA2048)\s+[^\s'\"]{8,}[^\n'\"]*"),
        r"\1 [secret]",
        lambda text: len(text) > 13 and len(text.split(None, 1)) > 1,
    ),
    (
        re.compile(r"(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9A-Za-z])"),
        "[phone]",
        lambda text: len(text) > 10 and "1" in text,
    ),
    (
        re.compile(r"(?<![0-9A-Za-z_-])o[A-Za-z0-9_-]{27}(?![0-9A-Za-z_-])"),
        "[openid]",
        lambda text: len(text) > 27 and "o" in text,
    ),
    (
        re.compile(
            r"(?i)([\"']?\b(?:access_token|refresh|secret|appsecret|session_key|openid|unionid|js_code|code|password|"
            r"token|phone|phone_number|receiver|address|signature|paysign|api_?v3_?key)\b[\"']?\s*[:=]\s*)"
            r"(\"[^\"]*\"|'[^']*'|[^\s,&;})\]]+)"
        ),
        rf"\1{STARS}",
        lambda text: ":" in text or "=" in text,
    ),
    (re.compile(r"(?i)(://[^/\s:@]*:)[^@\s/]+@"), rf"\1{STARS}@", lambda text: "://" in text and "@" in text),
)
# Names, words and routes: too short and too plain for any of the looks above.
_is_plain_word = re.compile(r"(?=.{0,27}\Z)[a-z_./]*[0-9]?[a-z_./]*").fullmatch
_SHORTEST_SECRET = 8
_SPEAKABLE = (str, BaseException, Promise, date, time, timedelta, Decimal, UUID, PurePath)
_secrets: list[str] = []


def remember_secrets(values: Iterable[str]) -> None:
    """Recognise the deployment's own secrets, and their comma- or colon-separated parts, anywhere."""
    parts = {part for value in values for part in (value, *re.split(r"[,:\s]", value))}
    _secrets[:] = sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True)


def redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Clean one log event: a structlog processor."""
    for name, value in event.items():
        if name.startswith("_"):
            continue
        by_name = name not in _CONTEXT or not isinstance(value, str)
        event[name] = redact(name, value) if by_name else redact_text(value)
    return event


def redact(name: str, value: Any, depth: int = 0) -> Any:
    """Return ``value`` as it may be written under ``name``."""
    if value is None or isinstance(value, bool | float):
        return value
    if _is_hidden(name):
        return STARS
    if depth >= MAX_DEPTH:
        return "[deep]"
    if isinstance(value, Mapping):
        return {str(key): redact(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(name, inner, depth + 1) for inner in value]
    return _redact_plain(value)


@lru_cache(maxsize=1024)
def _is_hidden(name: str) -> bool:
    return is_secret_name(name) or is_personal_name(name)


def _redact_plain(value: Any) -> Any:
    if isinstance(value, int):
        return STARS if _looks_like_phone(value) else value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, _SPEAKABLE):
        return redact_text(str(value))
    # An object may say anything about itself: a request its query, a model its fields.
    return f"[{type(value).__name__}]"


def redact_text(text: str) -> str:
    """Return ``text`` without tokens, keys, phone numbers and openids."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT] + "…"
    for secret in _secrets:
        if secret in text:
            text = text.replace(secret, STARS)
    if _is_plain_word(text):
        return text
    for pattern, replacement, may_occur in _PATTERNS:
        if may_occur(text):
            text = pattern.sub(replacement, text)
    return text


def _looks_like_phone(number: int) -> bool:
    return 13_000_000_000 <= number <= 19_999_999_999
