"""The codes of a batch, as a workbook, once."""

from io import BytesIO
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.cards.models import CardCodeBatch
from members.cards.permissions import EXPORT_CODES
from members.cards.services.codes import export_codes
from shop.core.console import ConsolePage, actor_of, console_page, refusal_text
from shop.core.errors import ShopError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@console_page
class CardCodesPage(ConsolePage):
    """Asks once more, then hands the codes out; who took them is in the audit record."""

    name = "card_codes"
    path = "members/card-codes/<int:batch_id>/"
    title = gettext_lazy("Export the codes")
    template_name = "members/card_codes.html"
    permission = EXPORT_CODES

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show which batch it is."""
        batch = CardCodeBatch.objects.defer("sealed").filter(pk=self.kwargs["batch_id"]).first()
        if batch is None:
            raise Http404
        return super().get_context_data(**{"batch": batch, "refusal": "", **kwargs})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the workbook, or say why there is none."""
        batch_id = kwargs["batch_id"]
        try:
            codes = export_codes(actor=actor_of(request), batch_id=batch_id)
        except ShopError as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal_text(refusal)))
        headers = {
            "Content-Disposition": f'attachment; filename="card-codes-{batch_id}.xlsx"',
            "Cache-Control": "no-store",
        }
        return HttpResponse(codes_workbook(codes), content_type=XLSX, headers=headers)


def codes_workbook(codes: list[str]) -> bytes:
    """Return the workbook: one code in each row."""
    from openpyxl import Workbook  # loaded when used

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Card codes"))
    sheet.append([_("Card code")])
    for code in codes:
        sheet.append([code])
    out = BytesIO()
    book.save(out)
    return out.getvalue()
