"""Refusals of workbooks in and out."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import ShopError


class WorkbookRefused(ShopError):
    """The file is not a workbook (or zip of pictures) that the shop reads; ``detail`` says why."""

    code = "workbook_refused"
    status = 400
    title = _("This file cannot be read.")


class SheetRunClosed(ShopError):
    """The run is not in a state that allows this: somebody confirmed or cancelled it already."""

    code = "sheet_run_closed"
    title = _("This import or export has moved on. Look at its present state.")


class LeaseLost(Exception):
    """Another worker took the run over, or somebody cancelled it: stop without a trace."""
