"""Free freight some times a month: the quota, and the orders that took of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class FreeShippingMonth(models.Model):
    """How often a member had free freight in a month of Beijing; ``allowed`` is the most there was."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(_("month"))
    used = models.PositiveSmallIntegerField(_("used"), default=0)
    allowed = models.PositiveSmallIntegerField(_("allowed"))

    class Meta:
        verbose_name = _("free freight of a month")
        verbose_name_plural = _("free freight by month")
        constraints = [
            models.UniqueConstraint(fields=("member", "month"), name="tiers_shipping_month_once"),
            models.CheckConstraint(
                condition=Q(used__gte=0) & Q(used__lte=F("allowed")), name="tiers_shipping_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.month:%Y-%m}"


class FreeShippingUse(models.Model):
    """One order's free freight; ``released_at`` is set while it is given back."""

    reference = models.CharField(_("order"), max_length=32, unique=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(_("month"))
    created_at = models.DateTimeField(_("taken at"))
    released_at = models.DateTimeField(_("given back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("order with free freight")
        verbose_name_plural = _("orders with free freight")

    def __str__(self) -> str:
        return self.reference
