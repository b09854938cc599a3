"""The cards that the shop sells."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

    @admin.display(description=gettext_lazy("Discount"), ordering="discount_permille")
    def discount(self, card: MemberCard) -> str:
        """Show the discount in the reader's way."""
        return discount_text(card.discount_permille) or _("none")
