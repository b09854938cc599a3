"""Acting on stored messages: a handler's effects and its message's state commit together, so at most once.

A message is locked with SKIP LOCKED: a second worker on the same message finds nothing to do. A failing
handler is rolled back, its message waits longer each time and is parked after ``MAX_ATTEMPTS``. What the
messages are about is also found by pollers, so a parked message is a mistake to look at, not money lost.
"""

import json
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection
from django.utils.module_loading import import_string

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row, run_in_transaction
from shop.core.errors import Conflict
from shop.core.failures import describe_failure
from shop.core.permissions import require
from shop.core.roof import roof_table
from shop.core.rows import find_rows, update_row
from shop.wechat.inbox.notifications import open_envelope
from shop.wechat.models import InboxMessage
from shop.wechat.pay.merchant import merchant
from shop.wechat.permissions import RETRY_MESSAGE

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(hours=1)
_DUE = """
SELECT id FROM wechat_inboxmessage WHERE state = ANY(%s) AND next_attempt_at <= %s
ORDER BY next_attempt_at LIMIT %s
"""
_OPEN = (InboxMessage.State.RECEIVED, InboxMessage.State.FAILED)


def process_message(message_id: int) -> bool:
    """Run the roof's handler for one message; True when it (or nobody's interest) settled the message.

    False: already settled, held by another worker, or failed (then the failure is recorded).
    """
    try:
        return run_in_transaction(lambda: _process(message_id))
    except Exception as error:  # noqa: BLE001  whatever a handler raises must not stop the sweep
        failure = describe_failure(error)
    log.warning("wechat.inbox_failed", message=message_id, error=failure)
    run_in_transaction(lambda: _record_failure(message_id, failure))
    return False


def process_due(limit: int = 200) -> int:
    """Act on messages that are due, oldest first; returns how many were settled."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [list(_OPEN), clock.wall(), limit])
        due = cursor.fetchall()
    return sum(process_message(message_id) for (message_id,) in due)


def read_resource(message: InboxMessage) -> dict[str, Any]:
    """What the message says: the decrypted resource of a notification, or the pushed message."""
    if message.source == InboxMessage.Source.MESSAGE:
        content: dict[str, Any] = json.loads(message.content)
        return content
    return open_envelope(merchant().apiv3_key, message.envelope)[1]


@in_transaction
def retry_message(*, actor: Actor, message_id: int) -> None:
    """Make a parked or ignored message due again, with its retries renewed; the sweep picks it up.

    Locks the message. Raises ``Forbidden``, ``NotFound``, or ``Conflict`` when it is not parked.
    """
    require(actor, RETRY_MESSAGE)
    message = lock_row(InboxMessage.objects.filter(pk=message_id))
    if message.state not in (InboxMessage.State.DEAD, InboxMessage.State.IGNORED):
        raise Conflict
    audit.record(
        actor=actor,
        action=RETRY_MESSAGE,
        subject=message,
        before={"state": message.state},
        after={"state": InboxMessage.State.RECEIVED},
    )
    message.state = InboxMessage.State.RECEIVED
    message.attempts = 0
    message.next_attempt_at = clock.wall()
    message.finished_at = None
    message.save(update_fields=["state", "attempts", "next_attempt_at", "finished_at"])


def _process(message_id: int) -> bool:
    message = _claim(message_id)
    if message is None:
        return False
    handlers: dict[str, str] = roof_table("INBOX")
    dotted = handlers.get(message.event_type)
    if dotted is None:
        message.state = InboxMessage.State.IGNORED
    else:
        import_string(dotted)(message, read_resource(message))
        message.state = InboxMessage.State.DONE
    message.finished_at = clock.wall()
    message.last_error = ""
    update_row(message, "state", "finished_at", "last_error")
    return True


def _record_failure(message_id: int, error: str) -> None:
    message = _claim(message_id)
    if message is None:
        return
    message.attempts += 1
    message.last_error = error
    if message.attempts >= MAX_ATTEMPTS:
        message.state = InboxMessage.State.DEAD
        message.finished_at = clock.wall()
    else:
        message.state = InboxMessage.State.FAILED
        message.next_attempt_at = clock.wall() + min(
            _FIRST_DELAY * 2 ** (message.attempts - 1), _LONGEST_DELAY
        )
    message.save(update_fields=["attempts", "last_error", "state", "finished_at", "next_attempt_at"])


def _claim(message_id: int) -> InboxMessage | None:
    rows = find_rows(InboxMessage, lock=True, skip_locked=True, id=message_id, state=list(_OPEN))
    return rows[0] if rows else None
