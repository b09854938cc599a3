"""The list of products: tabs by state, filters, search, bulk actions; the editor hangs below it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from catalog.admin.products import columns, editor, filters
from catalog.models import Product, Tag
from catalog.permissions import DELETE_PRODUCT, EDIT_PRODUCT, LIST_PRODUCT, SEE_PRODUCTS
from catalog.queries.console import search_products, with_stock
from catalog.queries.editing import category_choices
from catalog.services.products import (
    copy_product,
    delete_product,
    product_fields,
    restore_product,
    set_product_state,
    update_product,
)
from shop.core.console import ConfirmForm, NavGroup, ReadOnlyAdmin, actor_of, console_action, may

State = Product.State


class CategoryForm(ConfirmForm):
    """Asks where to move products."""

    category = forms.TypedChoiceField(
        label=gettext_lazy("Category"),
        coerce=int,
        choices=lambda: [(row.id, row.full_name) for row in category_choices()],
        widget=UnfoldAdminSelectWidget,
    )


class TagForm(ConfirmForm):
    """Asks which tags to put on and which to take off."""

    add = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Put on"),
        queryset=Tag.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    remove = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Take off"),
        queryset=Tag.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products."""

    view_permission = SEE_PRODUCTS
    add_permission = EDIT_PRODUCT
    nav_group = NavGroup.CATALOG
    nav_icon = "inventory_2"
    nav_order = 10
    paginator = InfinitePaginator
    list_before_template = "catalog/console/product_tabs.html"
    list_display = (columns.product_cell, "category", columns.prices, columns.stock, "sales", columns.state)
    list_display_links = None
    list_filter = (
        filters.StateFilter,
        filters.CategoryFilter,
        filters.BrandFilter,
        filters.TagFilter,
        filters.StockLevelFilter,
        filters.FindingFilter,
    )
    search_fields = ("title",)
    search_help_text = gettext_lazy("Title, SKU code or barcode")
    ordering = ("-pk",)
    sortable_by = (columns.prices, "sales")
    actions = ("put_on_sale", "take_off_sale", "move", "retag", "copy", "remove", "restore")

    class Media:
        css = {"all": ("catalog/console/goods.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Read what a row shows, and nothing long."""
        rows = Product.objects.select_related("category", "cover").defer("detail", "search", "attributes")
        return with_stock(rows).order_by("-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Search as shoppers do, and by code and barcode."""
        return (search_products(queryset, search_term) if search_term.strip() else queryset), False

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:  # type: ignore[override]
        """Show the button to whoever may create products."""
        return may(request.user, EDIT_PRODUCT)

    def get_urls(self) -> list[URLPattern]:
        """Add what the editor's script asks."""
        view = self.admin_site.admin_view
        own = [
            path("upload/", view(editor.upload), name="catalog_product_upload"),
            path("check/", view(editor.check), name="catalog_product_check"),
            path("<id:product_id>/copy/", view(editor.copy), name="catalog_product_copy"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer restoring in the recycle bin alone, and nothing else there."""
        offered = super().get_actions(request)
        in_bin = request.GET.get("state") == filters.BIN
        return {name: entry for name, entry in offered.items() if (name == "restore") == in_bin}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Hand over to the editor."""
        if object_id is None:
            return editor.editor_page(request, None)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        return editor.editor_page(request, int(object_id))

    @console_action(
        permission=LIST_PRODUCT,
        title=gettext_lazy("Put on sale"),
        confirm=gettext_lazy("Products without a picture or an active SKU are left as they are."),
        form=ConfirmForm,
    )
    def put_on_sale(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Put it on sale."""
        set_product_state(actor=actor_of(request), product_id=product.pk, state=State.ON_SALE)

    @console_action(permission=LIST_PRODUCT, title=gettext_lazy("Take off sale"), form=ConfirmForm)
    def take_off_sale(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Take it off sale."""
        set_product_state(actor=actor_of(request), product_id=product.pk, state=State.OFF_SALE)

    @console_action(permission=EDIT_PRODUCT, title=gettext_lazy("Move to a category"), form=CategoryForm)
    def move(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Give it another category."""
        self._change(request, product, category_id=data["category"])

    @console_action(permission=EDIT_PRODUCT, title=gettext_lazy("Change tags"), form=TagForm)
    def retag(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Put tags on and take tags off."""
        gone = {tag.pk for tag in data["remove"]}
        present = product_fields(product).tag_ids
        wanted = dict.fromkeys((*present, *(tag.pk for tag in data["add"])))
        self._change(request, product, tag_ids=tuple(pk for pk in wanted if pk not in gone))

    @console_action(
        permission=EDIT_PRODUCT,
        title=gettext_lazy("Copy"),
        confirm=gettext_lazy("Each copy is a draft with codes of its own."),
        form=ConfirmForm,
    )
    def copy(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Make a draft like it."""
        copy_product(actor=actor_of(request), product_id=product.pk)

    @console_action(
        permission=DELETE_PRODUCT,
        title=gettext_lazy("Move to the recycle bin"),
        confirm=gettext_lazy("Off sale at once and out of every list; it can be restored."),
        form=ConfirmForm,
    )
    def remove(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Move it to the recycle bin."""
        delete_product(actor=actor_of(request), product_id=product.pk)

    @console_action(
        permission=DELETE_PRODUCT,
        title=gettext_lazy("Restore"),
        confirm=gettext_lazy("Restored products are off sale."),
        form=ConfirmForm,
    )
    def restore(self, request: HttpRequest, product: Product, data: dict[str, Any]) -> None:
        """Take it out of the recycle bin."""
        restore_product(actor=actor_of(request), product_id=product.pk)

    def _change(self, request: HttpRequest, product: Product, **changes: Any) -> str | Promise | None:
        """Change fields of the product as it was read; a colleague's change meanwhile refuses it."""
        fields = replace(product_fields(product), **changes)
        update_product(
            actor=actor_of(request), product_id=product.pk, fields=fields, version=product.updated_at
        )
        return _("Done.")
