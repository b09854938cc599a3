"""What a member means to buy. Prices are never stored here: the cart shows the live ones."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from members.models import Member
from orders.rules import MAX_PIECES


class CartItem(models.Model):
    """One SKU in a member's cart."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="cart_items", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField(_("quantity"))
    is_selected = models.BooleanField(_("selected"), default=True)
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("cart item")
        verbose_name_plural = _("cart items")
        constraints = [
            models.UniqueConstraint(fields=("member", "sku"), name="orders_cart_item_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=MAX_PIECES), name="orders_cart_item_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.sku_id}"
