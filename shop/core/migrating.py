"""An operation for migrations that make many tables or columns."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class AddTogether(Operation):
    """Make tables, or columns of tables that were there before, as the operations would one after another.

    Between operations Django builds the models of all tables that are related with what changed anew: most
    of the processor time of a first migration. Here it builds all models once, as they are after the last
    one; so no operation may need something that a later one changes.
    """

    category = OperationCategory.ADDITION

    def __init__(self, operations: Sequence[CreateModel | AddField]) -> None:
        self.operations = list(operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what the writer of migrations prints."""
        return type(self).__name__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the state; whoever asks for its models next builds them, all of them together."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create everything; foreign keys come when all tables of the migration are there."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop everything, the last first."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        """Return whether one of the operations makes or changes this table, or refers to it."""
        return any(operation.references_model(name, app_label) for operation in self.operations)

    def describe(self) -> str:
        """Return what ``migrate --plan`` says."""
        return "; ".join(operation.describe() for operation in self.operations)
