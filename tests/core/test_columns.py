"""What is sent without asking the field is what the field would have said."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, models

from shop.core.columns import column_values, given_back
from shop.core.models import OutboxEvent
from shop.wechat.models import InboxMessage

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)
SAMPLES: dict[type, tuple[Any, ...]] = {
    int: (0, -1, 2**40),
    str: ("", "字 50 %", "NULL"),
    bool: (True, False),
    datetime: (MOMENT,),
    date: (date(2028, 2, 29),),
    UUID: (UUID(int=7),),
}
FIELDS = [
    field for model in apps.get_models() for field in model._meta.concrete_fields if not field.primary_key
]


def the_field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def asked(row: models.Model, field: Any) -> Any:
    return field.get_db_prep_save(field.pre_save(row, True), connection)


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_field_of_the_shop_would_say_the_same(kind: type) -> None:
    fields = [field for field in FIELDS if given_back(field) is kind]
    assert fields
    for field in fields:
        for value in (None, *SAMPLES[kind]):
            row = field.model(**{field.attname: value})
            (sent,) = column_values(row, [field], connection, add=True)
            said = asked(row, field)
            assert (type(sent), sent) == (type(said), said), field
            assert sent is value


def test_fields_that_change_a_value_are_asked() -> None:
    changing = {type(field).__name__ for field in FIELDS if given_back(field) is None}
    assert {"JSONField", "EncryptedTextField"} <= changing
    assert not {"CharField", "BigIntegerField", "ForeignKey"} & changing


@pytest.mark.parametrize(
    ("name", "value"),
    [("attempts", True), ("attempts", "3"), ("state", OutboxEvent.State.DONE), ("attempts", 2.0)],
)
def test_a_value_of_another_type_is_asked_about(name: str, value: Any) -> None:
    row, field = OutboxEvent(**{name: value}), the_field(OutboxEvent, name)
    (sent,) = column_values(row, [field], connection, add=False)
    said = asked(row, field)
    assert (type(sent), sent) == (type(said), said)


def test_a_moment_without_a_zone_is_asked_about() -> None:
    row, field = OutboxEvent(created_at=MOMENT.replace(tzinfo=None)), the_field(OutboxEvent, "created_at")
    with pytest.warns(RuntimeWarning, match="naive"):
        (sent,) = column_values(row, [field], connection, add=True)
    assert sent.utcoffset() == timedelta(hours=8)


def test_the_fields_come_in_the_order_that_was_asked_for() -> None:
    row = InboxMessage(source="pay", dedupe_key="k", headers={"a": 1})
    fields = [the_field(InboxMessage, name) for name in ("headers", "dedupe_key", "attempts")]
    headers, key, attempts = column_values(row, fields, connection, add=True)
    assert (key, attempts) == ("k", 0)
    assert headers.adapted == {"a": 1}
