"""The month of every wallet, as a workbook."""

from collections.abc import Iterable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from members.wallet.permissions import EXPORT_WALLET
from members.wallet.queries import Statement
from members.wallet.rules import parse_month
from members.wallet.services.exporting import export_month
from shop.core import clock
from shop.core.console import ConfirmForm, ConsolePage, NavGroup, actor_of, console_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FEN = 100


class MonthForm(ConfirmForm):
    """Which month."""

    month = forms.CharField(
        label=gettext_lazy("Month"),
        max_length=7,
        widget=UnfoldAdminTextInputWidget({"type": "month"}),
        help_text=gettext_lazy("By the calendar of Beijing."),
    )

    def clean_month(self) -> date:
        """Return the month's first day."""
        try:
            return parse_month(str(self.cleaned_data["month"]))
        except ValueError as error:
            raise forms.ValidationError(_("A month is written YYYY-MM.")) from error


@console_page
class WalletExportPage(ConsolePage):
    """Asks for a month and answers with the workbook; who took it is in the audit record."""

    name = "wallet_export"
    path = "members/wallet-export/"
    title = gettext_lazy("Wallet statement")
    template_name = "members/wallet_export.html"
    permission = EXPORT_WALLET
    nav_group = NavGroup.FINANCE
    nav_icon = "table_view"
    nav_order = 70

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Suggest the month that has just ended."""
        last = clock.today().replace(day=1) - timedelta(days=1)
        form = MonthForm(initial={"month": f"{last:%Y-%m}"})
        return super().get_context_data(**{"form": form, **kwargs})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the workbook."""
        form = MonthForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        month = form.cleaned_data["month"]
        content = statement_workbook(export_month(actor=actor_of(request), month=month))
        headers = {
            "Content-Disposition": f'attachment; filename="wallet-{month:%Y-%m}.xlsx"',
            "Cache-Control": "no-store",
        }
        return HttpResponse(content, content_type=XLSX, headers=headers)


def statement_workbook(statements: Iterable[Statement]) -> bytes:
    """Return the workbook: one row for each member, amounts in yuan, a total below."""
    from openpyxl import Workbook  # loaded when used

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Wallet statement"))
    columns = (_("Opening balance"), _("Came in"), _("Went out"), _("Closing balance"))
    sheet.append(
        [
            _("Member"),
            *(f"{_('Principal')} {title}" for title in columns),
            *(f"{_('Gift money')} {title}" for title in columns),
        ]
    )
    totals = [0] * 8
    for statement in statements:
        amounts = _amounts(statement)
        totals = [total + amount for total, amount in zip(totals, amounts, strict=True)]
        sheet.append([statement.member_id, *(amount / _FEN for amount in amounts)])
    sheet.append([_("Total"), *(total / _FEN for total in totals)])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _amounts(statement: Statement) -> list[int]:
    return [
        amount
        for movement in (statement.principal, statement.gift)
        for amount in (movement.opening, movement.incoming, movement.outgoing, movement.closing)
    ]
