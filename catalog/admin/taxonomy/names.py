"""Brands, tags, attributes and service promises: plain tables that staff keep in order."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db.models import FileField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminImageFieldWidget, UnfoldAdminSelectWidget

from catalog.models import Attribute, Brand, Category, HotWord, ServicePromise, Tag
from catalog.permissions import EDIT_TAXONOMY, SEE_PRODUCTS
from catalog.queries.editing import category_choices
from catalog.queries.images import image_url
from catalog.rules.pictures import UnusablePicture, clean_picture
from catalog.services.media import refused_picture
from catalog.services.taxonomy import rename_brand, rename_tag
from shop.core.console import NavGroup, ShopModelAdmin, actor_of


class PictureField(forms.FileField):
    """An uploaded picture, decoded and written anew without metadata, under a name that we make."""

    widget = UnfoldAdminImageFieldWidget

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the clean picture; anything else is a mistake."""
        found = super().clean(data, initial)
        if not hasattr(found, "read") or found is initial:
            return found
        try:
            picture = clean_picture(found.read(), render=False)
        except UnusablePicture as refusal:
            raise ValidationError(str(refused_picture(refusal).detail)) from refusal
        digest = hashlib.sha256(picture.content).hexdigest()[:32]
        return ContentFile(picture.content, name=f"{digest}.{picture.extension}")


class TaxonomyAdmin(ShopModelAdmin):
    """What these tables have in common."""

    view_permission = SEE_PRODUCTS
    add_permission = change_permission = delete_permission = EDIT_TAXONOMY
    nav_group = NavGroup.CATALOG
    search_fields = ("name",)
    ordering = ("position", "pk")
    formfield_overrides: dict[Any, Any] = {
        **ShopModelAdmin.formfield_overrides,
        FileField: {"form_class": PictureField},
    }


@admin.register(Brand)
class BrandAdmin(TaxonomyAdmin):
    """Brands."""

    nav_icon = "verified"
    nav_order = 22
    list_display = ("name", "picture", "position")
    fields = ("name", "logo", "story", "position")

    @admin.display(description=_("logo"))
    def picture(self, brand: Brand) -> SafeString | str:
        """Show the logo."""
        if not brand.logo:
            return "-"
        return format_html(
            '<img src="{}" alt="" width="32" height="32" class="console-logo" loading="lazy">',
            image_url(brand.logo.name),
        )

    def save_model(self, request: HttpRequest, obj: Brand, form: forms.ModelForm, change: bool) -> None:
        """Rename through the service, which lets the search follow; then store the rest."""
        if change and "name" in form.changed_data:
            rename_brand(actor=actor_of(request), brand_id=obj.pk, name=obj.name)
        super().save_model(request, obj, form, change)


@admin.register(Tag)
class TagAdmin(TaxonomyAdmin):
    """Tags."""

    nav_icon = "sell"
    nav_order = 24
    list_display = ("name", "position")
    fields = ("name", "position")

    def save_model(self, request: HttpRequest, obj: Tag, form: forms.ModelForm, change: bool) -> None:
        """Rename through the service, which lets the search follow; then store the rest."""
        if change and "name" in form.changed_data:
            rename_tag(actor=actor_of(request), tag_id=obj.pk, name=obj.name)
        super().save_model(request, obj, form, change)


@admin.register(Attribute)
class AttributeAdmin(TaxonomyAdmin):
    """Attributes."""

    nav_icon = "tune"
    nav_order = 26
    list_display = ("name", "category", "is_filter", "position")
    list_select_related = ("category",)
    fields = ("name", "category", "is_filter", "position")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the category tree, indented; none means the whole shop."""
        if db_field.name != "category":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        choices = [("", _("the whole shop")), *((row.id, row.full_name) for row in category_choices())]
        field = forms.ModelChoiceField(
            Category.objects.all(), required=False, label=_("Category"), widget=UnfoldAdminSelectWidget
        )
        field.widget.choices = choices
        return field


@admin.register(ServicePromise)
class ServicePromiseAdmin(TaxonomyAdmin):
    """Service promises."""

    nav_icon = "handshake"
    nav_order = 28
    list_display = ("name", "description", "position")
    fields = ("name", "description", "position")


@admin.register(HotWord)
class HotWordAdmin(TaxonomyAdmin):
    """Hot words of the search."""

    nav_icon = "local_fire_department"
    nav_order = 30
    list_display = ("term", "is_blocked", "position")
    list_filter = ("is_blocked",)
    search_fields = ("term",)
    fields = ("term", "is_blocked", "position")
