"""The tabs above the order list, and the list of one member's orders."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.queries.staff import STAFF_TABS, TROUBLE, count_tabs, in_tab

TAB_TITLES: dict[str, str | Promise] = {
    "": _("All"),
    "to_pay": _("To pay"),
    "to_ship": _("To ship"),
    "partly_shipped": _("Partly shipped"),
    "shipped": _("Shipped"),
    "to_pick_up": _("To pick up"),
    "completed": _("Finished"),
    "ended": _("Closed"),
    TROUBLE: _("Trouble"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab as the list shows it; ``count`` is None where nobody counts."""

    title: str
    query: str
    is_chosen: bool
    count: int | None
    is_urgent: bool


def tabs(request: HttpRequest) -> list[Tab]:
    """Return the tabs; other filters stay when one is chosen, a search is over. Three queries at most."""
    counts = count_tabs()
    chosen = "" if request.GET.get("q") else request.GET.get(TabFilter.parameter_name, "")
    kept = request.GET.copy()
    for name in ("q", "p", TabFilter.parameter_name):
        kept.pop(name, None)
    found = []
    for tab, title in TAB_TITLES.items():
        query = kept.copy()
        if tab:
            query[TabFilter.parameter_name] = tab
        count = counts.get(tab)
        found.append(
            Tab(str(title), "?" + query.urlencode(), tab == chosen, count, tab == TROUBLE and bool(count))
        )
    return found


class _HiddenFilter(admin.SimpleListFilter):
    """A filter that is chosen elsewhere; it only stays in the address."""

    template = "orders/hidden_filter.html"

    def choices(self, changelist: Any) -> Any:
        """Give the template what it must keep."""
        yield {"name": self.parameter_name, "value": self.value() or ""}


class TabFilter(_HiddenFilter):
    """Keeps the orders of the chosen tab. A search looks in all of them."""

    title = _("tab")
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every tab there is."""
        return [(tab, tab) for tab in (*STAFF_TABS, TROUBLE)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Keep the tab's orders."""
        value = self.value()
        if not value or request.GET.get("q"):
            return queryset
        return in_tab(queryset, value)


class MemberFilter(_HiddenFilter):
    """Keeps the orders of one member, as the member's page links to them."""

    title = _("member")
    parameter_name = "member"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Any member; the page of one leads here."""
        return [("", "")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Keep the member's orders; what is no number finds nothing."""
        value = self.value()
        if not value:
            return queryset
        is_id = value.isascii() and value.isdigit() and len(value) < 19
        return queryset.filter(member_id=int(value)) if is_id else queryset.none()
