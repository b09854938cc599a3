"""Recharge packages, and recharges of members."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.member import Member
from shop.core.money import FenField


class RechargePackage(models.Model):
    """What a member pays in, and what the shop gives on top. ``price`` and ``gift_money`` in fen."""

    name = models.CharField(_("name"), max_length=40)
    price = FenField(_("price"))
    gift_money = FenField(_("gift money"), default=0)
    gift_points = models.PositiveIntegerField(_("gift points"), default=0)
    gift_growth = models.PositiveIntegerField(_("gift growth"), default=0)
    gift_card = models.BigIntegerField(_("gift card"), null=True, blank=True)
    limit_per_member = models.PositiveIntegerField(
        _("times per member"), null=True, blank=True, help_text=_("Empty: as often as they like.")
    )
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("recharge package")
        verbose_name_plural = _("recharge packages")
        ordering = ("position", "price", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0) & Q(gift_money__gte=0), name="wallet_package_amounts"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Recharge(models.Model):
    """One recharge: a package as it was, or a free amount. Amounts in fen.

    Paid, ``amount`` is in the member's principal, ``gift_money`` and ``opening_gift`` in their gift balance.
    A refund happens once: ``refunded`` went back to the payer, ``gift_taken`` was taken back and
    ``gift_deducted`` was kept of the money for gift money that was spent.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("awaiting payment")
        CLOSING = "closing", _("closing")
        CLOSED = "closed", _("closed")
        PAID = "paid", pgettext_lazy("recharge", "paid in")
        REFUNDING = "refunding", _("refund under way")
        REFUNDED = "refunded", _("refunded")

    number = models.CharField(_("number"), max_length=32, unique=True)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="recharges", db_index=False
    )
    package = models.ForeignKey(
        RechargePackage, verbose_name=_("package"), null=True, blank=True, on_delete=models.SET_NULL
    )
    package_name = models.CharField(_("name of the package"), max_length=40, blank=True)
    amount = FenField(_("amount"))
    gift_money = FenField(_("gift money"), default=0)
    gift_points = models.PositiveIntegerField(_("gift points"), default=0)
    gift_growth = models.PositiveIntegerField(_("gift growth"), default=0)
    gift_card = models.BigIntegerField(_("gift card"), null=True, blank=True)
    opening_gift = FenField(_("opening gift"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PENDING)
    refunded = FenField(_("paid back"), default=0)
    gift_taken = FenField(_("gift money taken back"), default=0)
    gift_deducted = FenField(_("deducted for spent gift money"), default=0)
    platform = models.CharField(_("client"), max_length=10, blank=True)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("pay until"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("why closed"), max_length=40, blank=True)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recharge")
        verbose_name_plural = _("recharges")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(gift_money__gte=0) & Q(opening_gift__gte=0),
                name="wallet_recharge_amounts",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0)
                & Q(gift_deducted__gte=0)
                & Q(gift_taken__gte=0)
                & Q(amount__gte=F("refunded") + F("gift_deducted"))
                & Q(gift_taken__lte=F("gift_money") + F("opening_gift")),
                name="wallet_recharge_refund_within",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=False) | Q(state__in=["pending", "closing", "closed"]),
                name="wallet_recharge_paid_at",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="wallet_recharge_of_member"),
            models.Index(fields=["expires_at"], condition=Q(state="pending"), name="wallet_recharge_expiry"),
        ]

    def __str__(self) -> str:
        return self.number
