"""Which points a member has left, and which of them every spending took."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.points.wording import entry_title


class PointsLot(models.Model):
    """Points that came together and expire together.

    ``amount = left + expired + what draws took and did not return``. It changes only while the member's
    points account is locked. ``expires_at`` is the first moment at which they can no longer be spent.
    """

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.CharField(_("reason"), max_length=64)
    reference = models.CharField(_("reference"), max_length=128)
    amount = models.BigIntegerField(_("points"))
    left = models.BigIntegerField(_("points left"))
    expired = models.BigIntegerField(_("points expired"), default=0)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    is_noticed = models.BooleanField(_("expiry announced"), default=False)
    created_at = models.DateTimeField(_("earned at"))

    class Meta:
        verbose_name = _("lot of points")
        verbose_name_plural = _("lots of points")
        constraints = [
            models.UniqueConstraint(fields=["member", "source", "reference"], name="points_lot_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0)
                & Q(left__gte=0)
                & Q(expired__gte=0)
                & Q(amount__gte=F("left") + F("expired")),
                name="points_lot_within",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "expires_at"], condition=Q(left__gt=0), name="points_lot_open"),
            models.Index(
                fields=["expires_at"],
                condition=Q(left__gt=0) & Q(expires_at__isnull=False),
                name="points_lot_expiry",
            ),
        ]

    def __str__(self) -> str:
        return entry_title(self.source, self.reference)


class PointsSpend(models.Model):
    """Points that left for one reason, and how many of them came back.

    ``round`` counts spendings under one reference: an order that was closed and is paid after all spends its
    points once more.
    """

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(_("reason"), max_length=64)
    reference = models.CharField(_("reference"), max_length=100)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    amount = models.BigIntegerField(_("points"))
    returned = models.BigIntegerField(_("points returned"), default=0)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("spending of points")
        verbose_name_plural = _("spendings of points")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "reason", "reference", "round"], name="points_spend_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(returned__gte=0) & Q(returned__lte=F("amount")),
                name="points_spend_returned_within",
            ),
        ]

    def __str__(self) -> str:
        return entry_title(self.reason, self.reference)


class PointsDraw(models.Model):
    """What one spending took from one lot, and how much of it the lot has back."""

    spend = models.ForeignKey(PointsSpend, on_delete=models.PROTECT, related_name="draws", db_index=False)
    lot = models.ForeignKey(PointsLot, on_delete=models.PROTECT, related_name="draws")
    amount = models.BigIntegerField(_("points"))
    returned = models.BigIntegerField(_("points returned"), default=0)

    class Meta:
        verbose_name = _("draw on a lot")
        verbose_name_plural = _("draws on lots")
        constraints = [
            models.UniqueConstraint(fields=["spend", "lot"], name="points_draw_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(returned__gte=0) & Q(returned__lte=F("amount")),
                name="points_draw_returned_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spend_id}:{self.lot_id}"
