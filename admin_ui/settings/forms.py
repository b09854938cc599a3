"""One typed field per declared setting."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from shop.core.console import ActionForm, YuanField
from shop.core.money import MAX_FEN
from shop.core.runtime import MAX_TEXT, Setting, declared, values

SHORT_TEXT = 200
FEN = "fen"
UNITS = {
    "seconds": _("seconds"),
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
    FEN: _("yuan"),
}


class SettingsForm(ActionForm):
    """Every setting with its present value.

    What was shown travels along in hidden fields, so that saving writes only what this person changed and
    never takes back what a colleague changed meanwhile.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = values()
        for name, setting in declared().items():
            field = _field(setting)
            field.initial = present[name]
            field.show_hidden_initial = True
            self.fields[name] = field

    def changes(self) -> dict[str, Any]:
        """Return what this person changed."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in declared()}


def unit_of(setting: Setting) -> str:
    """Return the unit in the reader's language; amounts are typed in yuan."""
    return str(UNITS.get(setting.unit, setting.unit))


def _field(setting: Setting) -> forms.Field:
    if setting.kind is bool:
        return forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget)
    if setting.kind is int and setting.unit == FEN:
        return YuanField(min_fen=_or(setting.minimum, -MAX_FEN), max_fen=_or(setting.maximum, MAX_FEN))
    if setting.kind is int:
        return forms.IntegerField(
            min_value=setting.minimum, max_value=setting.maximum, widget=UnfoldAdminIntegerFieldWidget
        )
    if setting.choices:
        return forms.ChoiceField(choices=setting.choices, widget=UnfoldAdminSelectWidget)
    longest = setting.maximum or MAX_TEXT
    widget = UnfoldAdminTextInputWidget if longest <= SHORT_TEXT else UnfoldAdminTextareaWidget({"rows": 3})
    return forms.CharField(required=False, max_length=longest, widget=widget)


def _or(limit: int | None, fallback: int) -> int:
    return fallback if limit is None else limit
