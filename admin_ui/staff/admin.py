"""The list of staff and the page of one account."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from admin_ui.staff import services
from admin_ui.staff.forms import StaffForm
from admin_ui.staff.pages import link_response
from admin_ui.staff.queries import all_roles
from shop.core.access import role_title
from shop.core.console import NavGroup, ShopModelAdmin, actor_of, console_action
from shop.core.console.columns import badge_html

admin.site.unregister(User)
admin.site.unregister(Group)


class RoleFilter(admin.SimpleListFilter):
    """Who has a role, by its name in the reader's language."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every role."""
        return [(str(role.pk), role_title(role)) for role in all_roles()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep those who have it."""
        chosen = self.value()
        if chosen not in {str(key) for key, _title in self.lookup_choices}:
            return queryset
        return queryset.filter(groups=int(chosen))


@admin.register(User)
class StaffAdmin(ShopModelAdmin):
    """Colleagues. Accounts are shut, never deleted: the audit record names them."""

    view_permission = "core.view_staff"
    add_permission = services.MANAGE_STAFF
    change_permission = services.MANAGE_STAFF
    nav_group = NavGroup.STAFF
    nav_icon = "badge"
    nav_order = 10
    nav_title = _("Staff")
    form = StaffForm
    list_display = ("username", "first_name", "roles", "state", "last_login")
    list_filter = ("is_active", RoleFilter)
    search_fields = ("username", "first_name")
    ordering = ("username",)
    fieldsets = ((None, {"fields": ("username", "first_name", "roles", "last_login", "date_joined")}),)
    add_fieldsets = ((None, {"fields": ("username", "first_name", "roles")}),)
    actions_detail = ("disable", "enable", "reset_password")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Only staff: shoppers have no account here."""
        found: QuerySet[User] = super().get_queryset(request).filter(is_staff=True)
        return found.prefetch_related("groups__ready_role")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """A user name is for life: the audit record quotes it."""
        return ("last_login", "date_joined", *(("username",) if obj else ()))

    @admin.display(description=_("Roles"))
    def roles(self, user: User) -> str:
        """Return the names of the roles."""
        names = [role_title(group) for group in user.groups.all()]
        if user.is_superuser:
            names.insert(0, str(_("Everything (superuser)")))
        return ", ".join(names) or "-"

    @admin.display(description=_("State"), ordering="is_active")
    def state(self, user: User) -> SafeString:
        """Return whether the account is open, shut, or waits for its person to choose a password."""
        if not user.is_active:
            return badge_html(_("shut"), "neutral")
        if not user.has_usable_password():
            return badge_html(_("no password yet"), "warning")
        return badge_html(_("active"), "success")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """One button to save: after opening an account its link must be seen."""
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """Hand over to the services; the form itself saves nothing."""
        roles = list(form.cleaned_data["roles"])
        name = form.cleaned_data["first_name"]
        if change:
            services.change_staff(actor=actor_of(request), user_id=obj.pk, name=name, roles=roles)
            return
        created = services.create_staff(
            actor=actor_of(request), username=form.cleaned_data["username"], name=name, roles=roles
        )
        obj.pk, obj.password = created.pk, created.password

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Nothing: the services have stored the roles."""

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the one-time link with which the colleague chooses a password."""
        context = {**self.admin_site.each_context(request), "title": _("Account opened")}
        return link_response(request, User.objects.get(pk=obj.pk), context)

    @console_action(
        permission=services.MANAGE_STAFF,
        title=_("Shut account"),
        confirm=_("The colleague is logged out at once and cannot log in any more."),
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def disable(self, request: HttpRequest, user: User, data: dict[str, Any]) -> None:
        """Shut the account."""
        services.disable_staff(actor=actor_of(request), user_id=user.pk, reason=data["reason"])

    @console_action(
        permission=services.MANAGE_STAFF,
        title=_("Open account again"),
        confirm=_("The colleague can log in again, with the same roles and password."),
        icon="lock_open",
    )
    def enable(self, request: HttpRequest, user: User, data: dict[str, Any]) -> None:
        """Open the account again."""
        services.enable_staff(actor=actor_of(request), user_id=user.pk, reason=data["reason"])

    def reset_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that resets and shows the link once."""
        return HttpResponseRedirect(reverse("admin:reset_password", args=[object_id]))

    reset_password.short_description = _("Reset password")  # type: ignore[attr-defined]
    reset_password.url_path = "reset-password"  # type: ignore[attr-defined]
    reset_password.attrs = {}  # type: ignore[attr-defined]
    reset_password.icon = "key"  # type: ignore[attr-defined]
    reset_password.variant = ActionVariant.DEFAULT  # type: ignore[attr-defined]
    reset_password.console_permission = services.MANAGE_STAFF  # type: ignore[attr-defined]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer only the one of "shut" and "open again" that makes sense."""
        user = self.get_object(request, str(object_id))
        senseless = "enable" if user is None or user.is_active else "disable"
        offered: list[Any] = super().get_actions_detail(request, object_id)
        return [action for action in offered if not action.action_name.endswith(f"_{senseless}")]
