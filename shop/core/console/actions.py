"""Buttons of the console: one business action each, always confirmed, always by POST.

``console_action`` makes one method serve three places: ``actions`` (many rows, with a report),
``actions_detail`` and ``actions_row`` (one record, in a dialog). The method calls a service for one record
and returns nothing or a sentence for the reader; a ShopError becomes a message in the reader's language.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.enums import ActionVariant

from shop.core.console.access import may
from shop.core.console.forms import ActionForm, ConfirmForm
from shop.core.console.refusals import refusal_text, show_refusal
from shop.core.errors import ShopError

BULK_LIMIT = 500
REFUSALS_SHOWN = 10

Handler = Callable[[Any, HttpRequest, Any, dict[str, Any]], str | Promise | None]
Confirm = str | Promise | Callable[[Any], str | Promise]


def console_action(
    *,
    permission: str,
    title: str | Promise,
    confirm: Confirm = "",
    reason_required: bool = False,
    form: type[ConfirmForm] = ActionForm,
    icon: str | None = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Handler], Callable[..., HttpResponse | None]]:
    """Turn ``handler(self, request, record, data)`` into a guarded, confirmed action.

    ``data`` is the dialog's cleaned form, with ``reason`` in it (unless ``form`` is a ConfirmForm). For an
    action of the whole list (``actions_list``) ``record`` is None. ``confirm`` is what the dialog says, or a
    function of the record that says it (for many records at once it is asked with None). Raises
    PermissionDenied without the permission.
    """

    def decorate(handler: Handler) -> Callable[..., HttpResponse | None]:
        def action(
            self: Any,
            request: HttpRequest,
            queryset: QuerySet[Model] | None = None,
            *,
            object_id: str | None = None,
        ) -> HttpResponse | None:
            if not may(request.user, permission):
                raise PermissionDenied
            step = _Step(self, request, handler, title, confirm)
            if queryset is not None:
                return step.bulk(queryset, form, reason_required=reason_required)
            return step.single(object_id, form, reason_required=reason_required)

        action.__name__ = handler.__name__
        action.__doc__ = handler.__doc__
        action.short_description = title  # type: ignore[attr-defined]
        action.console_permission = permission  # type: ignore[attr-defined]
        action.url_path = handler.__name__.replace("_", "-")  # type: ignore[attr-defined]
        action.attrs = {}  # type: ignore[attr-defined]
        action.icon = icon  # type: ignore[attr-defined]
        action.variant = variant  # type: ignore[attr-defined]
        action.dialog = {"title": title}  # type: ignore[attr-defined]
        action.original_function_name = handler.__name__  # type: ignore[attr-defined]
        return action

    return decorate


class _Step:
    """One press of a button: ask, then act."""

    def __init__(
        self,
        page: Any,
        request: HttpRequest,
        handler: Handler,
        title: str | Promise,
        confirm: Confirm,
    ) -> None:
        self.page, self.request, self.handler = page, request, handler
        self.title, self.confirm = title, confirm

    def single(
        self, object_id: str | None, form_class: type[ConfirmForm], *, reason_required: bool
    ) -> HttpResponse:
        """Show the dialog for one record (or for the whole list), or act on it."""
        record = self._record(object_id)
        posted = self.request.method == "POST"
        form = form_class(
            self.request.POST if posted else None,
            reason_required=reason_required,
            initial=form_class.initial_for(record),
        )
        if posted and form.is_valid():
            try:
                done = self.handler(self.page, self.request, record, form.cleaned_data)
            except ShopError as refusal:
                show_refusal(form, refusal)
                record = self._record(object_id)
                form.renew(record)
            else:
                messages.success(self.request, str(done or _("Done.")))
                return self._leave()
        return self._ask(form, record=record)

    def _record(self, object_id: str | None) -> Any:
        if object_id is None:
            return None
        record = self.page.get_object(self.request, object_id)
        if record is None:
            raise Http404
        return record

    def bulk(
        self, queryset: QuerySet[Model], form_class: type[ConfirmForm], *, reason_required: bool
    ) -> HttpResponse | None:
        """Show what was selected and ask; then act on each record by itself and report."""
        records = list(queryset[: BULK_LIMIT + 1])
        if len(records) > BULK_LIMIT:
            text = _("Select at most %(limit)d records at a time; nothing was changed.")
            messages.error(self.request, text % {"limit": BULK_LIMIT})
            return None
        confirmed = "_confirmed" in self.request.POST
        form = form_class(self.request.POST if confirmed else None, reason_required=reason_required)
        if not (confirmed and form.is_valid()):
            return self._ask(form, records=records)
        refused = []
        for record in records:
            try:
                self.handler(self.page, self.request, record, form.cleaned_data)
            except ShopError as refusal:
                refused.append(f"{record}: {refusal_text(refusal)}")
        self._report(done=len(records) - len(refused), refused=refused)
        return None

    def _report(self, *, done: int, refused: list[str]) -> None:
        if done:
            text = ngettext("%(count)d record done.", "%(count)d records done.", done) % {"count": done}
            messages.success(self.request, f"{self.title}: {text}")
        if refused:
            count = len(refused)
            text = ngettext("%(count)d record refused.", "%(count)d records refused.", count)
            messages.error(self.request, f"{self.title}: {text % {'count': count}}")
            for line in refused[:REFUSALS_SHOWN]:
                messages.warning(self.request, line)

    def _ask(self, form: ConfirmForm, **subject: Any) -> HttpResponse:
        in_dialog = self.request.headers.get("HX-Request") == "true"
        template = "console/action_dialog.html" if in_dialog else "console/action_page.html"
        context = {
            **self.page.admin_site.each_context(self.request),
            "opts": self.page.opts,
            "form": form,
            "title": self.title,
            "confirm": self.confirm(subject.get("record")) if callable(self.confirm) else self.confirm,
            "action_name": self.handler.__name__,
            "back": self._back(),
            **subject,
        }
        return TemplateResponse(self.request, template, context)

    def _leave(self) -> HttpResponse:
        if self.request.headers.get("HX-Request") == "true":
            return HttpResponse(headers={"HX-Redirect": self._back()})
        return HttpResponseRedirect(self._back())

    def _back(self) -> str:
        """Return where the button was pressed: the page behind the dialog or the form, else the list."""
        page = self.request.headers.get("HX-Current-URL", "") or self.request.POST.get("back", "")
        if url_has_allowed_host_and_scheme(page, {self.request.get_host()}, self.request.is_secure()):
            return page
        return reverse(f"admin:{self.page.opts.app_label}_{self.page.opts.model_name}_changelist")
