"""How a call to WeChat can end: exactly three ways, and callers must say what they do in each.

``Success``: WeChat answered, the answer is authentic and understood.
``Refused``: WeChat definitely did not do it and says why. Nothing happened there.
``Unknown``: anything else (time-out, 429, 5xx, an answer that is empty, unreadable or badly signed). It may
or may not have happened. The only cure is a query, or the same call, with the *same* number; never a new
number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)


class UnknownReason(StrEnum):
    """Why nobody can say what happened. Values are stable: payments stores them, the console shows them."""

    NOT_CONNECTED = "not_connected"
    TIMEOUT = "timeout"
    BROKEN_CONNECTION = "broken_connection"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    BAD_SIGNATURE = "bad_signature"
    EMPTY_BODY = "empty_body"
    UNPARSABLE = "unparsable"
    TOO_LARGE = "too_large"
    MISMATCH = "mismatch"
    UNEXPECTED_STATUS = "unexpected_status"
    UNTIL_QUERIED = "until_queried"
    BAD_DIGEST = "bad_digest"


@dataclass(frozen=True)
class Success(Generic[T_co]):
    """WeChat did it. ``value`` comes from an answer whose signature was verified (Pay) or parsed (mini)."""

    value: T_co
    request_id: str = ""


@dataclass(frozen=True)
class Refused:
    """WeChat did not do it.

    ``code`` is spelled one way only (``ORDER_PAID``, never ``ORDERPAID``; mini-program errors are the number
    as text, ``"43101"``). ``message`` is WeChat's own words for staff; never shown to shoppers.
    """

    code: str
    message: str
    http_status: int = 0
    request_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """Nobody knows whether WeChat did it; resolve by a query with the same number.

    ``code``/``message``/``http_status`` hold what WeChat said, if it said anything (a transfer's NOT_ENOUGH,
    a 429's FREQUENCY_LIMITED). ``retry_after`` seconds is set when WeChat limits our rate: a 429 on a money
    call is never a definite failure. ``sent`` is False only when no byte of this request can have reached
    WeChat, because no connection came about.
    """

    reason: UnknownReason
    request_id: str = ""
    code: str = ""
    message: str = ""
    http_status: int = 0
    retry_after: int | None = None
    sent: bool = True


Outcome: TypeAlias = Success[T_co] | Refused | Unknown
