"""Which rule of the database a write broke."""

from django.db import IntegrityError


def violated_constraint(error: IntegrityError) -> str:
    """Return the name of the constraint that PostgreSQL reports; empty when it names none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnostics, "constraint_name", None) or "")
