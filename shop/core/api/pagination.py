"""Lists by cursor: ``{"results": [...], "next": path|null, "previous": path|null}``.

Keyset pagination: a page begins after (or ends before) the ordering values of a row, so rows that come or go
in between are neither shown twice nor skipped, and page 1000 costs as much as page 1. Cursors are signed: a
client cannot make one up. The order must end in a unique column and hold no NULL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from shop.core.api import fields
from shop.core.api.serializers import StrictQuery
from shop.core.errors import FieldError, InvalidInput

T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CURSOR = 1000
_SALT = "shop.cursor"


class CursorQuery(StrictQuery):
    """``limit`` and ``cursor``; a list's own query adds its filters."""

    limit = fields.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = fields.CharField(required=False, max_length=MAX_CURSOR)


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[T]):
    """One page, in order, with the paths of its neighbours."""

    rows: list[T]
    next: str | None
    previous: str | None

    def body(self, results: Sequence[Any]) -> dict[str, Any]:
        """Return the answer, ``results`` being the rows as the API shows them."""
        return {"results": list(results), "next": self.next, "previous": self.previous}


@dataclass(frozen=True, slots=True)
class _Cursor:
    backwards: bool
    values: list[Any]


class ReadRows(Protocol[T]):
    """Reads at most ``limit`` rows in ``order``, those after the row whose ordering values are ``after``."""

    def __call__(self, *, order: tuple[str, ...], after: list[Any] | None, limit: int) -> list[T]:
        """Return the rows."""


def paginate(
    queryset: QuerySet[Any, T],
    *,
    request: Request | HttpRequest,
    query: Mapping[str, Any],
    order: tuple[str, ...],
) -> CursorPage[T]:
    """Return the page that ``query`` (a validated ``CursorQuery``) asks for; one database query.

    ``order`` names columns as ``order_by`` does, such as ``("-created_at", "-id")``. Works on model rows and
    on ``values()``. Raises ``InvalidInput`` for a cursor that is altered or of another list.
    """

    def read(*, order: tuple[str, ...], after: list[Any] | None, limit: int) -> list[T]:
        rows = queryset if after is None else queryset.filter(_after(order, after))
        return list(rows.order_by(*order)[:limit])

    return paginate_rows(read, request=request, query=query, order=order)


def paginate_rows(
    read: ReadRows[T],
    *,
    request: Request | HttpRequest,
    query: Mapping[str, Any],
    order: tuple[str, ...],
    keys: Callable[[T], Any] = lambda row: row,
) -> CursorPage[T]:
    """Return the page like ``paginate``, its rows coming from ``read``, which is called once.

    ``keys`` gives the model or mapping that holds a row's ordering values.
    """
    limit = int(query["limit"])
    cursor = _read(query["cursor"], order) if query.get("cursor") else None
    backwards = cursor is not None and cursor.backwards
    effective = tuple(_flip(name) for name in order) if backwards else order
    found = read(order=effective, after=cursor.values if cursor else None, limit=limit + 1)
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (backwards or more)
    has_previous = bool(rows) and (more if backwards else cursor is not None)
    return CursorPage(
        rows,
        next=_link(request, order, keys(rows[-1]), backwards=False) if has_next else None,
        previous=_link(request, order, keys(rows[0]), backwards=True) if has_previous else None,
    )


def order_begun(query: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the order of the list that the cursor of ``query`` goes on with, if there is a good one.

    For a list whose order depends on what is in it: later pages keep the order of the first.
    """
    if not query.get("cursor"):
        return None
    try:
        return tuple(map(str, signing.loads(query["cursor"], salt=_SALT)["o"]))
    except signing.BadSignature:
        return None


def page_of(item: type[serializers.Serializer[Any]], *, name: str) -> serializers.Serializer[Any]:
    """Return the schema of a page of ``item``, for ``extend_schema(responses=...)``."""
    return inline_serializer(
        name=name,
        fields={
            "results": item(many=True),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
        },
    )


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _after(order: tuple[str, ...], values: list[Any]) -> Q:
    """Return the condition "comes after ``values``" for columns of mixed direction."""
    condition, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        beyond = Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        condition |= equal & beyond
        equal &= Q(**{column: value})
    return condition


def _link(request: Request | HttpRequest, order: tuple[str, ...], row: Any, *, backwards: bool) -> str:
    values = [_value(row, name.removeprefix("-")) for name in order]
    cursor = signing.dumps({"o": list(order), "b": backwards, "v": values}, salt=_SALT)
    parameters = request.GET.copy()
    parameters["cursor"] = cursor
    return f"{request.path}?{parameters.urlencode()}"


def _value(row: Any, column: str) -> Any:
    if isinstance(row, Mapping):
        value = row[column]
    else:
        value = row
        for part in column.split("__"):
            value = getattr(value, part)
    if isinstance(value, Model):
        value = value.pk
    return value.isoformat() if isinstance(value, datetime) else value


def _read(text: str, order: tuple[str, ...]) -> _Cursor:
    try:
        content = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        content = {}
    if content.get("o") != list(order):
        detail = _("This cursor does not belong to this list.")
        raise InvalidInput(errors=[FieldError("cursor", "invalid", detail)])
    return _Cursor(bool(content["b"]), list(content["v"]))
