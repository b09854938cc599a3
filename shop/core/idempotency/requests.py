"""What both kinds share: the keyed request, its stored answer, and finding an earlier one."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.utils import OperationalError
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.db import LOCK_NOT_AVAILABLE, sqlstate, write_at_once
from shop.core.errors import (
    Busy,
    FieldError,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InvalidInput,
    RequestInProgress,
)
from shop.core.models import IdempotencyKey
from shop.core.prepared import Prepared

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"

KEEP_KEYS = timedelta(hours=72)
"""How long a client may repeat a request under its key: a weekend without network, and some."""

RETRY_AFTER_SECONDS = 1

_INSERT = Prepared(
    "INSERT INTO core_idempotencykey (actor, key, fingerprint, attempt, run, lease_until,"
    " content_type, body, created_at) VALUES (%s, %s, %s, '', 1, %s, '', '', %s)"
    " ON CONFLICT (actor, key) DO NOTHING RETURNING id"
)
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", re.ASCII)


@dataclass(frozen=True)
class KeyedRequest:
    """Who asks for what under which key. Make it with ``keyed_request``."""

    actor: str
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """An answer as it goes over the wire."""

    status: int
    content_type: str
    body: bytes

    @property
    def is_success(self) -> bool:
        """Return whether this is a 2xx: only those are stored and replayed."""
        return 200 <= self.status < 300


def keyed_request(*, actor: str, key: str | None, method: str, path: str, body: bytes) -> KeyedRequest:
    """Check the key (1 to 255 printable ASCII characters) and take the request's fingerprint.

    Raises ``IdempotencyKeyRequired`` without a key, ``InvalidInput`` for one that is no key.
    """
    if not key:
        raise IdempotencyKeyRequired
    if not _KEY.fullmatch(key):
        detail = _("Use 1 to 255 printable ASCII characters.")
        raise InvalidInput(errors=[FieldError(HEADER, "invalid", detail)])
    digest = hashlib.sha256(b"\n".join([method.encode(), path.encode(), body]))
    return KeyedRequest(actor=actor, key=key, fingerprint=digest.hexdigest())


def insert_key(request: KeyedRequest, *, lease_until: datetime | None = None) -> int | None:
    """Insert the key and return its row's id, or ``None`` when the key is there already.

    Waits for a concurrent transaction that is inserting the same key; raises ``RequestInProgress`` when
    that one takes longer than the lock timeout. Outside a transaction it commits at once, without waiting for
    the disk: whatever the request goes on to write and to wait for comes after it in the log.
    """
    try:
        inserted = write_at_once(
            _INSERT,
            [request.actor, request.key, request.fingerprint, lease_until, clock.wall()],
            flushed=False,
        )
    except Busy as busy:
        raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS) from busy
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS) from error
        raise
    return inserted[0] if inserted else None


def check_same_request(row: IdempotencyKey, request: KeyedRequest) -> None:
    """Raise ``IdempotencyKeyReused`` when the key was used for another method, path or body."""
    if row.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused


def stored_answer(row: IdempotencyKey) -> Answer | None:
    """Return the answer that was stored for the key, or ``None`` while there is none."""
    if row.status is None:
        return None
    return Answer(row.status, row.content_type, bytes(row.body))
