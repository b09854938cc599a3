"""The cards that the shop sells."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from members.cards.models import MemberCard
from members.cards.permissions import EDIT_CARD, VIEW_CARDS
from members.cards.wording import discount_text
from shop.core.console import NavGroup, ShopModelAdmin


@admin.register(MemberCard)
class MemberCardAdmin(ShopModelAdmin):
    """Member cards: what they cost and what they are good for. Members keep theirs as it was."""

    view_permission = VIEW_CARDS
    add_permission = EDIT_CARD
    change_permission = EDIT_CARD
    nav_group = NavGroup.MEMBERS
    nav_icon = "card_membership"
    nav_order = 60
    list_display = ("name", "kind", "price", "renewal_price", "discount", "opening_gift", "is_active")
    list_filter = ("is_active", "kind")
    search_fields = ("name",)
    ordering = ("position", "price", "id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "kind",
                    "trial_days",
                    "series",
                    "price",
                    "renewal_price",
                    "is_active",
                    "position",
                )
            },
        ),
        (
            gettext_lazy("Benefits"),
            {"fields": ("discount_permille", "tier", "opening_gift", "renewal_gift", "description")},
        ),
    )

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Let the tier be chosen by its name: a shop has few."""
        if db_field.name == "tier":
            kwargs["widget"] = UnfoldAdminSelectWidget()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("Discount"), ordering="discount_permille")
    def discount(self, card: MemberCard) -> str:
        """Show the discount in the reader's way."""
        return discount_text(card.discount_permille) or _("none")
