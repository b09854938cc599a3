"""Settings that merchants change while the shop runs: typed, validated, audited.

Each app declares its own in its ``runtime.py`` (imported when the app registry is ready); code asks
:func:`value`. They are stored by django-constance in PostgreSQL and remembered per process for at most
``CACHE_SECONDS``, so they need no Redis. Time-outs are in seconds, money is in fen.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from constance import settings as constance_settings
from constance.codecs import dumps, loads
from constance.models import Constance
from django.db import transaction as django_transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import FieldError, InvalidInput, NotFound
from shop.core.masking import STARS
from shop.core.permissions import require

log = structlog.get_logger(__name__)

CACHE_SECONDS = 2.0
CHANGE_SETTING = "core.change_setting"
Value = int | bool | str
Text = str | Promise
MAX_TEXT = 2000
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting. ``unit`` is ``seconds``, ``fen``, ``days`` … or empty; the console shows it.

    What is ``secret`` never gets into the audit record: an entry tells that it changed, not to what.
    """

    name: str
    default: Value
    kind: type[Value]
    title: Text
    group: Text
    help: Text = ""
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[tuple[str, Text], ...] = ()
    secret: bool = False

    def for_record(self, value: Value) -> Value:
        """Return ``value`` as an audit entry may keep it."""
        return STARS if self.secret and value else value

    def clean(self, raw: Any) -> Value:
        """Return ``raw`` as this setting's type; raises ``InvalidInput`` naming the setting as field."""
        value = self._typed(raw)
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            self._check_range(value)
        elif self.choices and value not in [choice for choice, _title in self.choices]:
            self._refuse("invalid_choice", _("This is not one of the choices."))
        elif "\x00" in value:
            self._refuse("null_characters_not_allowed", _("Null characters are not allowed."))
        elif len(value) > (self.maximum or MAX_TEXT):
            self._refuse("max_length", _("This text is too long."))
        return value

    def _typed(self, raw: Any) -> Value:
        if type(raw) is self.kind:
            return raw.strip() if isinstance(raw, str) else raw
        if isinstance(raw, str) and self.kind is bool and raw.strip().lower() in (*_TRUE, *_FALSE):
            return raw.strip().lower() in _TRUE
        if isinstance(raw, str) and self.kind is int:
            try:
                return int(raw.strip()[:20])
            except ValueError:
                self._refuse("invalid", _("A whole number is required."))
        return self._refuse("invalid", _("This value is of the wrong type."))

    def _check_range(self, value: int) -> None:
        if self.minimum is not None and value < self.minimum:
            self._refuse("min_value", _("At least %(minimum)s.") % {"minimum": self.minimum})
        if self.maximum is not None and value > self.maximum:
            self._refuse("max_value", _("At most %(maximum)s.") % {"maximum": self.maximum})

    def _refuse(self, code: str, detail: str) -> Value:
        raise InvalidInput(errors=[FieldError(self.name, code, detail)])


@dataclass
class _State:
    settings: dict[str, Setting] = field(default_factory=dict)
    stored: Mapping[str, Any] = field(default_factory=dict)
    fresh_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_state = _State()


def declare(
    *,
    name: str,
    default: Value,
    title: Text,
    group: Text,
    kind: type[Value] | None = None,
    help: Text = "",  # noqa: A002  reads as what it is
    unit: str = "",
    minimum: int | None = None,
    maximum: int | None = None,
    choices: tuple[tuple[str, Text], ...] = (),
    secret: bool = False,
) -> Setting:
    """Declare a setting; ``kind`` defaults to the default's type. The default must itself be valid."""
    if not name.isidentifier() or name != name.lower():
        raise ValueError(f"{name!r} is not a lower-case identifier.")
    setting = Setting(
        name, default, kind or type(default), title, group, help, unit, minimum, maximum, choices, secret
    )
    setting.clean(default)
    known = _state.settings.get(name)
    if known is not None and (known.default, known.kind) != (default, setting.kind):
        raise ValueError(f"{name} is declared twice, differently.")
    _state.settings[name] = setting
    constance_settings.CONFIG[name] = (default, title, setting.kind)
    return setting


def declared() -> Mapping[str, Setting]:
    """Return every declared setting by name, in the order of declaration."""
    return _state.settings


def value(name: str) -> Any:
    """Return the present value (of the declared type). A change elsewhere is seen after two seconds at most.

    Raises ``LookupError`` for a setting that nobody declared.
    """
    setting = _state.settings.get(name)
    if setting is None:
        raise LookupError(f"{name} is not a declared setting.")
    return _usable(setting, _stored())


def values() -> dict[str, Value]:
    """Return every setting's present value, read freshly: what a form shows."""
    stored = _load()
    return {name: _usable(setting, stored) for name, setting in _state.settings.items()}


@in_transaction
def set_value(*, actor: Actor, name: str, value: Any, reason: str = "") -> Value:
    """Change a setting and write it down; returns the value as stored. Locks the setting's row.

    Raises ``Forbidden``, ``NotFound`` (no such setting) or ``InvalidInput``. Setting what is already there
    changes and records nothing.
    """
    require(actor, CHANGE_SETTING)
    setting = _state.settings.get(name)
    if setting is None:
        raise NotFound(_("There is no such setting."))
    new = setting.clean(value)
    lock_rows(Constance.objects.filter(key=name))
    old = _usable(setting, _load())
    if old == new:
        return new
    Constance.objects.update_or_create(key=name, defaults={"value": dumps(new)})
    audit.record(
        actor=actor,
        action=CHANGE_SETTING,
        subject=("setting", name),
        before={"value": setting.for_record(old)},
        after={"value": setting.for_record(new)},
        reason=reason,
    )
    django_transaction.on_commit(forget)
    return new


def forget() -> None:
    """Drop what this process remembers, so that the next question reads the database."""
    _state.fresh_until = 0.0


def _usable(setting: Setting, stored: Mapping[str, Any]) -> Value:
    found: Value = stored.get(setting.name, setting.default)
    # A value stored by an older version may have another type; a changed limit does not undo it.
    return found if type(found) is setting.kind else setting.default


def _stored() -> Mapping[str, Any]:
    if time.monotonic() < _state.fresh_until:
        return _state.stored
    with _state.lock:
        if time.monotonic() >= _state.fresh_until:
            _state.stored = _load()
            _state.fresh_until = time.monotonic() + CACHE_SECONDS
        return _state.stored


def _load() -> dict[str, Any]:
    rows = Constance.objects.filter(key__in=_state.settings)
    return {row.key: loads(row.value) for row in rows}
