"""Stores, stock locations and freight templates."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.models import FreightTemplate, Location, Store
from catalog.permissions import EDIT_PLACES, SEE_PRODUCTS
from catalog.services.places import set_default_freight, set_default_location
from shop.core.console import ConfirmForm, NavGroup, ShopModelAdmin, actor_of, console_action
from shop.core.errors import FieldError, InvalidInput


class PlacesAdmin(ShopModelAdmin):
    """What these tables have in common. Nothing is deleted: orders and stock go on naming it."""

    view_permission = SEE_PRODUCTS
    add_permission = change_permission = EDIT_PLACES
    nav_group = NavGroup.CATALOG


@admin.register(Store)
class StoreAdmin(PlacesAdmin):
    """Stores."""

    nav_icon = "store"
    nav_order = 70
    list_display = ("name", "phone", "city", "district", "opening_hours", "is_open", "position")
    list_filter = ("is_open",)
    search_fields = ("name",)
    fields = (
        "name",
        "phone",
        ("province", "city", "district"),
        "detail",
        ("latitude", "longitude"),
        "opening_hours",
        "is_open",
        "position",
    )


@admin.register(Location)
class LocationAdmin(PlacesAdmin):
    """Stock locations; the default one is where express orders draw from."""

    nav_icon = "pin_drop"
    nav_order = 72
    list_display = ("name", "kind", "store", "is_default")
    list_select_related = ("store",)
    fields = ("name", "kind", "store")
    actions_detail = ("make_default",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the stores by name: there are few."""
        return super().formfield_for_foreignkey(
            db_field, request, **{**kwargs, "widget": UnfoldAdminSelectWidget()}
        )

    def save_model(self, request: HttpRequest, obj: Location, form: forms.ModelForm, change: bool) -> None:
        """Refuse what the table would refuse, in words."""
        if (obj.kind == Location.Kind.STORE) != (obj.store_id is not None):
            detail = _("A store's location names its store; a warehouse names none.")
            raise InvalidInput(errors=[FieldError("store", "mismatch", detail)])
        super().save_model(request, obj, form, change)

    @console_action(
        permission=EDIT_PLACES,
        title=gettext_lazy("Make it the default"),
        confirm=gettext_lazy("Express orders draw from the default location from now on."),
        form=ConfirmForm,
        icon="star",
    )
    def make_default(self, request: HttpRequest, location: Location, data: dict[str, Any]) -> None:
        """Let express orders draw from it."""
        set_default_location(actor=actor_of(request), location_id=location.pk)


@admin.register(FreightTemplate)
class FreightTemplateAdmin(PlacesAdmin):
    """Freight templates; the default one is that of products without one."""

    nav_icon = "local_shipping"
    nav_order = 74
    list_display = ("name", "flat_fee", "free_over", "is_default")
    fields = ("name", "flat_fee", "free_over")
    actions_detail = ("make_default",)

    @console_action(
        permission=EDIT_PLACES,
        title=gettext_lazy("Make it the default"),
        confirm=gettext_lazy("Products without a template of their own follow it from now on."),
        form=ConfirmForm,
        icon="star",
    )
    def make_default(self, request: HttpRequest, template: FreightTemplate, data: dict[str, Any]) -> None:
        """Let products without a template follow it."""
        set_default_freight(actor=actor_of(request), template_id=template.pk)
