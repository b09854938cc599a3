"""Small declarative checks of JSON bodies: unknown fields, types, lengths, character sets.

A body that WeChat would refuse is refused here, with the path of the offending field, so that a mistake
shows up in a test and not in front of the real gateway.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class InvalidFieldError(Exception):
    """A field breaks its rule; ``unknown`` tells an unexpected field from a bad value."""

    def __init__(self, path: str, issue: str, value: object = None, *, unknown: bool = False) -> None:
        super().__init__(f"{path}: {issue}")
        self.path, self.issue, self.value, self.unknown = path, issue, value, unknown


@dataclass(frozen=True, kw_only=True)
class Rule:
    required: bool = False

    def check(self, path: str, value: Any) -> None:
        raise InvalidFieldError(path, "no rule", value)


@dataclass(frozen=True, kw_only=True)
class Text(Rule):
    """A string of ``low``..``high`` characters, optionally matching ``pattern`` or one of ``choices``."""

    low: int = 1
    high: int = 128
    pattern: str = ""
    choices: tuple[str, ...] = ()

    def check(self, path: str, value: Any) -> None:
        if not isinstance(value, str):
            raise InvalidFieldError(path, "must be a string", value)
        if not self.low <= len(value) <= self.high:
            raise InvalidFieldError(path, f"length must be {self.low}..{self.high}", value)
        if "\x00" in value:
            raise InvalidFieldError(path, "contains NUL")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise InvalidFieldError(path, "contains characters that are not allowed", value)
        if self.choices and value not in self.choices:
            raise InvalidFieldError(path, f"must be one of {', '.join(self.choices)}", value)


@dataclass(frozen=True, kw_only=True)
class Number(Rule):
    low: int = 0
    high: int = 2**31 - 1
    choices: tuple[int, ...] = ()

    def check(self, path: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidFieldError(path, "must be an integer", value)
        if not self.low <= value <= self.high:
            raise InvalidFieldError(path, f"must be {self.low}..{self.high}", value)
        if self.choices and value not in self.choices:
            raise InvalidFieldError(path, f"must be one of {self.choices}", value)


@dataclass(frozen=True, kw_only=True)
class Flag(Rule):
    def check(self, path: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise InvalidFieldError(path, "must be a boolean", value)


@dataclass(frozen=True, kw_only=True)
class Moment(Rule):
    """RFC 3339 with the Beijing offset that WeChat demands; ``fraction`` asks for milliseconds."""

    fraction: bool = False

    def check(self, path: str, value: Any) -> None:
        shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" + (r"\.\d{1,6}" if self.fraction else "") + r"\+08:00"
        if not isinstance(value, str) or not re.fullmatch(shape, value):
            raise InvalidFieldError(path, "must be RFC 3339 with +08:00", value)
        try:
            datetime.datetime.fromisoformat(value)
        except ValueError as error:
            raise InvalidFieldError(path, "is not a time", value) from error


@dataclass(frozen=True, kw_only=True)
class Url(Rule):
    """An address WeChat would call back: http(s), at most 255 characters, no query string."""

    def check(self, path: str, value: Any) -> None:
        Text(high=255).check(path, value)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidFieldError(path, "must be an absolute http(s) address", value)
        if parts.query or parts.fragment or "?" in value:
            raise InvalidFieldError(path, "must not carry a query string", value)


@dataclass(frozen=True, kw_only=True)
class Items(Rule):
    of: Rule
    low: int = 0
    high: int = 100

    def check(self, path: str, value: Any) -> None:
        if not isinstance(value, list):
            raise InvalidFieldError(path, "must be an array", value)
        if not self.low <= len(value) <= self.high:
            raise InvalidFieldError(path, f"must have {self.low}..{self.high} elements", len(value))
        for index, item in enumerate(value):
            self.of.check(f"{path}[{index}]", item)


@dataclass(frozen=True, kw_only=True)
class Shape(Rule):
    """An object with exactly these fields; anything else is refused."""

    fields: Mapping[str, Rule] = field(default_factory=dict)

    def check(self, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise InvalidFieldError(path or "body", "must be an object", value)
        prefix = f"{path}." if path else ""
        for name in value:
            if name not in self.fields:
                raise InvalidFieldError(f"{prefix}{name}", "unknown field", unknown=True)
        for name, rule in self.fields.items():
            if name in value and value[name] is not None:
                rule.check(f"{prefix}{name}", value[name])
            elif rule.required:
                raise InvalidFieldError(f"{prefix}{name}", "is required")


@dataclass(frozen=True, kw_only=True)
class AnyObject(Rule):
    """An object whose inside another rule looks at."""

    def check(self, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise InvalidFieldError(path, "must be an object", value)


def shape(**fields: Rule) -> Shape:
    return Shape(fields=fields)
