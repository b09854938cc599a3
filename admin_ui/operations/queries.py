"""What the operations page shows. The number of queries does not depend on how much there is."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

import orjson
import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils.functional import cached_property

from shop.core import clock
from shop.core.jobs import JobStatus, heartbeat_ages, job_status
from shop.core.jobs.registry import Queue
from shop.core.models import OutboxEvent
from shop.core.redis import attempt
from shop.wechat.models import InboxMessage
from shop.wechat.queries import InboxState, TokenState, call_statistics, inbox_state, token_state
from shop.wechat.statistics import CallStatistic

DEAD_LETTERS_SHOWN = 20
LATE = timedelta(minutes=2)
HEARTBEAT_LATE_SECONDS = 60
QUEUES: tuple[str, ...] = get_args(Queue)


@dataclass(frozen=True)
class QueueStatus:
    """One Celery queue. ``heartbeat_seconds``: since a worker last answered through it; None: never."""

    name: str
    waiting: int | None
    oldest: str
    heartbeat_seconds: float | None

    @property
    def healthy(self) -> bool:
        """Whether a worker answered through this queue within the last minute."""
        return self.heartbeat_seconds is not None and self.heartbeat_seconds < HEARTBEAT_LATE_SECONDS


@dataclass(frozen=True)
class OutboxStatus:
    """Events on their way. ``lag`` is the age of the oldest one that is still undelivered."""

    pending: int
    retrying: int
    dead: int
    oldest: datetime | None
    lag: timedelta


@dataclass(frozen=True)
class ServiceStatus:
    """One service that we stand on and how long it took to answer."""

    name: str
    healthy: bool
    version: str
    milliseconds: float | None


class Operations:
    """Everything on the page, each part read when it is drawn."""

    @cached_property
    def jobs(self) -> list[JobStatus]:
        """Every job, the late and failing ones first."""
        return sorted(job_status(), key=lambda status: (not is_troubled(status), status.job.name))

    @cached_property
    def queues(self) -> list[QueueStatus]:
        """Every queue with its length and the task that waits longest."""
        ages: dict[Any, float | None] = dict(heartbeat_ages())
        read = attempt("operations_queues", _read_queues)
        waiting = read if read is not None else dict.fromkeys(QUEUES, (None, ""))
        return [QueueStatus(name, *waiting[name], heartbeat_seconds=ages.get(name)) for name in QUEUES]

    @cached_property
    def beat_seconds(self) -> float | None:
        """Seconds since the scheduler showed itself: by the freshest heartbeat of any queue; None: never."""
        return min(
            (q.heartbeat_seconds for q in self.queues if q.heartbeat_seconds is not None), default=None
        )

    @property
    def beat_healthy(self) -> bool:
        """Whether the scheduler showed itself within the last minute."""
        return self.beat_seconds is not None and self.beat_seconds < HEARTBEAT_LATE_SECONDS

    @cached_property
    def outbox(self) -> OutboxStatus:
        """How many events wait and for how long."""
        return outbox_status()

    @cached_property
    def dead_letters(self) -> list[OutboxEvent]:
        """The newest dead letters."""
        return list(OutboxEvent.objects.filter(state="dead").order_by("-id")[:DEAD_LETTERS_SHOWN])

    @cached_property
    def calls(self) -> list[CallStatistic] | None:
        """Calls to WeChat per endpoint over a day; None when Redis, which counts them, is down."""
        return call_statistics(hours=24)

    @cached_property
    def token(self) -> TokenState:
        """WeChat's access token, without its value."""
        return token_state()

    @cached_property
    def inbox(self) -> list[tuple[str, int]]:
        """What WeChat sent us, counted by state."""
        return [(str(label), self._inbox.counts.get(value, 0)) for value, label in InboxMessage.State.choices]

    @cached_property
    def inbox_backlog(self) -> timedelta | None:
        """How long the oldest message that is still to be acted on waits."""
        oldest = self._inbox.oldest_open
        return clock.wall() - oldest if oldest else None

    @cached_property
    def _inbox(self) -> InboxState:
        return inbox_state()

    @cached_property
    def troubled_messages(self) -> list[InboxMessage]:
        """The newest messages that failed."""
        failed = InboxMessage.objects.filter(state__in=("dead", "failed")).order_by("-id")
        return list(failed.defer("envelope", "content", "headers")[:DEAD_LETTERS_SHOWN])

    @cached_property
    def services(self) -> list[ServiceStatus]:
        """Database and Redis."""
        return [_database_status(), _redis_status()]


def is_troubled(status: JobStatus) -> bool:
    """Whether a job needs a look: switched off, late, or failed the last time."""
    failed = status.last_run is not None and status.last_run.outcome in ("failed", "lost")
    return failed or not status.enabled or status.lag > LATE


def count_dead() -> int:
    """Return how many events and messages from WeChat failed for good and wait for a human."""
    return (
        OutboxEvent.objects.filter(state="dead").count() + InboxMessage.objects.filter(state="dead").count()
    )


def outbox_status() -> OutboxStatus:
    """Return the state of the outbox in one query."""
    pending = Q(state="pending")
    row = OutboxEvent.objects.filter(state__in=("pending", "dead")).aggregate(
        pending=Count("id", filter=pending),
        retrying=Count("id", filter=pending & Q(attempts__gt=0)),
        dead=Count("id", filter=Q(state="dead")),
        oldest=Min("created_at", filter=pending),
    )
    oldest = row["oldest"]
    return OutboxStatus(lag=clock.wall() - oldest if oldest else timedelta(0), **row)


def _read_queues(client: redis.Redis) -> dict[str, tuple[int | None, str]]:
    """Celery's Redis transport keeps a list per queue: new messages on the left, the oldest on the right."""
    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=0.5, socket_timeout=1.0)
    with broker, broker.pipeline(transaction=False) as pipe:
        for name in QUEUES:
            pipe.llen(name)
            pipe.lindex(name, -1)
        answers = pipe.execute()
    return {
        name: (answers[2 * place], _task_name(answers[2 * place + 1])) for place, name in enumerate(QUEUES)
    }


def _task_name(message: bytes | None) -> str:
    if message is None:
        return ""
    headers = orjson.loads(message).get("headers", {})
    return f"{headers.get('task', '')} {headers.get('argsrepr', '')}".strip()


def _database_status() -> ServiceStatus:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = str(cursor.fetchone()[0])
    return ServiceStatus("PostgreSQL", True, version, _milliseconds(started))


def _redis_status() -> ServiceStatus:
    started = time.perf_counter()
    info = attempt("operations_health", lambda client: client.info("server"))
    if info is None:
        return ServiceStatus("Redis", False, "", None)
    version = info.get("valkey_version") or info.get("redis_version", "")
    return ServiceStatus("Redis", True, str(version), _milliseconds(started))


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
