"""The points mall: goods for points, or for points and money."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from members.models.member import Member
from shop.core.money import FenField


class MallGoods(models.Model):
    """A SKU that points buy. ``quota`` pieces are offered, ``sold`` of them are in orders that stand."""

    sku = models.ForeignKey(Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="+")
    points = models.PositiveIntegerField(_("points"), validators=[MinValueValidator(1)])
    cash = FenField(_("and money"), default=0, validators=[MinValueValidator(0)])
    quota = models.PositiveIntegerField(_("pieces offered"))
    sold = models.PositiveIntegerField(_("pieces taken"), default=0, editable=False)
    limit_per_member = models.PositiveIntegerField(
        _("pieces per member"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as many as they like."),
    )
    starts_at = models.DateTimeField(_("offered from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("offered until"), null=True, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("points mall goods")
        verbose_name_plural = _("points mall goods")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(points__gte=1) & Q(cash__gte=0), name="points_mall_price"),
            models.CheckConstraint(condition=Q(sold__lte=F("quota")), name="points_mall_quota"),
        ]
        indexes = [models.Index(fields=["position", "id"], name="points_mall_order")]

    def __str__(self) -> str:
        return self.sku.code


class MallTally(models.Model):
    """How many pieces of mall goods a member has in orders that stand, beside the limit that applied."""

    goods = models.ForeignKey(MallGoods, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    pieces = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("tally of mall goods")
        verbose_name_plural = _("tallies of mall goods")
        constraints = [
            models.UniqueConstraint(fields=["goods", "member"], name="points_tally_once"),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(pieces__lte=F("cap")), name="points_tally_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.goods_id}:{self.member_id}"


class Redemption(models.Model):
    """Pieces of mall goods that an order took; ``is_released`` once it gave them back."""

    goods = models.ForeignKey(
        MallGoods, verbose_name=_("goods"), on_delete=models.PROTECT, related_name="redemptions"
    )
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reference = models.CharField(_("order"), max_length=32, unique=True)
    quantity = models.PositiveIntegerField(_("pieces"))
    points = models.PositiveBigIntegerField(_("points"))
    is_released = models.BooleanField(_("given back"), default=False)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=1), name="points_redemption_pieces")]

    def __str__(self) -> str:
        return self.reference
