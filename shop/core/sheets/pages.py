"""Console pages of workbooks: upload and history, preview and progress, export. An app subclasses them."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from shop.core.actors import Actor
from shop.core.console import ConsolePage, actor_of, refusal_text
from shop.core.errors import NotFound, ShopError
from shop.core.models.sheets import SheetItem, SheetRun
from shop.core.sheets import runs
from shop.core.sheets.kinds import import_kind

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 50
MAX_UPLOAD = 100 * 1024 * 1024
"""What the proxy lets through and the web servers' temporary directory holds."""
HISTORY = 30
_VARIANTS = {
    "uploaded": "info",
    "previewed": "warning",
    "running": "info",
    "done": "success",
    "failed": "danger",
    "cancelled": "neutral",
}


class UploadForm(forms.Form):
    """A workbook, and what belongs to it."""

    file = forms.FileField(label=gettext_lazy("Workbook (.xlsx)"), widget=UnfoldAdminFileFieldWidget)
    archive = forms.FileField(
        label=gettext_lazy("Pictures (.zip)"), required=False, widget=UnfoldAdminFileFieldWidget
    )
    with_stock = forms.BooleanField(
        label=gettext_lazy("Take over the stock column"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy(
            "A filled cell becomes the stock on hand, as a stock-take. Switch it off if goods were sold since"
            " the export."
        ),
    )

    def clean_archive(self) -> Any:
        """Refuse a zip that is larger than an upload may be; the shell takes larger ones."""
        archive = self.cleaned_data["archive"]
        if archive is not None and archive.size > MAX_UPLOAD:
            text = _("The file is larger than %(size)d MB.") % {"size": MAX_UPLOAD // 2**20}
            raise forms.ValidationError(text, code="too_large")
        return archive


def attachment(path: Path, name: str) -> HttpResponse:
    """Return a small file that was just made as a download."""
    response = HttpResponse(path.read_bytes(), content_type=XLSX)
    response["Content-Disposition"] = FileResponse(as_attachment=True, filename=name).headers.get(
        "Content-Disposition", f'attachment; filename="{name}"'
    )
    return response


def history(kind: str, direction: str) -> list[SheetRun]:
    """Return the newest runs, for the list on a page."""
    rows = SheetRun.objects.filter(kind=kind, direction=direction).defer("summary").order_by("-pk")
    found = list(rows[:HISTORY])
    for run in found:
        run.variant = _VARIANTS[run.state]  # type: ignore[attr-defined]
    return found


class SheetImportPage(ConsolePage):
    """Upload a workbook; below it, what was imported before."""

    kind: ClassVar[str]
    run_page: ClassVar[str]
    template_page: ClassVar[str] = ""
    template_name = "sheets/import.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form and the history."""
        return super().get_context_data(
            **{
                "form": UploadForm(),
                "runs": history(self.kind, SheetRun.Direction.IMPORT),
                "run_url": f"admin:{self.run_page}",
                "template_url": f"admin:{self.template_page}" if self.template_page else "",
                **kwargs,
            }
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Keep the files and go on to the run's page, where a worker's preview appears."""
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                run = runs.start_import(
                    actor=actor_of(request),
                    kind=self.kind,
                    file=form.cleaned_data["file"],
                    archive=form.cleaned_data["archive"],
                    options={"with_stock": form.cleaned_data["with_stock"]},
                )
            except ShopError as refusal:
                form.add_error(None, refusal_text(refusal))
            else:
                return HttpResponseRedirect(reverse(f"admin:{self.run_page}", args=[run.pk]))
        return self.render_to_response(self.get_context_data(form=form))


class SheetRunPage(ConsolePage):
    """One run: what it will do, how far it is, what it did."""

    kind: ClassVar[str]
    back_page: ClassVar[str]
    direction: ClassVar[str]

    def run(self) -> SheetRun:
        """Return the run of the address; 404 for one of another kind."""
        wanted = {"pk": self.kwargs["run_id"], "kind": self.kind, "direction": self.direction}
        return get_object_or_404(SheetRun, **wanted)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the run, or give out one of its files."""
        part = request.GET.get("file", "")
        if part:
            return self.download(self.run(), part)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the run."""
        run = self.run()
        return super().get_context_data(
            **{
                "run": run,
                "variant": _VARIANTS[run.state],
                "back_url": f"admin:{self.back_page}",
                "may_resume": run.state in ("failed", "cancelled")
                and (run.confirmed_at is not None or run.direction == "export" or run.state == "failed"),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Confirm, cancel or resume."""
        self.run()
        works: dict[str, tuple[Callable[..., SheetRun], str]] = {
            "confirm": (runs.confirm_run, _("The import has begun. You may leave this page.")),
            "cancel": (runs.cancel_run, _("Stopped. What was done stays done.")),
            "resume": (runs.resume_run, _("It goes on.")),
        }
        if request.POST.get("do") not in works:
            raise NotFound
        work, text = works[request.POST["do"]]
        try:
            work(actor=actor_of(request), run_id=run_id)
        except ShopError as refusal:
            messages.error(request, refusal_text(refusal))
        else:
            messages.success(request, text)
        return HttpResponseRedirect(request.path)

    def download(self, run: SheetRun, part: str) -> HttpResponseBase:
        """Return a file of the run and write down who took it."""
        field = {"source": run.source, "result": run.result}.get(part)
        if not field:
            raise Http404
        runs.note_download(actor=actor_of(self.request), run_id=run.pk, part=part)
        return FileResponse(field.open("rb"), as_attachment=True, filename=run.file_name, content_type=XLSX)


class SheetImportRunPage(SheetRunPage):
    """The preview of an import, its errors, its progress."""

    direction = SheetRun.Direction.IMPORT
    template_name = "sheets/import_run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add counts, and one page of errors, warnings or items."""
        context = super().get_context_data(**kwargs)
        run: SheetRun = context["run"]
        show = self._shown(run)
        headings = _headings(run)
        rows = self._rows(run, show)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        context.update(
            show=show,
            page=page,
            tabs=_tabs(run),
            new=[(title, names) for title, names in _new_names(run) if names],
            lines=[_line(row, headings) for row in page.object_list],
            refused=run.items.filter(state=SheetItem.State.FAILED).count() + run.counts.get("error", 0),
        )
        return context

    def download(self, run: SheetRun, part: str) -> HttpResponseBase:
        """Return the file, or a workbook of the refused rows."""
        if part != "errors":
            return super().download(run, part)
        runs.note_download(actor=actor_of(self.request), run_id=run.pk, part=part)
        # The library of workbooks is loaded when used.
        from shop.core.sheets.errorbook import write_error_book

        with TemporaryDirectory(prefix="sheet-") as folder:
            path = Path(folder) / "errors.xlsx"
            write_error_book(run, path)
            return attachment(path, f"errors-{run.pk}.xlsx")

    def _shown(self, run: SheetRun) -> str:
        asked = self.request.GET.get("show", "")
        keys = [key for key, _title, _count in _tabs(run)]
        if asked in keys:
            return asked
        return next((key for key, _title, count in _tabs(run) if count), "new")

    def _rows(self, run: SheetRun, show: str) -> Any:
        if show in ("errors", "warnings"):
            found = run.issues.filter(is_warning=show == "warnings").select_related("item")
            return found.order_by("is_warning", "row", "id")
        return run.items.filter(verdict=show).defer("payload").order_by("ordinal")


class SheetExportPage(ConsolePage):
    """Ask for an export; below it, what was exported before."""

    kind: ClassVar[str]
    run_page: ClassVar[str]
    template_name = "sheets/export.html"

    def form(self, data: Any = None) -> forms.Form:
        """Return the form with the filters of this export."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form and the history."""
        return super().get_context_data(
            **{
                "form": self.form(),
                "runs": history(self.kind, SheetRun.Direction.EXPORT),
                "run_url": f"admin:{self.run_page}",
                **kwargs,
            }
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Start the export and go on to its page."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        actor: Actor = actor_of(request)
        options = {name: value for name, value in form.cleaned_data.items() if value}
        run = runs.start_export(actor=actor, kind=self.kind, options=options)
        return HttpResponseRedirect(reverse(f"admin:{self.run_page}", args=[run.pk]))


class SheetExportRunPage(SheetRunPage):
    """One export: progress, then the file."""

    direction = SheetRun.Direction.EXPORT
    template_name = "sheets/export_run.html"


def _tabs(run: SheetRun) -> list[tuple[str, str, int]]:
    counts = run.counts
    failed = run.issues.filter(is_warning=False).count() if run.failed else counts.get("errors", 0)
    return [
        ("errors", _("Errors"), failed),
        ("new", _("New"), counts.get("new", 0)),
        ("changed", _("Changed"), counts.get("changed", 0)),
        ("warnings", _("Warnings"), counts.get("warnings", 0)),
        ("unchanged", _("Unchanged"), counts.get("unchanged", 0)),
    ]


def _headings(run: SheetRun) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the titles of sheet and column by their keys."""
    return {
        (sheet.key, column.key): (sheet.title(), column.heading())
        for sheet in import_kind(run.kind).sheets
        for column in sheet.columns
    }


def _line(row: Any, headings: dict[tuple[str, str], tuple[str, str]]) -> dict[str, Any]:
    """Return what the table shows of an issue or an item."""
    sheets = {sheet: title for (sheet, _column), (title, _heading) in headings.items()}
    if isinstance(row, SheetItem):
        changes = [
            (headings.get((sheet, column), ("", column))[1], line, before, after)
            for column, line, before, after, sheet in row.differences
        ]
        return {"item": row, "sheet": sheets.get(row.sheet, ""), "changes": changes}
    heading = headings.get((row.sheet, row.column), ("", row.column))[1]
    return {"issue": row, "sheet": sheets.get(row.sheet, ""), "heading": heading}


def _new_names(run: SheetRun) -> list[tuple[str, list[str]]]:
    new = run.summary.get("new", {})
    return [
        (_("Categories"), new.get("categories", [])),
        (_("Brands"), new.get("brands", [])),
        (_("Tags"), new.get("tags", [])),
        (_("Service promises"), new.get("promises", [])),
        (_("Attributes"), new.get("attributes", [])),
    ]
