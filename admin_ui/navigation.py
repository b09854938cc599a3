"""Sidebar, command palette and to-do list, built from the registered pages that this person may open."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from unfold.dataclasses import SearchResult

from shop.core.console import NavGroup, ShopModelAdmin, console_pages, may

BADGE_MAX = 99


@dataclass(frozen=True)
class NavEntry:
    """One page in the sidebar; ``waiting`` is how many things need somebody there."""

    group: NavGroup
    order: int
    title: str
    icon: str
    link: str
    waiting: int
    hint: str

    def as_item(self) -> dict[str, Any]:
        """Return the entry as the theme wants it."""
        item: dict[str, Any] = {"title": self.title, "icon": self.icon, "link": self.link}
        if self.waiting:
            item["badge"] = str(self.waiting) if self.waiting <= BADGE_MAX else f"{BADGE_MAX}+"
            item["badge_variant"] = "danger"
        return item


def entries(request: HttpRequest) -> list[NavEntry]:
    """Return what this person may open, in the order of the screen; counted once per request."""
    known: list[NavEntry] | None = getattr(request, "console_entries", None)
    if known is None:
        groups = list(NavGroup)
        found = [*_page_entries(request), *_model_entries(request)]
        known = sorted(found, key=lambda entry: (groups.index(entry.group), entry.order, entry.title))
        request.console_entries = known  # type: ignore[attr-defined]
    return known


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar; a group in which nobody may open anything is left out."""
    blocks = []
    for group in NavGroup:
        items = [entry.as_item() for entry in entries(request) if entry.group is group]
        if items:
            blocks.append({"title": group.title, "items": items})
    return blocks


def todos(request: HttpRequest) -> list[NavEntry]:
    """Return the pages where something waits for this person."""
    return [entry for entry in entries(request) if entry.waiting]


def search_pages(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return the pages whose title contains the term, for the command palette."""
    return [
        SearchResult(title=entry.title, description=entry.group.title, link=entry.link, icon=entry.icon)
        for entry in entries(request)
        if term in entry.title.lower()
    ]


def _page_entries(request: HttpRequest) -> list[NavEntry]:
    return [
        NavEntry(
            group=page.nav_group,
            order=page.nav_order,
            title=str(page.title),
            icon=page.nav_icon,
            link=reverse(f"admin:{page.name}"),
            waiting=page.nav_badge(request),
            hint=str(page.nav_hint),
        )
        for page in console_pages()
        if page.nav_group is not None and may(request.user, page.permission)
    ]


def _model_entries(request: HttpRequest) -> list[NavEntry]:
    found = []
    for model, page in admin.site._registry.items():
        if not isinstance(page, ShopModelAdmin) or page.nav_group is None:
            continue
        if page.has_view_permission(request):
            label = f"{model._meta.app_label}_{model._meta.model_name}"
            entry = NavEntry(
                group=page.nav_group,
                order=page.nav_order,
                title=str(page.nav_title) or capfirst(str(model._meta.verbose_name_plural)),
                icon=page.nav_icon,
                link=reverse(f"admin:{label}_changelist"),
                waiting=page.nav_badge(request),
                hint=str(page.nav_hint),
            )
            found.append(entry)
    return found
