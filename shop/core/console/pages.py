"""Console pages that are not about one model: workbenches, boards, settings."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.views.generic import TemplateView

from shop.core.console.access import may
from shop.core.console.navigation import NavGroup


class ConsolePage(TemplateView):
    """A page below ``/admin/`` with the console's frame, open to holders of one business action.

    Register it with :func:`console_page` in an app's ``admin`` module; it then has the URL name
    ``admin:<name>`` and, with a ``nav_group``, its place in the sidebar.
    """

    name: ClassVar[str]
    """URL name."""
    path: ClassVar[str]
    """Path below ``/admin/``, with a trailing slash; it may contain path converters."""
    title: ClassVar[str | Promise]
    permission: ClassVar[str]
    nav_group: ClassVar[NavGroup | None] = None
    nav_icon: ClassVar[str] = "draft"
    nav_order: ClassVar[int] = 50
    nav_hint: ClassVar[str | Promise] = ""
    """What to do about the things counted by ``nav_badge``, for the to-do list."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever lacks the page's permission, whatever the method."""
        if not may(request.user, self.permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the console's frame and the page's title around the page's own data."""
        self.request.current_app = admin.site.name
        return {
            **admin.site.each_context(self.request),
            "title": self.title,
            **super().get_context_data(**kwargs),
        }

    @classmethod
    def nav_badge(cls, request: HttpRequest) -> int:
        """Return how many things wait here; 0 shows no badge."""
        return 0


_PAGES: list[type[ConsolePage]] = []


def console_page(page: type[ConsolePage]) -> type[ConsolePage]:
    """Class decorator: put a page into the console."""
    _PAGES.append(page)
    return page


def console_pages() -> tuple[type[ConsolePage], ...]:
    """Return every registered page."""
    return tuple(_PAGES)
