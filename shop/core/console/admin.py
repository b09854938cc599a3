"""Model pages of the console: nothing is allowed unless a business action allows it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib.admin import AdminSite
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.overrides import FORMFIELD_OVERRIDES_INLINE
from unfold.widgets import UnfoldForeignKeyRawIdWidget

from shop.core import audit
from shop.core.console.access import actor_of, may
from shop.core.console.columns import NOTHING, money_text, yuan_column
from shop.core.console.forms import YuanField
from shop.core.console.navigation import NavGroup
from shop.core.console.panels import panels_of
from shop.core.console.refusals import show_refusal
from shop.core.db import transaction
from shop.core.errors import ShopError
from shop.core.money import FenField


class GuardedPage:
    """Permissions by business action. Each is a codename such as ``payments.view_payments``; None denies."""

    view_permission: ClassVar[str | None] = None
    add_permission: ClassVar[str | None] = None
    change_permission: ClassVar[str | None] = None
    delete_permission: ClassVar[str | None] = None

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may change may look."""
        return may(request.user, self.view_permission) or may(request.user, self.change_permission)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only with ``add_permission``."""
        return may(request.user, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only with ``change_permission``."""
        return may(request.user, self.change_permission)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only with ``delete_permission``."""
        return may(request.user, self.delete_permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the page appears at all."""
        return self.has_view_permission(request)


def _fen_fields(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.get_fields() if isinstance(field, FenField)}


def _fen_text(contents: str) -> str:
    """Turn the integer that a read-only field would print into yuan."""
    digits = str(contents)
    return money_text(int(digits)) if digits.lstrip("-").isdigit() else NOTHING


def _plain(value: Any) -> Any:
    """Return a form's value as the audit record can hold it: related rows by id, files by name."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | QuerySet):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str | dict):
        return value
    return str(value)


def _ties(model: type[Model]) -> list[type[Model]]:
    """Return the tables that Django made by itself to tie this model's records to others."""
    fields: list[Any] = [
        *model._meta.many_to_many,
        *(relation.field for relation in model._meta.related_objects if relation.many_to_many),
    ]
    tables = (field.remote_field.through for field in fields)
    return [table for table in tables if table._meta.auto_created]


def _without(found: list[Any], starts: tuple[str, ...]) -> list[Any]:
    """Return the nested list of what is deleted without the lines that begin so, nor lists left empty."""
    kept = [_without(item, starts) if isinstance(item, list) else item for item in found]
    return [item for item in kept if item and not (isinstance(item, str) and item.startswith(starts))]


class ShopModelAdmin(GuardedPage, ModelAdmin):
    """A model's pages: list, and record where a permission allows one.

    Amounts (FenField) are shown and typed in yuan, times in Beijing time, foreign keys by search instead of a
    list of everything. A ShopError raised while saving is shown beside what was typed and nothing is written.
    """

    nav_group: ClassVar[NavGroup | None] = None
    nav_icon: ClassVar[str] = "table_rows"
    nav_order: ClassVar[int] = 50
    nav_title: ClassVar[str | Promise] = ""
    nav_hint: ClassVar[str | Promise] = ""

    readonly_preprocess_fields: dict[str, Any] = {}
    list_per_page = 30
    list_max_show_all = 200
    show_full_result_count = False
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    save_on_top = False
    actions: Sequence[str] = ()
    formfield_overrides = {FenField: {"form_class": YuanField}}
    change_form_outer_after_template = "console/panels.html"

    def __init__(self, model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        self.fen_fields = _fen_fields(model)
        self.readonly_preprocess_fields = {
            **dict.fromkeys(self.fen_fields, _fen_text),
            **self.readonly_preprocess_fields,
        }

    def nav_badge(self, request: HttpRequest) -> int:
        """Return how many things wait on this page; 0 shows no badge."""
        return 0

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show fen as yuan wherever a FenField is listed."""
        return [self._column(name) for name in super().get_list_display(request)]

    def _column(self, name: Any) -> Any:
        if not isinstance(name, str) or name not in self.fen_fields:
            return name
        return yuan_column(name, self.model._meta.get_field(name).verbose_name)

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Search related records wherever their page has a search and this person may see it."""
        return [field.name for field in self.opts.get_fields() if self._searchable(field, request)]

    def _searchable(self, field: Any, request: HttpRequest) -> bool:
        if not isinstance(field, ForeignKey) and not getattr(field, "many_to_many", False):
            return False
        page = self.admin_site._registry.get(field.related_model)
        return bool(
            not field.auto_created
            and page is not None
            and page.get_search_fields(request)
            and page.has_view_permission(request)
        )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """Never list a whole table in a drop-down: what cannot be searched is typed by id."""
        if "widget" not in kwargs and db_field.name not in self.get_autocomplete_fields(request):
            kwargs["widget"] = UnfoldForeignKeyRawIdWidget(db_field.remote_field, self.admin_site)
        field: forms.ModelChoiceField | None = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return field

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer only the bulk actions this person may carry out."""
        offered: dict[str, Any] = super().get_actions(request)
        return {name: entry for name, entry in offered.items() if self._offers(entry[0], request)}

    def _filter_unfold_actions_by_permissions(
        self, request: HttpRequest, actions: list[Any], object_id: int | str | None = None
    ) -> list[Any]:
        allowed = super()._filter_unfold_actions_by_permissions(request, actions, object_id)
        return [action for action in allowed if self._offers(action.method, request)]

    def _offers(self, action: Callable[..., Any], request: HttpRequest) -> bool:
        permission = getattr(action, "console_permission", None)
        return permission is None or may(request.user, permission)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a refused save as a form error beside what was typed; its transaction is rolled back."""
        try:
            return self._changeform(request, object_id, form_url, extra_context)
        except ShopError as refusal:
            request.console_refusal = refusal  # type: ignore[attr-defined]
            return self._changeform(request, object_id, form_url, extra_context)

    def _changeform(self, request: HttpRequest, *arguments: Any) -> HttpResponse:
        # Django opens a transaction of its own inside; ours bounds how long a save waits for locks.
        with transaction() if request.method == "POST" else nullcontext():
            response: HttpResponse = super().changeform_view(request, *arguments)
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *arguments: Any, **options: Any
    ) -> HttpResponse:
        """Show below the record what upper floors have to say about it."""
        record = context.get("original")
        panels = [] if record is None else panels_of(request, record)
        response: HttpResponse = super().render_change_form(
            request, {**context, "panels": panels}, *arguments, **options
        )
        return response

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Let the form carry a refusal of the save that was just tried."""
        form: type[forms.ModelForm] = super().get_form(request, obj, change=change, **kwargs)
        refusal: ShopError | None = getattr(request, "console_refusal", None)
        if refusal is None:
            return form
        return _refused(form, refusal)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Save a plain table and record who changed what; business records call a service instead."""
        before = {name: _plain(form.initial.get(name)) for name in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        audit.record(
            actor=actor_of(request),
            action=str(self.change_permission if change else self.add_permission),
            subject=obj,
            before=before,
            after={name: _plain(form.cleaned_data.get(name)) for name in form.changed_data},
        )

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Name what goes along; rows that only tie two records together are nothing people know."""
        found, counts, perms, protected = super().get_deleted_objects(objs, request)
        ties = {
            through._meta.verbose_name: through._meta.verbose_name_plural for through in _ties(self.model)
        }
        starts = tuple(f"{capfirst(name)}: " for name in ties)
        kept_counts = {name: count for name, count in counts.items() if name not in ties.values()}
        return _without(found, starts), kept_counts, perms, protected

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete a row of a plain table and record what was in it."""
        before = {field.attname: _plain(getattr(obj, field.attname)) for field in self.opts.concrete_fields}
        subject = audit.subject_key(obj)
        with transaction():
            super().delete_model(request, obj)
            audit.record(
                actor=actor_of(request), action=str(self.delete_permission), subject=subject, before=before
            )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Delete the chosen rows one by one, each recorded, all or none."""
        with transaction():
            for row in queryset:
                self.delete_model(request, row)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to this record's entries in the audit record."""
        kind, identity = audit.subject_key((self.opts.label_lower, object_id))
        query = urlencode({"subject_kind": kind, "subject": identity})
        return HttpResponseRedirect(f"{reverse('admin:core_auditentry_changelist')}?{query}")

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Keep no second trail: the audit record holds who did what."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Keep no second trail."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Keep no second trail."""


def _refused(form: type[forms.ModelForm], refusal: ShopError) -> type[forms.ModelForm]:
    class RefusedForm(form):  # type: ignore[valid-type,misc]
        def _post_clean(self) -> None:
            super()._post_clean()
            show_refusal(self, refusal)

    return RefusedForm


class ReadOnlyAdmin(ShopModelAdmin):
    """Records that only services write: a list, the record, and named actions; no form ever saves.

    ``worded`` maps a field whose stored value is a code to the column that says it in words; the record's
    page shows the column in the field's place.
    """

    warn_unsaved_form = False
    worded: ClassVar[Mapping[str, Any]] = {}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Let the page show the columns that stand for codes."""
        return [*super().get_readonly_fields(request, obj), *self.worded.values()]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Put each column in the place of its code."""
        columns = list(self.worded.values())
        names = [name for name in super().get_fields(request, obj) if name not in columns]
        return [self.worded.get(name, name) for name in names]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class ShopInline(GuardedPage, TabularInline):
    """Rows that belong to a record; no empty rows, nothing deletable unless a permission says so."""

    readonly_preprocess_fields: dict[str, Any] = {}
    extra = 0
    show_change_link = False
    formfield_overrides = {**FORMFIELD_OVERRIDES_INLINE, FenField: {"form_class": YuanField}}

    def __init__(self, parent_model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(parent_model, admin_site)
        self.readonly_preprocess_fields = {
            **dict.fromkeys(_fen_fields(self.model), _fen_text),
            **self.readonly_preprocess_fields,
        }


class ReadOnlyInline(ShopInline):
    """Rows to look at."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False
