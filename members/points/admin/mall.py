"""The points mall."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.models import Sku
from members.points.models import MallGoods, Redemption
from members.points.permissions import EDIT_MALL, VIEW_POINTS
from members.points.services.mall_editing import change_goods, offer_goods
from shop.core.console import DayRangeFilter, NavGroup, ReadOnlyAdmin, ShopModelAdmin, actor_of, badge_html


class MallGoodsForm(forms.ModelForm):
    """Goods by the code of their SKU, which stays what it is."""

    sku_code = forms.CharField(
        label=gettext_lazy("SKU code"), max_length=40, widget=UnfoldAdminTextInputWidget()
    )

    class Meta:
        model = MallGoods
        fields: tuple[str, ...] = ()

    def clean_sku_code(self) -> str:
        """Find the SKU."""
        code = str(self.cleaned_data["sku_code"]).strip()
        sku = Sku.objects.filter(code=code, product__is_deleted=False).first()
        if sku is None:
            raise forms.ValidationError(_("There is no SKU with this code."))
        self.instance.sku = sku
        return code

    def clean(self) -> dict[str, Any]:
        """Refuse an offer that ends before it begins."""
        data: dict[str, Any] = super().clean() or {}
        starts, ends = data.get("starts_at"), data.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("It must end after it begins."))
        return data


@admin.register(MallGoods)
class MallGoodsAdmin(ShopModelAdmin):
    """What points buy, for how many, and how many pieces."""

    form = MallGoodsForm
    view_permission = VIEW_POINTS
    add_permission = EDIT_MALL
    change_permission = EDIT_MALL
    nav_group = NavGroup.MEMBERS
    nav_icon = "redeem"
    nav_order = 64
    list_display = ("goods", "points", "cash", "quota", "sold", "limit_per_member", "offered", "position")
    list_filter = ("is_active",)
    list_select_related = ("sku__product",)
    search_fields = ("sku__code", "sku__product__title")
    search_help_text = gettext_lazy("SKU code or part of the title")
    ordering = ("position", "pk")

    def get_fieldsets(self, request: HttpRequest, obj: MallGoods | None = None) -> Any:
        """Ask for the SKU when goods are new; show it, and what is taken, afterwards."""
        which = ("sku_code",) if obj is None else ("goods", "sold")
        price = ("points", "cash", "quota", "limit_per_member")
        when = ("starts_at", "ends_at", "is_active", "position")
        return (
            (None, {"fields": (*which, *price)}),
            (gettext_lazy("When and where"), {"fields": when}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: MallGoods | None = None) -> tuple[str, ...]:
        """Nobody types how many are taken."""
        return () if obj is None else ("goods", "sold")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Leave the SKU out once it is chosen."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None:
            form.base_fields.pop("sku_code", None)
        return form

    @admin.display(description=gettext_lazy("Goods"))
    def goods(self, row: MallGoods) -> str:
        """Show title and SKU code."""
        return f"{row.sku.product.title} ({row.sku.code})"

    @admin.display(description=gettext_lazy("Offered"))
    def offered(self, row: MallGoods) -> str:
        """Show whether members can have it."""
        if not row.is_active:
            return badge_html(_("not offered"))
        return (
            badge_html(_("all taken"), "warning")
            if row.sold >= row.quota
            else badge_html(_("yes"), "success")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Save through the service, which leaves alone what orders count."""
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_goods(actor=actor_of(request), goods_id=obj.pk, changes=changes)
        else:
            offer_goods(actor=actor_of(request), goods=obj)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    """Who had what for points."""

    view_permission = VIEW_POINTS
    nav_group = NavGroup.MEMBERS
    nav_icon = "receipt_long"
    nav_order = 65
    list_display = ("reference", "member", "title", "quantity", "points", "is_released", "created_at")
    list_display_links = None
    list_filter = ("is_released", ("created_at", DayRangeFilter))
    list_select_related = ("member", "goods__sku__product")
    search_fields = ("=reference", "=member__id")
    search_help_text = gettext_lazy("Order or member number")
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("Goods"))
    def title(self, row: Redemption) -> str:
        """Show the title."""
        return row.goods.sku.product.title
