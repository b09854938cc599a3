"""Idempotency of an action that calls WeChat: a committed claim with a lease and an attempt number.

The claim is committed before the action starts, so no transaction is open while WeChat is called. The action
keeps the number under which it asks WeChat in the claim, in the transaction that writes its own row. If the
process dies, the lease runs out, and the next request under the key takes the claim over together with that
number: WeChat is asked again under the same one.

Everyone locks the claim's row on its own, except ``Claim.keep``, so it can be taken at any point of the
lock order.
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet

from shop.core import clock
from shop.core.db import lock_rows, run_in_transaction
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

LEASE = timedelta(seconds=30)
"""Ten times what an in-request call to WeChat may take."""


_KEEP = Prepared("UPDATE core_idempotencykey SET attempt = %s WHERE id = %s AND run = %s AND status IS NULL")
_COMPLETE = Prepared("""
UPDATE core_idempotencykey SET status = %s, content_type = %s, body = %s, lease_until = NULL
WHERE id = %s AND run = %s AND status IS NULL
""")


class Claim:
    """The right of one run of a request to carry it out.

    ``attempt`` is the number that an earlier run kept, or empty: a run that finds one continues *that*
    attempt instead of making a new one. ``keep`` does not change it, because the transaction that keeps a
    number may be rolled back and run again.
    """

    def __init__(self, *, row_id: int, run: int, attempt: str) -> None:
        self._row_id = row_id
        self._run = run
        self.attempt = attempt

    def keep(self, number: str) -> None:
        """Keep the number under which WeChat will be asked; call it in the transaction that writes it.

        Raises ``RequestInProgress`` when the lease ran out and another run took over: roll back then.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("The attempt number is kept in the transaction that writes the attempt.")
        with connection.cursor() as cursor:
            _KEEP.run(cursor, [number, self._row_id, self._run])
            kept = cursor.rowcount
        if not kept:
            raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS)

    def complete(self, answer: Answer) -> Answer:
        """Store the 2xx answer and return it; if another run took over and finished, return that one's."""
        with connection.cursor() as cursor:
            _COMPLETE.run(cursor, [answer.status, answer.content_type, answer.body, self._row_id, self._run])
            stored = cursor.rowcount
        if stored:
            return answer
        row = IdempotencyKey.objects.filter(pk=self._row_id).first()
        winner = stored_answer(row) if row is not None else None
        if winner is None:
            raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS)
        return winner

    def give_up(self) -> None:
        """End the lease after a refusal or an error: the request may be tried again at once.

        With a number kept the next run continues it; without one nothing has happened and the key is free.
        """
        self._mine().filter(attempt="").delete()
        self._mine().update(lease_until=clock.wall())

    def _mine(self) -> QuerySet[IdempotencyKey]:
        return IdempotencyKey.objects.filter(pk=self._row_id, run=self._run, status=None)


def answer_call(request: KeyedRequest, action: Callable[[Claim], Answer]) -> tuple[Answer, bool]:
    """Run ``action`` with the claim of the key and return (answer, whether it is a replay).

    Raises ``RequestInProgress`` while another run holds the lease, ``IdempotencyKeyReused`` for another
    request under the same key. Only a 2xx answer is stored.
    """
    row_id = insert_key(request, lease_until=clock.wall() + LEASE)
    if row_id is not None:
        claimed: Claim | Answer = Claim(row_id=row_id, run=1, attempt="")
    else:
        claimed = run_in_transaction(lambda: _take_over(request))
    if isinstance(claimed, Answer):
        return claimed, True
    try:
        answer = action(claimed)
    except BaseException:
        claimed.give_up()
        raise
    if not answer.is_success:
        claimed.give_up()
        return answer, False
    return claimed.complete(answer), False


def _take_over(request: KeyedRequest) -> Claim | Answer:
    """Return the stored answer, or the claim of a run whose lease is over. Locks the key."""
    rows = lock_rows(IdempotencyKey.objects.filter(actor=request.actor, key=request.key))
    if not rows:  # given up or purged this instant
        raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS)
    row = rows[0]
    check_same_request(row, request)
    answer = stored_answer(row)
    if answer is not None:
        return answer
    now = clock.wall()
    if row.lease_until is not None and row.lease_until > now:
        raise RequestInProgress(retry_after=RETRY_AFTER_SECONDS)
    row.run += 1
    row.lease_until = now + LEASE
    row.save(update_fields=["run", "lease_until"])
    return Claim(row_id=row.pk, run=row.run, attempt=row.attempt)
