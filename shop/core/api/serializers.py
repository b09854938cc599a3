"""Strict input: what a client sends is exactly what the schema says, or it is refused with a field path."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers

from shop.core.api.fields import forgiving_field

_KEPT: dict[type[serializers.BaseSerializer[Any]], serializers.BaseSerializer[Any]] = {}


def validated(serializer_class: type[serializers.BaseSerializer[Any]], data: Any) -> Any:
    """Return validated input, or raise ``ValidationError`` in the language of the present request.

    The framework copies every field of a serializer for every request, which takes longer than validating.
    One instance per class serves all requests instead: validating leaves nothing behind in it. Except that
    messages keep the language in which they are first shown: what it refuses, a fresh one refuses again.
    """
    kept = _KEPT.get(serializer_class) or _KEPT.setdefault(serializer_class, serializer_class(data={}))
    try:
        return kept.run_validation(data)
    except serializers.ValidationError:
        serializer = serializer_class(data=data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields; use the fields of :mod:`shop.core.api.fields` in it.

    A class that declares one of the framework's forgiving fields does not load: the mistake shows when it is
    written, not when a client sends ``"5"``.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared: Mapping[str, serializers.Field] = cls.__dict__.get("_declared_fields", {})
        for name, field in declared.items():
            strict = None if field.read_only else forgiving_field(field)
            if strict:
                raise TypeError(f"{cls.__qualname__}.{name}: use shop.core.api.fields.{strict}")

    def to_internal_value(self, data: Any) -> Any:
        """Return validated values; refuse unknown fields with code ``unknown_field`` beside other errors."""
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown: dict[str, Any] = {
            str(name)[:100]: [
                serializers.ErrorDetail(_("This field is not known here."), code="unknown_field")
            ]
            for name in data
            if name not in known
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail = error.detail if isinstance(error.detail, dict) else {}
            raise serializers.ValidationError({**detail, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class StrictQuery(StrictSerializer):
    """Query parameters: text in, typed values out; unknown and repeated parameters are refused."""

    text_source = True

    def to_internal_value(self, data: Any) -> Any:
        """Return validated values; a parameter given twice is refused with code ``repeated``."""
        if isinstance(data, QueryDict):
            repeated = [name for name in data if len(data.getlist(name)) > 1 and not self._is_list(name)]
            if repeated:
                detail = serializers.ErrorDetail(
                    _("This parameter was given more than once."), code="repeated"
                )
                raise serializers.ValidationError({name[:100]: [detail] for name in repeated})
            data = {name: data.getlist(name) if self._is_list(name) else data[name] for name in data}
        return super().to_internal_value(data)

    def _is_list(self, name: str) -> bool:
        return isinstance(self.fields.get(name), serializers.ListField)
