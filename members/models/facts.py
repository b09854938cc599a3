"""What the floors above know of a member, written down here so that this floor need not ask."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from shop.core.money import FenField


class MemberFacts(models.Model):
    """Counters of paid orders, written by the services of ``orders`` through subscriptions."""

    member = models.OneToOneField(Member, primary_key=True, on_delete=models.CASCADE, related_name="facts")
    orders_paid = models.PositiveIntegerField(_("orders paid"), default=0)
    total_spent = FenField(_("total spent"), default=0)
    first_paid_at = models.DateTimeField(_("first paid at"), null=True)
    last_paid_at = models.DateTimeField(_("last paid at"), null=True)

    class Meta:
        verbose_name = _("member facts")
        verbose_name_plural = _("member facts")
        constraints = [
            models.CheckConstraint(condition=models.Q(total_spent__gte=0), name="members_facts_spent_floor")
        ]

    def __str__(self) -> str:
        return str(self.member_id)
