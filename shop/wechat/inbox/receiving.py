"""Storing what was verified: one row per message however often and however parallel WeChat sends it."""

from dataclasses import dataclass
from typing import Any

from django.db.transaction import on_commit

from shop.core import clock
from shop.core.rows import insert_unless_there
from shop.wechat.inbox.kick import kick
from shop.wechat.inbox.notifications import Notification
from shop.wechat.inbox.pushes import Push
from shop.wechat.models import InboxMessage
from shop.wechat.pay.keyring import SignedHeaders

_OPEN = (InboxMessage.State.RECEIVED, InboxMessage.State.FAILED)


@dataclass(frozen=True)
class Receipt:
    """The stored row, and whether this delivery was the first."""

    message_id: int
    created: bool


def receive_notification(
    *, source: str, notification: Notification, headers: SignedHeaders, body: bytes
) -> Receipt:
    """Store a verified notification once and tell a worker. The ciphertext is kept as received."""
    return _receive(
        notification.dedupe_key,
        {
            "source": source,
            "event_type": notification.event_type,
            "reference": notification.reference,
            "headers": {"serial": headers.serial, "timestamp": headers.timestamp, "nonce": headers.nonce},
            "envelope": body.decode(),
        },
    )


def receive_push(*, push: Push, timestamp: str) -> Receipt:
    """Store a verified pushed message once and tell a worker."""
    return _receive(
        push.dedupe_key,
        {
            "source": InboxMessage.Source.MESSAGE,
            "event_type": push.event_type,
            "reference": push.reference,
            "headers": {"timestamp": timestamp},
            "content": push.content,
        },
    )


def _receive(dedupe_key: str, fields: dict[str, Any]) -> Receipt:
    """Insert unless it is there; of many at once, one inserts and the others find its row."""
    stored = InboxMessage(dedupe_key=dedupe_key, **fields)
    created = insert_unless_there(stored, "dedupe_key")
    if not created:
        stored = InboxMessage.objects.get(dedupe_key=dedupe_key)
        _hurry(stored)
    if stored.state in _OPEN:
        on_commit(kick, robust=True)
    return Receipt(message_id=stored.pk, created=created)


def _hurry(stored: InboxMessage) -> None:
    """WeChat tells us again: what failed before is due now."""
    failed = InboxMessage.objects.filter(pk=stored.pk, state=InboxMessage.State.FAILED)
    failed.update(next_attempt_at=clock.wall())
