"""Reads for the console and for other rooms."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from shop.core import clock
from shop.wechat.mini.tokens import token_store
from shop.wechat.models import InboxMessage
from shop.wechat.statistics import CallStatistic, read_calls


@dataclass(frozen=True)
class TokenState:
    """The shared access token without its value. ``known`` is False when none is stored."""

    known: bool
    obtained_at: datetime | None
    expires_at: datetime | None
    usable: bool


@dataclass(frozen=True)
class InboxState:
    """How the inbox stands: messages per state, and since when the oldest open one waits."""

    counts: dict[str, int]
    oldest_open: datetime | None


def call_statistics(*, hours: int = 24) -> list[CallStatistic] | None:
    """Calls to WeChat per endpoint over the last ``hours`` (at most 48); None when Redis is down."""
    return read_calls(hours=hours)


def token_state() -> TokenState:
    """How the access token stands."""
    token = token_store(settings.WECHAT_APPID).peek()
    if token is None:
        return TokenState(known=False, obtained_at=None, expires_at=None, usable=False)
    return TokenState(
        known=True,
        obtained_at=token.obtained_at,
        expires_at=token.expires_at,
        usable=token.usable(clock.wall()),
    )


def inbox_state() -> InboxState:
    """Counts per state (settled ones only while they are kept), and the age of the backlog."""
    rows = InboxMessage.objects.values_list("state").annotate(count=Count("id")).order_by()
    open_states = (InboxMessage.State.RECEIVED, InboxMessage.State.FAILED)
    oldest = InboxMessage.objects.filter(state__in=open_states).aggregate(at=Min("received_at"))["at"]
    return InboxState(counts=dict(rows), oldest_open=oldest)


def messages_about(reference: str) -> QuerySet[InboxMessage]:
    """Everything WeChat said about one number, oldest first."""
    return InboxMessage.objects.filter(reference=reference).order_by("received_at", "id")
