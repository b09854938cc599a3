"""What the fields of a row send to PostgreSQL.

A model's field is asked for it by three calls through layers of Django, a hundred times for an order. Most
give back the very value that they were given: a number, a text, a moment. Those are not asked.
"""

import functools
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

_GIVEN_BACK: tuple[tuple[type["models.Field[Any, Any]"], type], ...] = (
    (models.IntegerField, int),
    (models.CharField, str),
    (models.TextField, str),
    (models.BooleanField, bool),
    (models.DateTimeField, datetime),
    (models.DateField, date),
    (models.UUIDField, UUID),
)
_ON_THE_WAY = ("pre_save", "get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python")


def column_values(
    row: models.Model, fields: Iterable["models.Field[Any, Any]"], database: BaseDatabaseWrapper, *, add: bool
) -> list[Any]:
    """Return what these fields of ``row`` send: what ``save()`` would; ``add``: to an INSERT."""
    values = []
    for field in fields:
        kind = given_back(field)
        if kind is not None:
            value = getattr(row, field.attname)
            if value is None or (
                type(value) is kind and (kind is not datetime or getattr(value, "tzinfo", None))
            ):
                values.append(value)
                continue
        values.append(field.get_db_prep_save(field.pre_save(row, add), database))
    return values


@functools.cache
def given_back(field: "models.Field[Any, Any]") -> type | None:
    """Return the type whose values (and ``None``) this field sends as they are; ``None``: ask the field.

    A foreign key sends what the key that it points to would. A class of our own is asked if it changes any
    step of the way.
    """
    if type(field) in (models.ForeignKey, models.OneToOneField):
        target = field.target_field  # type: ignore[attr-defined]  # checked in the line above
        return int if isinstance(target, models.AutoField | models.BigAutoField) else given_back(target)
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return None
    for base, kind in _GIVEN_BACK:
        if isinstance(field, base):
            same = all(getattr(type(field), step) is getattr(base, step) for step in _ON_THE_WAY)
            return kind if same else None
    return None
