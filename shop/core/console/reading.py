"""Reading what a console page sends as JSON: typed, bounded, every mistake kept with its field."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from shop.core.clock import BEIJING
from shop.core.errors import FieldError, InvalidInput
from shop.core.money import parse_yuan

_LONGEST_NUMBER = 12


class InputReader:
    """One object of the input. Mistakes are collected in ``errors``, so that a page shows all of them.

    What a person can type wrongly becomes a mistake with its field; what only a program can send wrongly
    (a list where a text belongs) raises ``InvalidInput`` at once.
    """

    def __init__(self, data: Any, *, path: str = "", errors: list[FieldError] | None = None) -> None:
        if not isinstance(data, dict):
            raise InvalidInput(errors=[FieldError(path, "invalid", _("This is not an object."))])
        self._data = data
        self._path = path
        self.errors: list[FieldError] = [] if errors is None else errors

    def refuse(self, name: str, code: str, detail: str) -> None:
        """Note a mistake at a field of this object."""
        self.errors.append(FieldError(self._path + name, code, detail))

    def text(self, name: str) -> str:
        """Return a text; empty when it is missing."""
        value = self._data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._broken(name)
        if "\x00" in value:
            self.refuse(name, "null_characters_not_allowed", _("Null characters are not allowed."))
        return value.replace("\x00", "")

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        values = self._list(name)
        if not all(_is_text(value) for value in values):
            raise self._broken(name)
        return list(values)

    def mapping(self, name: str) -> dict[str, str]:
        """Return names with texts, both stripped."""
        value = self._data.get(name, {})
        if not isinstance(value, dict) or not all(map(_is_text, (*value, *value.values()))):
            raise self._broken(name)
        return {key.strip(): text.strip() for key, text in value.items()}

    def flag(self, name: str) -> bool:
        """Return a tick."""
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise self._broken(name)
        return value

    def integer(self, name: str, *, empty: int | None = None, signed: bool = False) -> int | None:
        """Return a whole number as typed; ``empty`` when nothing was."""
        typed = self._typed(name)
        if not typed:
            return empty
        digits = typed.removeprefix("-") if signed else typed
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER):
            self.refuse(name, "invalid", _("A whole number is required."))
            return empty
        return int(typed)

    def yuan(self, name: str, *, required: bool = False) -> int | None:
        """Return the fen of an amount typed in yuan."""
        typed = self._typed(name)
        if not typed:
            if required:
                self.refuse(name, "required", _("An amount is required."))
            return None
        try:
            return parse_yuan(typed)
        except ValueError:
            self.refuse(name, "invalid", _("An amount in yuan with at most two decimals is required."))
            return None

    def moment(self, name: str) -> datetime | None:
        """Return a Beijing date and time as a browser's field gives it: ``2026-11-22T10:00``."""
        typed = self._typed(name)
        if not typed:
            return None
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=BEIJING)
        except ValueError:
            self.refuse(name, "invalid", _("A date and time are required."))
            return None

    def instant(self, name: str) -> datetime | None:
        """Return a moment that a page carries along, exact to the microsecond."""
        typed = self._typed(name)
        if not typed:
            return None
        try:
            found = datetime.fromisoformat(typed)
        except ValueError as error:
            raise self._broken(name) from error
        if found.tzinfo is None:
            raise self._broken(name)
        return found

    def reference(self, name: str) -> int | None:
        """Return the id of a row; ``None`` when none was chosen."""
        typed = self._typed(name)
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 18):
            raise self._broken(name)
        return int(typed)

    def ids(self, name: str) -> tuple[int, ...]:
        """Return the ids of rows, each once, in order."""
        values = self._list(name)
        if not all(isinstance(value, int) and 0 < value < 10**18 for value in values):
            raise self._broken(name)
        return tuple(dict.fromkeys(values))

    def rows(self, name: str) -> "list[InputReader]":
        """Return a reader for each object of a list; their mistakes land here."""
        return [
            InputReader(row, path=f"{self._path}{name}.{place}.", errors=self.errors)
            for place, row in enumerate(self._list(name))
        ]

    def _typed(self, name: str) -> str:
        value = self._data.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._broken(name)
        return str(value).strip()

    def _list(self, name: str) -> Sequence[Any] | Any:
        value = self._data.get(name, [])
        if not isinstance(value, list):
            raise self._broken(name)
        return value

    def _broken(self, name: str) -> InvalidInput:
        detail = _("This is not what the page sends.")
        return InvalidInput(errors=[FieldError(self._path + name, "invalid", detail)])


def _is_text(value: Any) -> bool:
    """Tell what the database can store as text."""
    return isinstance(value, str) and "\x00" not in value
