"""Runtime settings: grouped, typed, with default, present value and who changed it last."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admin_ui.settings.forms import FEN, SettingsForm, unit_of
from admin_ui.settings.services import change_settings
from shop.core.console import ConsolePage, NavGroup, actor_of, console_page, refusal_text
from shop.core.console.columns import money_text
from shop.core.errors import ShopError
from shop.core.models import AuditEntry
from shop.core.runtime import CHANGE_SETTING, Setting, Value, declared


@dataclass(frozen=True)
class SettingRow:
    """One setting on the page."""

    setting: Setting
    field: BoundField
    unit: str
    default: str
    is_default: bool
    last_change: AuditEntry | None


@console_page
class SettingsPage(ConsolePage):
    """Every setting that a merchant may change."""

    name = "settings"
    path = "settings/"
    title = gettext_lazy("Settings")
    template_name = "admin_ui/settings/page.html"
    permission = CHANGE_SETTING
    nav_group = NavGroup.SYSTEM
    nav_icon = "tune"
    nav_order = 20

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, arranged in groups."""
        form: SettingsForm = kwargs.pop("form", None) or SettingsForm()
        return super().get_context_data(form=form, groups=_groups(form), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Store what was changed, or show what is wrong beside it."""
        form = SettingsForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=400)
        changes = form.changes()
        try:
            change_settings(actor=actor_of(request), changes=changes, reason=form.cleaned_data["reason"])
        except ShopError as refusal:
            _show(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        if changes:
            messages.success(request, _("Saved. The whole shop follows within seconds."))
        else:
            messages.info(request, _("Nothing was changed."))
        return HttpResponseRedirect(reverse("admin:settings"))


def _show(form: SettingsForm, refusal: ShopError) -> None:
    named = [error for error in refusal.errors if error.field in form.fields]
    for error in named:
        form.add_error(error.field, str(error.detail))
    if not named:
        form.add_error(None, refusal_text(refusal))


def _groups(form: SettingsForm) -> list[tuple[str, list[SettingRow]]]:
    newest = AuditEntry.objects.filter(subject_kind="setting").order_by("subject_id", "-id")
    changed = {entry.subject_id: entry for entry in newest.distinct("subject_id")}
    rows = [_row(setting, form, changed.get(name)) for name, setting in declared().items()]
    rows.sort(key=lambda row: (str(row.setting.group), str(row.setting.title)))
    return [(group, list(members)) for group, members in groupby(rows, lambda row: str(row.setting.group))]


def _row(setting: Setting, form: SettingsForm, last_change: AuditEntry | None) -> SettingRow:
    field = form[setting.name]
    return SettingRow(
        setting=setting,
        field=field,
        unit=unit_of(setting),
        default=_text(setting, setting.default),
        is_default=form.fields[setting.name].initial == setting.default,
        last_change=last_change,
    )


def _text(setting: Setting, value: Value) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, int) and setting.unit == FEN:
        return money_text(value)
    titles = {choice: str(title) for choice, title in setting.choices}
    return titles.get(str(value), str(value)) or _("empty")
