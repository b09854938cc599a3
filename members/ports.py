"""What the floors above tell this one, through tables of the roof.

``CLOSING_CHECKS``: dotted functions ``(member_id: int) -> Iterable[OpenMatter]``, asked inside the
transaction that closes an account while it holds the member (see ``services.locking.hold_member``); they only
read. ``EXPORTS``: section name -> dotted function ``(member_id: int) -> JSON value`` of what that floor keeps
about a member, for ``GET /me/export``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from shop.core.roof import roof_table


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Why an account cannot be closed yet: a stable ``kind`` and a sentence for the member."""

    kind: str
    detail: str | Promise


def open_matters(member_id: int) -> Iterator[OpenMatter]:
    """Yield everything that keeps an account open, from every floor."""
    for path in roof_table("CLOSING_CHECKS"):
        yield from import_string(path)(member_id)


def exported_sections(member_id: int) -> dict[str, Any]:
    """Return what every floor above keeps about a member, by section."""
    return {name: import_string(path)(member_id) for name, path in roof_table("EXPORTS").items()}
