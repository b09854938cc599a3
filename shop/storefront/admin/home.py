"""The home page in the console: its sections in order, and the editor of one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import HomeSection
from catalog.permissions import EDIT_HOME, SEE_HOME
from catalog.rules.home import MOST_ITEMS
from catalog.services.home import (
    delete_home_section,
    move_home_section,
    save_home_section,
    show_home_section,
)
from shop.core import clock
from shop.core.console import ConsolePage, NavGroup, actor_of, console_page, may, refusal_text
from shop.core.errors import ShopError
from shop.storefront.admin.forms import SectionForm, rows_of, rows_sent, section_fields

Kind = HomeSection.Kind


@console_page
class HomePage(ConsolePage):
    """The sections in the order of the screen."""

    name = "home_sections"
    path = "home/"
    title = gettext_lazy("Home page")
    template_name = "storefront/home.html"
    permission = SEE_HOME
    nav_group = NavGroup.CATALOG
    nav_icon = "home_storage"
    nav_order = 60

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sections with what each of them shows now."""
        sections = HomeSection.objects.select_related("category", "tag").prefetch_related("items")
        now = clock.now()
        return super().get_context_data(
            sections=[_card(section, now) for section in sections.order_by("position", "id")],
            kinds=Kind.choices,
            may_edit=may(self.request.user, EDIT_HOME),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Move, show, hide or delete a section."""
        action, _sep, number = request.POST.get("do", "").partition(":")
        if not number.isdigit():
            raise Http404
        actor, section_id = actor_of(request), int(number)
        try:
            if action in ("up", "down"):
                move_home_section(actor=actor, section_id=section_id, steps=-1 if action == "up" else 1)
            elif action in ("show", "hide"):
                show_home_section(actor=actor, section_id=section_id, is_visible=action == "show")
            elif action == "delete":
                delete_home_section(actor=actor, section_id=section_id)
                messages.success(request, _("The section is deleted."))
            else:
                raise Http404
        except ShopError as refusal:
            messages.error(request, refusal_text(refusal))
        return HttpResponseRedirect(reverse("admin:home_sections"))


def _card(section: HomeSection, now: Any) -> dict[str, Any]:
    if not section.is_visible:
        state, variant = _("hidden"), "neutral"
    elif section.starts_at and section.starts_at > now:
        state, variant = _("not yet"), "info"
    elif section.ends_at and section.ends_at <= now:
        state, variant = _("over"), "warning"
    else:
        state, variant = _("shown"), "success"
    rows = rows_of(section)
    return {"section": section, "rows": rows[:12], "state": state, "variant": variant, "count": len(rows)}


class _Editor(ConsolePage):
    """The form of one section."""

    template_name = "storefront/section.html"
    permission = EDIT_HOME

    def section(self) -> HomeSection:
        """Return the section that is edited, new or not."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form and the rows of items."""
        section = kwargs.pop("section", None) or self.section()
        form = kwargs.pop("form", None) or SectionForm.of(section)
        rows = kwargs.pop("rows", None)
        return super().get_context_data(
            section=section,
            form=form,
            rows=rows_of(section) if rows is None else rows,
            most=MOST_ITEMS[section.kind],
            shows_pictures=section.kind in (Kind.BANNERS, Kind.SHORTCUTS),
            is_group=section.kind == Kind.PRODUCTS,
            lookup=reverse("admin:storefront_lookup"),
            categories=form.category_choices(),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save the section, or show what is wrong beside it; pictures sent stay with the form."""
        section, form = self.section(), SectionForm(request.POST)
        rows = rows_sent(request, actor_of(request))
        if form.is_valid() and not any(row.errors for row in rows):
            try:
                fields = section_fields(section.kind, form.cleaned_data, rows)
                saved = save_home_section(actor=actor_of(request), fields=fields, section_id=section.pk)
            except ShopError as refusal:
                form.show(refusal, rows)
            else:
                messages.success(request, _("Saved: shoppers see it within seconds."))
                if "_continue" in request.POST:
                    return HttpResponseRedirect(reverse("admin:home_section", args=[saved.pk]))
                return HttpResponseRedirect(reverse("admin:home_sections"))
        return self.render_to_response(self.get_context_data(section=section, form=form, rows=rows))


@console_page
class SectionPage(_Editor):
    """A section that exists."""

    name = "home_section"
    path = "home/<id:section_id>/"
    title = gettext_lazy("Edit a section")

    def section(self) -> HomeSection:
        """Return it, or 404."""
        found = HomeSection.objects.filter(pk=self.kwargs["section_id"]).first()
        if found is None:
            raise Http404
        return found


@console_page
class NewSectionPage(_Editor):
    """A section that is about to be."""

    name = "new_home_section"
    path = "home/new/<slug:kind>/"
    title = gettext_lazy("Add a section")

    def section(self) -> HomeSection:
        """Return an unsaved one of the kind in the address, or 404."""
        if self.kwargs["kind"] not in Kind.values:
            raise Http404
        return HomeSection(kind=self.kwargs["kind"])
