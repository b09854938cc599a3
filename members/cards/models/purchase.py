"""What members pay for cards."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.cards.models.card import CardTerms
from members.models.member import Member
from shop.core.money import FenField


class CardPurchase(CardTerms):
    """One card bought, by itself or with the order of ``order_number``. Amounts in fen.

    Everything is kept as it was agreed. A refund happens once: ``refunded`` went back to the payer,
    ``gift_taken`` was taken back and ``gift_deducted`` was kept of the money for gift money that was spent.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("awaiting payment")
        CLOSING = "closing", _("closing")
        CLOSED = "closed", _("closed")
        PAID = "paid", pgettext_lazy("card", "paid")
        REFUNDING = "refunding", _("refund under way")
        REFUNDED = "refunded", _("refunded")

    number = models.CharField(_("number"), max_length=32, unique=True)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_renewal = models.BooleanField(_("renewal"), default=False)
    amount = FenField(_("amount"))
    gift_money = FenField(_("gift money"), default=0)
    order_number = models.CharField(_("with order"), max_length=32, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PENDING)
    refunded = FenField(_("paid back"), default=0)
    gift_taken = FenField(_("gift money taken back"), default=0)
    gift_deducted = FenField(_("deducted for spent gift money"), default=0)
    platform = models.CharField(_("client"), max_length=10, blank=True)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("pay until"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("why closed"), max_length=40, blank=True)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("card purchase")
        verbose_name_plural = _("card purchases")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(gift_money__gte=0), name="cards_purchase_amounts"
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0)
                & Q(gift_deducted__gte=0)
                & Q(gift_taken__gte=0)
                & Q(amount__gte=F("refunded") + F("gift_deducted"))
                & Q(gift_money__gte=F("gift_taken") + F("gift_deducted")),
                name="cards_purchase_refund_within",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=False) | Q(state__in=["pending", "closing", "closed"]),
                name="cards_purchase_paid_at",
            ),
            models.UniqueConstraint(
                fields=["order_number"], condition=~Q(order_number=""), name="cards_purchase_one_per_order"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="cards_purchase_of_member"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state="pending", order_number=""),
                name="cards_purchase_expiry",
            ),
        ]

    def __str__(self) -> str:
        return self.number
