"""Stock-in and stock-take: goods are scanned or searched into a list, booked as one document."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.stock.lookup import rows_at
from catalog.admin.stock.words import paper_words
from catalog.errors import CountBelowReserved
from catalog.models import Location, StockDocument
from catalog.permissions import RECEIVE_STOCK, TAKE_STOCK
from catalog.queries.console import skus_at, skus_named
from catalog.services.stock import Count, Demand, receive_stock, take_stock
from shop.core import clock
from shop.core.console import ConsolePage, NavGroup, actor_of, console_page
from shop.core.console.answers import answers_json, sent_json
from shop.core.console.reading import InputReader
from shop.core.errors import FieldError, InvalidInput

MAX_LINES = 500
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Paper:
    """What somebody filled in: pieces by SKU id, in the order of the page."""

    location_id: int | None
    reference: str
    reason: str
    lines: tuple[tuple[int, int], ...]
    is_confirmed: bool
    expected: Mapping[int, int]


class PaperPage(ConsolePage):
    """The common half of both pages. POST takes JSON and answers JSON; the typed list stays on screen."""

    template_name = "catalog/console/paper.html"
    nav_group = NavGroup.CATALOG
    kind: ClassVar[str]
    prefix: ClassVar[str]
    least: ClassVar[int]
    hint: ClassVar[str | Promise]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the places, the lines that a link brought along, and a fresh reference."""
        wanted = [int(pk) for pk in self.request.GET.getlist("sku")[:MAX_LINES] if _is_id(pk)]
        location = self.request.GET.get("location", "")
        location_id = int(location) if _is_id(location) else None
        return super().get_context_data(
            kind=self.kind,
            hint=self.hint,
            locations=Location.objects.order_by("-is_default", "name"),
            location_id=location_id,
            reference=new_reference(self.prefix),
            page_data={
                "kind": self.kind,
                "least": self.least,
                "rows": rows_at(skus_named(wanted), location_id),
                "lookup": reverse("admin:catalog_stock_lookup"),
                "save": self.request.path,
                "words": paper_words(),
            },
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Book the list, or say what is wrong with it."""
        return self._booked(request)

    @staticmethod
    def _next(document: StockDocument) -> dict[str, Any]:
        return {"next": reverse("admin:catalog_stockdocument_change", args=[document.pk])}

    def _booked(self, request: HttpRequest) -> HttpResponse:
        return answers_json(self.book)(request)

    def book(self, request: HttpRequest) -> dict[str, Any]:
        """Book what the request holds."""
        raise NotImplementedError


@console_page
class StockInPage(PaperPage):
    """Goods that arrived."""

    name = "stock_in"
    path = "stock/in/"
    title = gettext_lazy("Stock-in")
    permission = RECEIVE_STOCK
    nav_icon = "add_box"
    nav_order = 42
    kind = "in"
    prefix = "RK"
    least = 1
    hint = gettext_lazy("Scan or search what arrived; every scan adds one piece. One list is one document.")

    def book(self, request: HttpRequest) -> dict[str, Any]:
        """Book the goods once, however often the button is pressed."""
        paper = read_paper(sent_json(request), least=self.least)
        document = receive_stock(
            actor=actor_of(request),
            location_id=paper.location_id,
            lines=[Demand(sku_id, quantity) for sku_id, quantity in paper.lines],
            reference=paper.reference,
            reason=paper.reason,
        )
        messages.success(request, _("Booked: %(pieces)d pieces.") % {"pieces": document.pieces})
        return self._next(document)


@console_page
class StockTakePage(PaperPage):
    """What was counted."""

    name = "stock_take"
    path = "stock/take/"
    title = gettext_lazy("Stock-take")
    permission = TAKE_STOCK
    nav_icon = "fact_check"
    nav_order = 44
    kind = "take"
    prefix = "PD"
    least = 0
    hint = gettext_lazy(
        "Count everything at the place, promised pieces included. You see the differences first."
    )

    def book(self, request: HttpRequest) -> dict[str, Any]:
        """Show the differences; book them once they are confirmed and still true."""
        paper = read_paper(sent_json(request), least=self.least)
        if not paper.is_confirmed:
            return {"differences": differences(paper)}
        try:
            document = take_stock(
                actor=actor_of(request),
                location_id=paper.location_id,
                lines=[Count(sku_id, quantity) for sku_id, quantity in paper.lines],
                reference=paper.reference,
                reason=paper.reason,
                expected=paper.expected,
            )
        except CountBelowReserved as refusal:
            raise _at_its_lines(refusal, paper) from refusal
        messages.success(request, _("Booked: %(lines)d SKUs counted.") % {"lines": document.lines})
        return self._next(document)


def new_reference(prefix: str) -> str:
    """Return a reference for a new document, such as ``RK20261122-K7QF3``; staff may type another."""
    return f"{prefix}{clock.today():%Y%m%d}-{''.join(secrets.choice(_LETTERS) for _turn in range(5))}"


def read_paper(data: Any, *, least: int) -> Paper:
    """Return what was filled in. Raises ``InvalidInput`` with each mistake at its line."""
    reader = InputReader(data)
    rows = reader.rows("lines")
    lines = []
    expected: dict[int, int] = {}
    for row in rows:
        sku_id, quantity = row.reference("sku") or 0, row.integer("quantity")
        if quantity is None or quantity < least:
            row.refuse("quantity", "required", _("At least %(least)d pieces.") % {"least": least})
        else:
            lines.append((sku_id, quantity))
        book = row.integer("expected")
        if book is not None:
            expected[sku_id] = book
    if not rows or len(rows) > MAX_LINES:
        limit = {"limit": MAX_LINES}
        reader.refuse("lines", "out_of_range", _("A document has 1 to %(limit)d lines.") % limit)
    reference, reason = reader.text("reference").strip(), reader.text("reason").strip()
    if not reason:
        reader.refuse("reason", "required", _("Say why, in a few words."))
    location_id = reader.reference("location")
    if reader.errors:
        raise InvalidInput(errors=reader.errors)
    return Paper(location_id, reference, reason, tuple(lines), reader.flag("confirmed"), expected)


def differences(paper: Paper) -> list[dict[str, Any]]:
    """Return for each line what the book says, what was counted, and whether orders need more than that."""
    here = skus_at([sku_id for sku_id, _quantity in paper.lines], paper.location_id)
    found = []
    for sku_id, counted in paper.lines:
        book = here.get(sku_id, {"on_hand": 0, "reserved": 0})
        found.append(
            {
                "sku": sku_id,
                **book,
                "counted": counted,
                "difference": counted - book["on_hand"],
                "below": counted < book["reserved"],
            }
        )
    return found


def _at_its_lines(refusal: CountBelowReserved, paper: Paper) -> CountBelowReserved:
    place = {sku_id: index for index, (sku_id, _quantity) in enumerate(paper.lines)}
    errors = [
        FieldError(
            f"lines.{place[line['sku']]}.quantity",
            "below_reserved",
            _("%(reserved)d pieces are promised to orders.") % {"reserved": line["reserved"]},
        )
        for line in refusal.extra["lines"]
    ]
    return CountBelowReserved(errors=errors, **refusal.extra)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
