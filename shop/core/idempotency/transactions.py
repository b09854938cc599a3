"""Idempotency of an action that is one transaction: the key lives and dies with it."""

from collections.abc import Callable

from django.db import connection

from shop.core.db import run_in_transaction
from shop.core.errors import RequestInProgress
from shop.core.idempotency.requests import (
    RETRY_AFTER_SECONDS,
    Answer,
    KeyedRequest,
    check_same_request,
    insert_key,
    stored_answer,
)
from shop.core.models import IdempotencyKey
from shop.core.prepared import Prepared

_STORE = Prepared("UPDATE core_idempotencykey SET status = %s, content_type = %s, body = %s WHERE id = %s")


class _NotStored(Exception):
    """Carries a refusal out of the transaction that it rolls back."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def answer_in_transaction(request: KeyedRequest, action: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Run ``action`` once under the key and return (answer, whether it is a replay).

    The key is inserted in the transaction of the action. A duplicate that comes meanwhile waits for it and
    then gets the same answer; if it takes longer than the lock timeout, ``RequestInProgress``. When the
    action raises or answers anything but 2xx, the transaction is rolled back and the key with it, so the
    request may be tried again. Raises ``IdempotencyKeyReused`` for another request under the same key.
    """
    try:
        return run_in_transaction(lambda: _once(request, action))
    except _NotStored as refused:
        return refused.answer, False


def _once(request: KeyedRequest, action: Callable[[], Answer]) -> tuple[Answer, bool]:
    row_id = insert_key(request)
    if row_id is None:
        return _replay(request), True
    answer = action()
    if not answer.is_success:
        raise _NotStored(answer)
    with connection.cursor() as cursor:
        _STORE.run(cursor, [answer.status, answer.content_type, answer.body, row_id])
    return answer, False


def _replay(request: KeyedRequest) -> Answer:
    row = IdempotencyKey.objects.filter(actor=request.actor, key=request.key).first()
    answer = None
    if row is not None:
        check_same_request(row, request)
        answer = stored_answer(row)
    if answer is None:  # purged this instant, or held by an action of the other kind
        raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS)
    return answer
