"""An action of the tests' own that needs a second person."""

from collections.abc import Mapping
from typing import Any

from shop.core.approvals import Held
from shop.core.errors import Conflict
from tests.shopfloor.models import Note


def write_note(held: Held) -> Mapping[str, Any]:
    """Leave a note behind, or refuse when told to."""
    if held.payload.get("refuse"):
        raise Conflict("the shelf is empty")
    note = Note.objects.create(subject=held.subject[1], text=f"{held.requester} / {held.approver}")
    return {"note": note.pk}
