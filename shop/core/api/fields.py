"""Serializer fields that take exactly the JSON type they name.

Django REST framework is forgiving: it reads ``"5"``, ``5.0`` and ``true`` as the integer 5, 5 and 1. A client
that sends the wrong type has a defect, and in a shop a guessed amount is a wrong amount, so these refuse.
Query parameters are always text; inside a :class:`~shop.core.api.serializers.StrictQuery` the same fields
read the canonical text form instead.
"""

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.serializers import DictField as DictField
from rest_framework.serializers import ListField as ListField

from shop.core.money import MAX_FEN

MAX_INT64 = 2**63 - 1
DEFAULT_MAX_LENGTH = 1000
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_OFFSET = re.compile(r"(?:[zZ]|[+-][0-9]{2}:[0-9]{2})$", re.ASCII)


def _is_text_source(field: serializers.Field) -> bool:
    """Return whether the field reads query parameters, where every value arrives as text."""
    return bool(getattr(field.root, "text_source", False))


class IntegerField(serializers.IntegerField):
    """A JSON integer within 64 bits; ``5.0``, ``"5"`` and ``true`` are refused."""

    default_error_messages = {"invalid": _("A whole number is required.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -MAX_INT64 - 1)
        kwargs.setdefault("max_value", MAX_INT64)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return the integer, or refuse with code ``invalid``."""
        if _is_text_source(self) and isinstance(data, str) and _INTEGER.fullmatch(data):
            return int(data)
        if type(data) is not int:
            self.fail("invalid")
        return int(data)


class IdField(IntegerField):
    """The integer id of a row: 1 to 2^63 - 1."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 1)
        super().__init__(**kwargs)


class FenField(IntegerField):
    """An amount of money in fen, 0 to ``MAX_FEN`` unless told otherwise."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", MAX_FEN)
        super().__init__(**kwargs)


class CharField(serializers.CharField):
    """A JSON string, stripped, at most ``max_length`` characters (1000 unless told otherwise)."""

    default_error_messages = {"invalid": _("A string is required.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", DEFAULT_MAX_LENGTH)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the stripped string, or refuse with code ``invalid``."""
        if not isinstance(data, str):
            self.fail("invalid")
        # As the schema says it: counted before the stripping.
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return str(super().to_internal_value(data))


class NumberField(serializers.RegexField):
    """A public number of an order, payment, refund, …: at most 32 of ``[0-9A-Z]``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(r"^[0-9A-Z]{1,32}\Z", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the number, or refuse with code ``invalid``."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class BooleanField(serializers.BooleanField):
    """A JSON ``true`` or ``false``; in a query the words ``true`` and ``false``."""

    default_error_messages = {"invalid": _("Must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """Return the truth value, or refuse with code ``invalid``."""
        if _is_text_source(self) and data in ("true", "false"):
            return bool(data == "true")
        if not isinstance(data, bool):
            self.fail("invalid")
        return bool(data)

    def get_value(self, dictionary: Any) -> Any:
        """Return the raw value; an absent parameter is absent, never false."""
        return dictionary.get(self.field_name, empty)


class ChoiceField(serializers.ChoiceField):
    """One of a fixed set of JSON strings."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the choice, or refuse with code ``invalid_choice``."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:100])
        if data not in self.choice_strings_to_values and data != "":
            self.fail("invalid_choice", input=data[:100])
        return super().to_internal_value(data)


class InstantField(serializers.DateTimeField):
    """A moment as RFC 3339 text with an offset; a time without one is refused, never guessed."""

    default_error_messages = {"offset": _("A time needs an offset, such as +08:00 or Z.")}

    def to_internal_value(self, value: Any) -> datetime:
        """Return the aware moment, or refuse with code ``invalid`` or ``offset``."""
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+08:00")
        if not _OFFSET.search(value.strip()):
            self.fail("offset")
        moment: datetime = super().to_internal_value(value.strip())
        return moment


FORGIVING: dict[type[serializers.Field], str] = {
    serializers.IntegerField: "IntegerField",
    serializers.FloatField: "IntegerField",
    serializers.CharField: "CharField",
    serializers.BooleanField: "BooleanField",
    serializers.ChoiceField: "ChoiceField",
    serializers.DateTimeField: "InstantField",
}


def forgiving_field(field: serializers.Field) -> str | None:
    """Return the name of the strict field to use in place of this one, or ``None`` when it is strict."""
    if isinstance(field, ListField | DictField) and not isinstance(field, serializers.BaseSerializer):
        return forgiving_field(field.child)
    return FORGIVING.get(type(field))
