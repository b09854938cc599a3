"""What an upper floor has to say on the record page of a lower one: the lower floor never knows of it.

``@panel("members.member")`` above ``def orders_of(request, member) -> Panel | None`` puts the panel below the
member's own fields; ``None`` shows nothing, for instance to somebody who may not see what is in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class PanelItem:
    """One line of a panel: a link, what stands beside it, and badges."""

    text: str
    url: str
    detail: str = ""
    badges: Sequence[SafeString] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A short list about a record; ``url`` leads to all of it."""

    title: str | Promise
    items: Sequence[PanelItem] = ()
    url: str = ""
    empty: str | Promise = ""


Builder = Callable[[HttpRequest, Any], Panel | None]
_BUILDERS: dict[str, list[Builder]] = {}


def panel(model: str) -> Callable[[Builder], Builder]:
    """Decorator: show the function's panel on the page of every record of ``model`` (``app.model``)."""

    def register(builder: Builder) -> Builder:
        _BUILDERS.setdefault(model, []).append(builder)
        return builder

    return register


def panels_of(request: HttpRequest, record: Model) -> list[Panel]:
    """Return the panels of one record that this person gets to see, in the order of registration."""
    found = (builder(request, record) for builder in _BUILDERS.get(record._meta.label_lower, ()))
    return [built for built in found if built is not None]
