"""What to order: available, sold, days of cover, pieces to order; sortable and filtered."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.admin.stock.cells import LONG_COLUMNS, ROW_RELATIONS
from catalog.badges import ALERTS
from catalog.models import Brand, Location, Stock
from catalog.permissions import RECEIVE_STOCK, SEE_STOCK
from catalog.queries import replenishment
from catalog.queries.console import below_category, sold_out_seconds, stock_found
from catalog.queries.editing import category_choices
from shop.core import runtime
from shop.core.console import ConsolePage, NavGroup, console_page, may

PAGE = 50
LAST_PAGE = 2000
DAY = 86_400
COLUMNS: tuple[tuple[str, Any], ...] = (
    ("to_order", _("To order")),
    ("free", _("Available")),
    ("reserved", _("Reserved")),
    ("sold_7", _("Sold in 7 days")),
    ("sold_30", _("Sold in 30 days")),
    ("cover_days", _("Days of cover")),
    ("sold_out", _("Sold-out days (30)")),
)
SORTS = {name for name, _title in COLUMNS}
SHORTAGES = [("order", _("To be ordered")), *Stock.Alert.choices]


@console_page
class ReplenishmentPage(ConsolePage):
    """The buyer's list."""

    name = "replenishment"
    path = "stock/replenishment/"
    title = _("Replenishment")
    template_name = "catalog/console/replenishment.html"
    permission = SEE_STOCK
    nav_group = NavGroup.CATALOG
    nav_icon = "shopping_cart_checkout"
    nav_order = 46

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of rows; one row more than shown tells whether there is a next page."""
        query = self.request.GET
        sort, is_descending = _sort(query.get("sort", "-to_order"))
        page = min(_whole(query.get("page")) or 1, LAST_PAGE)
        found = _ordered(_narrow(query), sort, is_descending)
        rows = list(found[(page - 1) * PAGE : page * PAGE + 1])
        for row in rows:
            row.variant = ALERTS[row.shortage]
            row.words = dict(Stock.Alert.choices)[row.shortage]
            row.days_out = f"{row.sold_out / DAY:.1f}" if row.sold_out >= DAY // 20 else ""
        return super().get_context_data(
            rows=rows[:PAGE],
            page=page,
            has_next=len(rows) > PAGE,
            columns=_heads(sort, is_descending),
            cover_days=runtime.value("replenish_cover_days"),
            may_receive=may(self.request.user, RECEIVE_STOCK),
            stock_in=reverse("admin:stock_in"),
            **_choices(query),
            **kwargs,
        )


def _narrow(query: Mapping[str, str]) -> QuerySet[Any]:
    rows = replenishment(location_id=_whole(query.get("location")))
    text = query.get("q", "").strip()
    if text:
        rows = rows.filter(stock_found(text))
    category, brand = _whole(query.get("category")), _whole(query.get("brand"))
    if category is not None:
        rows = rows.filter(sku__product__category__in=below_category(category))
    if brand is not None:
        rows = rows.filter(sku__product__brand=brand)
    shortage = query.get("shortage", "")
    if shortage == "order":
        rows = rows.filter(to_order__gt=0)
    elif shortage in Stock.Alert.values:
        rows = rows.filter(shortage=shortage)
    if query.get("on_sale") == "1":
        rows = rows.filter(Q(sku__product__state="on_sale"))
    return (
        rows.select_related(*ROW_RELATIONS, "pace").defer(*LONG_COLUMNS).annotate(sold_out=sold_out_seconds())
    )


def _ordered(rows: QuerySet[Any], sort: str, is_descending: bool) -> QuerySet[Any]:
    column = F(sort)
    order = column.desc(nulls_last=True) if is_descending else column.asc(nulls_last=True)
    return rows.order_by(order, "pk")


def _sort(text: str) -> tuple[str, bool]:
    name = text.removeprefix("-")
    return (name, text.startswith("-")) if name in SORTS else ("to_order", True)


def _heads(sort: str, is_descending: bool) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "next": f"-{name}" if name != sort or not is_descending else name,
            "mark": ("▼" if is_descending else "▲") if name == sort else "",
        }
        for name, title in COLUMNS
    ]


def _choices(query: Mapping[str, str]) -> dict[str, Any]:
    return {
        "locations": Location.objects.order_by("-is_default", "name"),
        "categories": category_choices(),
        "brands": Brand.objects.all(),
        "shortages": SHORTAGES,
        "chosen": {
            name: query.get(name, "")
            for name in ("q", "location", "category", "brand", "shortage", "on_sale")
        },
    }


def _whole(text: str | None) -> int | None:
    """Return a positive number; ``None`` for anything else."""
    usable = text is not None and text.isascii() and text.isdigit() and len(text) < 19
    return int(str(text)) if usable and int(str(text)) else None
