"""The console's site: unfold's looks, our pages, our start page, and refusals that read like sentences."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from admin_ui.navigation import todos
from shop.core.console import console_pages, refusal_text
from shop.core.errors import ShopError

View = Callable[..., HttpResponseBase]


class ConsoleSite(UnfoldAdminSite):
    """``django.contrib.admin.site`` of the shop."""

    index_template = "admin_ui/home.html"
    login_template = "admin_ui/login.html"
    enable_nav_sidebar = True

    def extra_urls(self) -> list[URLPattern]:
        """Return the routes of every registered page that is not about one model."""
        from admin_ui.staff.pages import ChoosePasswordView  # pages exist once the site does

        return [
            *(path(page.path, self.admin_view(page.as_view()), name=page.name) for page in console_pages()),
            path("password/<uidb64>/<token>/", ChoosePasswordView.as_view(), name="choose_password"),
        ]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Wrap a view: log in first; a missing permission or a refusal is a page, never a bare error."""
        guarded: View = super().admin_view(self._answering(view), cacheable)
        return guarded

    def _answering(self, view: View) -> View:
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied:
                return self._message(
                    request,
                    status=403,
                    title=_("You may not open this page"),
                    text=_("Your role does not include this. Ask the shop's owner if you need it."),
                )
            except Http404:
                return self._message(
                    request,
                    status=404,
                    title=_("This does not exist"),
                    text=_("It may have been removed, or the address is mistyped."),
                )
            except ShopError as refusal:
                title = _("This could not be done")
                return self._message(request, status=refusal.status, title=title, text=refusal_text(refusal))

        answer.__name__ = getattr(view, "__name__", type(view).__name__)
        return answer

    def _message(self, request: HttpRequest, *, status: int, title: str, text: str) -> TemplateResponse:
        context = {**self.each_context(request), "title": title, "text": text, "status": status}
        return TemplateResponse(request, "admin_ui/message.html", context, status=status)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return Django's list of models, made when somebody looks at it.

        Every page has it in its context and none shows it, since the sidebar is ours; asking each model for
        each permission was a fifth of a page's time.
        """
        listed = super().get_app_list
        return SimpleLazyObject(lambda: listed(request, app_label))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for this person."""
        page: TemplateResponse = super().index(
            request, {"title": _("Home"), "todos": todos(request), **(extra_context or {})}
        )
        return page
