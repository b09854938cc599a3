"""The sidebar, built from the pages that are registered and that this person may open."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from unfold.dataclasses import SearchResult

from shop.core.console import ConsolePage, NavGroup, ShopModelAdmin, console_pages, may

Entry = tuple[NavGroup, int, dict[str, Any]]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's groups in their fixed order; a group nobody may open is left out."""
    groups = []
    entries = sorted(_entries(request), key=lambda entry: (entry[1], entry[2]["title"]))
    for group in NavGroup:
        items = [item for owner, _order, item in entries if owner is group]
        if items:
            groups.append({"title": group.title, "separator": False, "items": items})
    return groups


def search_pages(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return the pages whose title contains the term, for the command palette."""
    return [
        SearchResult(title=item["title"], description=group.title, link=item["link"], icon=item["icon"])
        for group, _order, item in _entries(request)
        if term in item["title"].lower()
    ]


def _entries(request: HttpRequest) -> list[Entry]:
    return [*_page_entries(request), *_model_entries(request)]


def _page_entries(request: HttpRequest) -> list[Entry]:
    return [
        (page.nav_group, page.nav_order, _page_item(page, request))
        for page in console_pages()
        if page.nav_group is not None and may(request.user, page.permission)
    ]


def _page_item(page: type[ConsolePage], request: HttpRequest) -> dict[str, Any]:
    return _item(str(page.title), page.nav_icon, reverse(f"admin:{page.name}"), page.nav_badge(request))


def _model_entries(request: HttpRequest) -> list[Entry]:
    found: list[Entry] = []
    for model, page in admin.site._registry.items():
        if not isinstance(page, ShopModelAdmin) or page.nav_group is None:
            continue
        if not page.has_view_permission(request):
            continue
        link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        title = str(page.nav_title) or capfirst(str(model._meta.verbose_name_plural))
        item = _item(title, page.nav_icon, link, page.nav_badge(request))
        found.append((page.nav_group, page.nav_order, item))
    return found


def _item(title: str, icon: str, link: str, badge: int) -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "icon": icon, "link": link}
    if badge:
        item["badge"] = str(badge) if badge < 100 else "99+"
        item["badge_variant"] = "danger"
    return item
