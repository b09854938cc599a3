"""Accounts, the matrix of roles, and the page where a person chooses a password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm as BaseSetPasswordForm
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from admin_ui.staff import rules, services
from admin_ui.staff.forms import SetPasswordForm
from admin_ui.staff.queries import matrix, role_actions
from shop.core.access import role_title
from shop.core.console import (
    ActionForm,
    ConsolePage,
    NavGroup,
    actor_of,
    console_page,
    may,
    refusal_text,
)
from shop.core.errors import ShopError


class RoleForm(forms.Form):
    """The name of a new role."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, widget=UnfoldAdminTextInputWidget)


@console_page
class RolesPage(ConsolePage):
    """Which role may do what, as a matrix; a form for one more role."""

    name = "roles"
    path = "roles/"
    title = gettext_lazy("Roles")
    template_name = "admin_ui/staff/roles.html"
    permission = "core.view_staff"
    nav_group = NavGroup.STAFF
    nav_icon = "admin_panel_settings"
    nav_order = 20

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the matrix."""
        manages = may(self.request.user, services.MANAGE_STAFF)
        return super().get_context_data(
            **{"matrix": matrix(), "may_manage": manages, "form": RoleForm(), **kwargs}
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Make a role and go on to its page."""
        form = RoleForm(request.POST)
        if form.is_valid():
            try:
                role = services.create_role(actor=actor_of(request), name=form.cleaned_data["name"])
            except ShopError as refusal:
                form.add_error("name", refusal_text(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:role", args=[role.pk]))
        return self.render_to_response(self.get_context_data(form=form))


@console_page
class RolePage(ConsolePage):
    """What one role may do, with a tick per business action."""

    name = "role"
    path = "roles/<int:role_id>/"
    title = gettext_lazy("Role")
    template_name = "admin_ui/staff/role.html"
    permission = "core.view_staff"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the role, its ticks and the people who have it."""
        role = get_object_or_404(Group, pk=kwargs["role_id"])
        fixed = rules.is_owner_group(role)
        return super().get_context_data(
            **{
                "title": role_title(role),
                "role": role,
                "fixed": fixed,
                "groups": role_actions(role),
                "people": role.user_set.filter(is_staff=True).order_by("username"),
                "may_manage": may(self.request.user, services.MANAGE_STAFF) and not fixed,
                "form": ActionForm(),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, role_id: int) -> HttpResponseBase:
        """Store the ticks."""
        form = ActionForm(request.POST)
        if form.is_valid():
            try:
                services.change_role(
                    actor=actor_of(request),
                    role_id=role_id,
                    codenames=set(request.POST.getlist("actions")),
                    reason=form.cleaned_data["reason"],
                )
            except ShopError as refusal:
                messages.error(request, refusal_text(refusal))
            else:
                messages.success(request, _("The role was saved. It holds at once for everybody who has it."))
            return HttpResponseRedirect(reverse("admin:role", args=[role_id]))
        return self.render_to_response(self.get_context_data(role_id=role_id, form=form))


@console_page
class ResetPasswordPage(ConsolePage):
    """Make a colleague's password worthless and show, once, the link to choose a new one."""

    name = "reset_password"
    path = "staff/<int:user_id>/password/"
    title = gettext_lazy("Reset password")
    template_name = "admin_ui/staff/reset_password.html"
    permission = services.MANAGE_STAFF

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the colleague."""
        person = get_object_or_404(User, pk=kwargs["user_id"], is_staff=True)
        return super().get_context_data(**{"person": person, "form": ActionForm(), **kwargs})

    def post(self, request: HttpRequest, user_id: int) -> HttpResponseBase:
        """Reset, and show the link in this answer only: it is kept nowhere."""
        form = ActionForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(user_id=user_id, form=form))
        user = services.reset_password(
            actor=actor_of(request), user_id=user_id, reason=form.cleaned_data["reason"]
        )
        context = self.get_context_data(user_id=user_id)
        return link_response(request, user, context)


def link_response(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:
    """Return the page with the one-time link for an account without a password."""
    account, token = services.password_link(user)
    link = request.build_absolute_uri(reverse("admin:choose_password", args=[account, token]))
    return TemplateResponse(request, "admin_ui/staff/link.html", {**context, "person": user, "link": link})


class ChoosePasswordView(PasswordResetConfirmView):
    """Where the one-time link leads: open to whoever holds it, good once."""

    template_name = "admin_ui/staff/choose_password.html"
    form_class = SetPasswordForm
    success_url = reverse_lazy("admin:login")
    title = gettext_lazy("Choose your password")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the console's frame."""
        from django.contrib import admin

        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}

    def form_valid(self, form: BaseSetPasswordForm) -> HttpResponse:
        """Store the password; the link is worthless from now on."""
        services.choose_password(user_id=form.user.pk, password=form.cleaned_data["new_password1"])
        del self.request.session["_password_reset_token"]
        messages.success(self.request, _("Your password is set. You can log in now."))
        return HttpResponseRedirect(str(self.get_success_url()))
