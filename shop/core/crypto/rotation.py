"""Moving every encrypted value to the first key of the ring, in small transactions."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.apps import apps
from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast

from shop.core.crypto.fields import EncryptedTextField
from shop.core.crypto.keys import DecryptionError, current_kid, decrypt
from shop.core.db import lock_rows, run_in_transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RotatedColumn:
    """What was done to one column; ``unreadable`` values were left as they are."""

    place: str
    rotated: int
    unreadable: int


def encrypted_columns() -> Iterator[tuple[type[Model], EncryptedTextField]]:
    """Yield every encrypted column of every table."""
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            for column in model._meta.local_fields:
                if isinstance(column, EncryptedTextField):
                    yield model, column


def rotate_encryption(*, batch: int) -> Iterator[RotatedColumn]:
    """Re-encrypt what other keys hold, ``batch`` rows a transaction; yield each column when it is done.

    Locks the rows of one batch at a time. Interrupted, it goes on where it stopped when run again.
    """
    for model, column in encrypted_columns():
        rotated = unreadable = 0
        last: object = None
        while True:
            done, failed, last = run_in_transaction(
                lambda model=model, column=column, last=last: _rotate_batch(model, column, last, batch)  # type: ignore[misc]
            )
            rotated, unreadable = rotated + done, unreadable + failed
            if last is None:
                break
        yield RotatedColumn(column.place, rotated, unreadable)


def _rotate_batch(
    model: type[Model], column: EncryptedTextField, after: object, batch: int
) -> tuple[int, int, object]:
    due = _due(model, column)
    if after is not None:
        due = due.filter(pk__gt=after)
    keys = list(due.order_by("pk").values_list("pk", flat=True)[:batch])
    # Only the raw text is read: a value that no key opens must not stop the others.
    locked = {row.pk for row in lock_rows(model._base_manager.filter(pk__in=keys).only("pk"))}
    texts = dict(_due(model, column).filter(pk__in=locked).values_list("pk", "raw"))
    done = failed = 0
    for key, raw in texts.items():
        try:
            plain = decrypt(raw, place=column.place)
        except DecryptionError:
            log.error("encryption.unreadable", column=column.place, row=str(key))
            failed += 1
            continue
        model._base_manager.filter(pk=key).update(**{column.name: plain})
        done += 1
    return done, failed, keys[-1] if keys else None


def _due(model: type[Model], column: EncryptedTextField) -> QuerySet[Model]:
    """Return rows whose value is under another key; the cast reads the column without decrypting it."""
    rows = model._base_manager.annotate(raw=Cast(column.name, TextField()))
    return rows.exclude(raw=None).exclude(raw="").exclude(raw__startswith=f"{current_kid()}:")
