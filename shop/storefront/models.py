"""What goes with what: counted from orders, corrected by staff."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Product


class CoPurchase(models.Model):
    """In how many recent paid orders ``other`` was bought together with ``product``; rebuilt every night."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    orders = models.PositiveIntegerField(_("orders"))

    class Meta:
        verbose_name = _("bought together")
        verbose_name_plural = _("bought together")
        constraints = [models.UniqueConstraint(fields=("product", "other"), name="storefront_pair_once")]

    def __str__(self) -> str:
        return f"{self.product_id}:{self.other_id} {self.orders}"


class RelatedChoice(models.Model):
    """Staff put ``other`` on top of what goes with ``product``, or keep it off."""

    class Kind(models.TextChoices):
        PIN = "pin", _("always on top")
        BLOCK = "block", _("never shown")

    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    other = models.ForeignKey(
        Product, verbose_name=_("related product"), on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.PIN)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("related product")
        verbose_name_plural = _("related products")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=("product", "other"), name="storefront_choice_once"),
            models.CheckConstraint(condition=~Q(product=F("other")), name="storefront_choice_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}:{self.other_id} {self.kind}"
