"""Transactions and row locks: one way to take them, in one order, with a bounded wait.

Lock rows through the helpers here: they sort by primary key and evaluate at once, so that two transactions
that want the same rows queue instead of deadlocking. Across tables follow ``LOCK_ORDER``.
"""

import functools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import connection
from django.db import transaction as django_transaction
from django.db.models import Model, QuerySet
from django.db.utils import InterfaceError, OperationalError

from shop.core.errors import Busy, NotFound
from shop.core.prepared import Prepared

M = TypeVar("M", bound=Model)
T = TypeVar("T")
P = ParamSpec("P")

LOCK_ORDER = (
    "idempotency",
    "order",
    "after-sale",
    "payment",
    "refund",
    "stock",
    "promotion",
    "tier",
    "wallet principal",
    "wallet gift",
    "points",
    "growth",
    "commission",
)
"""A transaction that locks rows of several kinds locks them in this order; sibling orders never together."""

LOCK_TIMEOUT_SECONDS = 3
"""Longer than any transaction of ours should hold a row, shorter than a shopper's patience."""

BUSY_RETRY_AFTER_SECONDS = 2

LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a lock that could not be had within the lock timeout."""

_RESTARTABLE = frozenset({"40P01", "40001"})  # deadlock detected, serialization failure
_BACK_OFF_SECONDS = 0.01


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE that PostgreSQL gave, if this error (or its cause) came from PostgreSQL."""
    for candidate in (error, error.__cause__):
        code = getattr(candidate, "pgcode", None)
        if isinstance(code, str):
            return code
    return None


def transaction_depth() -> int:
    """Return how many ``atomic`` blocks of ours are open; the ones Django wraps a test in do not count.

    Django marks those itself, for its own ``durable`` check.
    """
    return len([block for block in connection.atomic_blocks if not getattr(block, "_from_testcase", False)])


def _terms(*, flushed: bool) -> str:
    """Return the statements that say how a transaction waits."""
    terms = f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"
    return terms if flushed else f"{terms}; SET LOCAL synchronous_commit = off"


class _ConnectionGone(OperationalError):
    """The kept connection had died before the transaction's first statement: nothing of it has happened."""


class _Preamble:
    """Sends what the transaction is to be like with its first statement, not as a round trip of its own.

    If that statement finds the connection dead, it raises ``_ConnectionGone``.
    """

    def __init__(self, *, flushed: bool) -> None:
        self._pending = True
        self._statement = _terms(flushed=flushed)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if not self._pending:
            return execute(sql, params, many, context)
        self._pending = False
        try:
            if many or getattr(context["cursor"], "name", None):  # a named cursor takes one statement only
                with connection.cursor() as cursor:
                    cursor.execute(self._statement)
            else:
                sql = f"{self._statement}; {sql}"
            return execute(sql, params, many, context)
        except (OperationalError, InterfaceError) as error:
            if not getattr(connection.connection, "closed", False):
                raise
            raise _ConnectionGone(*error.args) from error


@contextmanager
def transaction(*, savepoint: bool = True, flushed: bool = True) -> Iterator[None]:
    """Open a transaction (or a savepoint inside one) that waits at most ``LOCK_TIMEOUT_SECONDS`` per lock.

    With ``savepoint`` false a failure inside another transaction fails that one as a whole: two statements
    saved where nobody would go on anyway. Without ``flushed`` the commit does not wait for the disk: it
    survives the end of this process, but a machine that loses its power at once may forget it, and whatever
    is committed later with it. Inside another transaction that one decides. Raises ``Busy`` when a lock could
    not be had in time; nothing is written then.
    """
    outermost = transaction_depth() == 0
    try:
        with django_transaction.atomic(savepoint=savepoint or outermost):
            if outermost:
                with connection.execute_wrapper(_Preamble(flushed=flushed)):
                    yield
            else:
                yield
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise Busy(retry_after=BUSY_RETRY_AFTER_SECONDS) from error
        raise


def run_in_transaction(
    function: Callable[[], T], *, attempts: int = 3, savepoint: bool = True, flushed: bool = True
) -> T:
    """Run ``function`` in a transaction; restart the whole of it after a deadlock or serialization failure.

    Only the outermost transaction restarts: inside another one the error goes up, because there PostgreSQL
    has already thrown away work that is not ours to repeat. ``function`` may therefore run several times
    and must not touch anything but the database. After ``attempts`` runs the error becomes ``Busy``.
    ``savepoint`` and ``flushed`` as in ``transaction``.

    A kept connection is not asked first whether it still lives, which would cost a round trip: when the very
    first statement finds it dead, the transaction begins once more on a new one.
    """
    if transaction_depth() > 0:
        with transaction(savepoint=savepoint):
            return function()
    unasked = not connection.health_check_done  # type: ignore[attr-defined]  # the stubs do not know it
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _restarting(function, attempts, flushed)
    except _ConnectionGone:
        if not unasked:
            raise
    return _restarting(function, attempts, flushed)


def _restarting(function: Callable[[], T], attempts: int, flushed: bool) -> T:
    for attempt in range(1, attempts + 1):
        try:
            with transaction(flushed=flushed):
                return function()
        except OperationalError as error:
            if sqlstate(error) not in _RESTARTABLE:
                raise
            if attempt == attempts:
                raise Busy(retry_after=BUSY_RETRY_AFTER_SECONDS) from error
            time.sleep(random.uniform(0, _BACK_OFF_SECONDS * attempt))  # noqa: S311  only spreads the retries
    raise ValueError("attempts must be at least 1")


def write_at_once(
    statement: str | Prepared, values: Sequence[Any], *, flushed: bool = True
) -> tuple[Any, ...] | None:
    """Run one writing statement as a transaction of its own; return the first row that it returns, if any.

    What goes over the wire as one text is one transaction to PostgreSQL: one round trip instead of three.
    The statement must be safe to repeat, because it is when the kept connection turns out to be dead. Inside
    another transaction it is a part of that one. ``flushed`` and ``Busy`` as in ``transaction``.
    """
    if connection.in_atomic_block:
        return _first_row(statement, values)
    terms = f"{_terms(flushed=flushed)}; "
    try:
        return read_at_once(lambda: _first_row(statement, values, before=terms))
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise Busy(retry_after=BUSY_RETRY_AFTER_SECONDS) from error
        raise


def _first_row(
    statement: str | Prepared, values: Sequence[Any], *, before: str = ""
) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        if isinstance(statement, Prepared):
            statement.run(cursor, values, before=before)
        else:
            cursor.execute(before + statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone() if cursor.description else None
    return row


def read_at_once(read: Callable[[], T]) -> T:
    """Return what ``read`` returns, without first asking whether the kept connection still lives.

    That question costs as much as a short read. If the connection turns out to be dead, ``read`` runs
    once more on a new one, so it must only read. Inside a transaction, or while it lives, errors go up.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs do not know it
    try:
        return read()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.connection is None or connection.is_usable():
            raise
        connection.close()
        return read()


def in_transaction(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a service function so that it is one transaction, restarted as ``run_in_transaction`` does."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_in_transaction(lambda: function(*args, **kwargs))

    return wrapper


def joining_transaction(function: Callable[P, T]) -> Callable[P, T]:
    """As ``in_transaction``; inside another transaction it becomes part of it: its failure is the whole's."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_in_transaction(lambda: function(*args, **kwargs), savepoint=False)

    return wrapper


def lock_rows(queryset: QuerySet[M]) -> list[M]:
    """Lock the rows ``FOR NO KEY UPDATE`` in order of primary key and return them, freshly read.

    Needs an open transaction. Foreign keys to these rows can still be inserted by others.
    """
    return list(queryset.order_by("pk").select_for_update(no_key=True, of=("self",)))


def lock_row(queryset: QuerySet[M]) -> M:
    """Lock and return the one row of ``queryset``; raises ``NotFound`` when there is none."""
    rows = lock_rows(queryset)
    if not rows:
        raise NotFound
    if len(rows) > 1:
        raise ValueError("lock_row was given a queryset of several rows.")
    return rows[0]


def claim_rows(queryset: QuerySet[M], *, limit: int) -> list[M]:
    """Lock at most ``limit`` rows that nobody else holds (SKIP LOCKED), in the order of ``queryset``.

    The way for a job to share its work with a second run of itself: each row goes to one of them.
    """
    return list(queryset.select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit])
