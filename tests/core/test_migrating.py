"""``AddTogether``: the same tables as one operation after another, with the models built once."""

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState, StateApps
from django.db.migrations.writer import OperationWriter

from shop.core.migrating import AddTogether

pytestmark = pytest.mark.django_db(transaction=True)

APP = "shopfloor"


def key() -> "models.BigAutoField[Any, Any]":
    return models.BigAutoField(primary_key=True)


def ground() -> Any:
    return migrations.CreateModel("YardShelf", [("id", key())])


def operations() -> list[Any]:
    shelf = models.ForeignKey("shopfloor.YardShelf", models.CASCADE)
    return [
        migrations.CreateModel("YardBox", [("id", key()), ("shelf", shelf)]),
        migrations.CreateModel(
            "YardLid", [("id", key()), ("boxes", models.ManyToManyField("shopfloor.YardBox"))]
        ),
        migrations.AddField("YardShelf", "first", models.ForeignKey("YardBox", models.CASCADE, null=True)),
        migrations.AddField("YardShelf", "colour", models.IntegerField(default=7, unique=True)),
    ]


class Lane(migrations.Migration):
    """A migration as Django's executor runs it."""

    def __init__(self, *given: Any) -> None:
        super().__init__("0099_yard", APP)
        self.operations = list(given)  # type: ignore[misc]


def run(lane: Lane) -> ProjectState:
    state = ProjectState()
    assert state.apps is not None  # the executor builds them before the first migration
    with connection.schema_editor(atomic=True) as editor:
        return lane.apply(state, editor)


def undo(lane: Lane) -> None:
    with connection.schema_editor(atomic=True) as editor:
        lane.unapply(ProjectState(), editor)


def shape() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'shopfloor_yard%' UNION ALL"
            " SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'shopfloor_yard%'"
            " ORDER BY 1, 2, 3"
        )
        return list(cursor.fetchall())


def test_the_tables_are_those_of_the_operations_one_by_one_and_go_again(monkeypatch: pytest.MonkeyPatch):
    built: list[int] = []
    render = StateApps.render_multiple

    def count(self: StateApps, states: Any) -> None:
        built.append(len(states))
        render(self, states)

    monkeypatch.setattr(StateApps, "render_multiple", count)
    single = Lane(ground(), *operations())
    state = run(single)
    wanted, one_by_one = shape(), sum(built)
    undo(single)
    assert shape() == []
    together = Lane(ground(), AddTogether(operations()))
    built.clear()
    try:
        assert run(together) == state
        assert shape() == wanted
        assert len(wanted) > 8
        assert sum(built) < one_by_one
    finally:
        undo(together)
    assert shape() == []


def test_it_can_be_printed_and_says_what_it_does():
    operation = AddTogether(operations()[:2])
    text, imports = OperationWriter(operation, indentation=0).serialize()
    assert "AddTogether(" in text
    assert text.count("CreateModel(") == 2
    assert "import shop.core.migrating" in imports
    assert operation.describe() == "Create model YardBox; Create model YardLid"
    assert operation.references_model("yardshelf", APP)
    assert not AddTogether(operations()[:1]).references_model("yardlid", APP)
