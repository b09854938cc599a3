"""The empty workbook: headings, an example that reading skips, and a sheet that explains each column."""

from pathlib import Path

from django.utils.translation import gettext as _

from catalog.workbook.columns import PRODUCTS, SHEETS
from shop.core.sheets.cells import CellError, read_cell
from shop.core.sheets.columns import Sheet
from shop.core.sheets.reading import COMMENT
from shop.core.sheets.writing import WorkbookWriter


def write_template(path: Path, *, with_cost: bool) -> None:
    """Write the template in the active language."""
    writer = WorkbookWriter()
    for sheet in SHEETS:
        columns = [column.key for column in sheet.columns if with_cost or column.key != "cost"]
        writer.open_sheet(sheet, columns=columns)
        if sheet is PRODUCTS:
            writer.add_row(_example(sheet))
    rows = [[_("Sheet"), _("Column"), _("Required"), _("Explanation"), _("Example")]]
    rows.append(["", "", "", _("A row whose first cell begins with # is skipped, like the example."), ""])
    for sheet in SHEETS:
        for column in sheet.columns:
            required = _("yes") if column.required else ""
            rows.append([sheet.title(), column.heading(), required, str(column.note), column.example])
    writer.add_plain_sheet(_("Explanation"), rows, widths=(14, 22, 8, 70, 28))
    writer.save(path)


def _example(sheet: Sheet) -> dict[str, object]:
    values = {}
    for column in sheet.columns:
        try:
            values[column.key] = read_cell(column, column.example)
        except CellError as error:
            raise ValueError(f"The example of {column.key} cannot be read: {error.code}") from error
    values["product_code"] = f"{COMMENT}{values['product_code']}"
    return values
