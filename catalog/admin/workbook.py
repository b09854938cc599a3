"""Import and export of goods in the console."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.models import Category, Product
from catalog.permissions import EXPORT_GOODS, IMPORT_GOODS, SEE_COST
from catalog.workbook.importing import KIND
from shop.core.console import ConsolePage, NavGroup, console_page, may
from shop.core.sheets.pages import (
    SheetExportPage,
    SheetExportRunPage,
    SheetImportPage,
    SheetImportRunPage,
    attachment,
)


class ExportForm(forms.Form):
    """Which goods to export, as the list filters them."""

    category = forms.TypedChoiceField(
        label=_("Category"), required=False, coerce=int, empty_value=None, widget=UnfoldAdminSelectWidget
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *Product.State.choices],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tree = Category.objects.order_by("path").values_list("pk", "depth", "name")
        listed = [(pk, f"{'　' * (depth - 1)}{name}") for pk, depth, name in tree]
        field = self.fields["category"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  tells the type checker
        field.choices = [("", _("All")), *listed]


@console_page
class GoodsImportPage(SheetImportPage):
    """Upload a workbook of goods."""

    name = "goods_import"
    path = "goods/import/"
    title = _("Import goods")
    permission = IMPORT_GOODS
    nav_group = NavGroup.CATALOG
    nav_icon = "upload_file"
    nav_order = 80
    kind = KIND
    run_page = "goods_import_run"
    template_page = "goods_template"


@console_page
class GoodsImportRunPage(SheetImportRunPage):
    """One import of goods."""

    name = "goods_import_run"
    path = "goods/import/<int:run_id>/"
    title = _("Import goods")
    permission = IMPORT_GOODS
    kind = KIND
    back_page = "goods_import"


@console_page
class GoodsTemplatePage(ConsolePage):
    """The empty workbook, in the reader's language."""

    name = "goods_template"
    path = "goods/template/"
    title = _("Import goods")
    permission = IMPORT_GOODS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give out the template."""
        # The library of workbooks is loaded when used.
        from catalog.workbook.template import write_template

        with TemporaryDirectory(prefix="sheet-") as folder:
            path = Path(folder) / "template.xlsx"
            write_template(path, with_cost=may(request.user, SEE_COST))
            return attachment(path, "goods-template.xlsx")


@console_page
class GoodsExportPage(SheetExportPage):
    """Ask for a workbook of goods."""

    name = "goods_export"
    path = "goods/export/"
    title = _("Export goods")
    permission = EXPORT_GOODS
    nav_group = NavGroup.CATALOG
    nav_icon = "download"
    nav_order = 81
    kind = KIND
    run_page = "goods_export_run"

    def form(self, data: Any = None) -> forms.Form:
        """Return the filters."""
        return ExportForm(data)


@console_page
class GoodsExportRunPage(SheetExportRunPage):
    """One export of goods."""

    name = "goods_export_run"
    path = "goods/export/<int:run_id>/"
    title = _("Export goods")
    permission = EXPORT_GOODS
    kind = KIND
    back_page = "goods_export"
