"""How a payment by wallet was split between principal and gift, and how much of each went back."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.wallet.rules import SpendingOrder
from shop.core.money import FenField

SPENDING_ORDERS = (
    (SpendingOrder.PRINCIPAL_FIRST.value, _("principal first")),
    (SpendingOrder.GIFT_FIRST.value, _("gift money first")),
    (SpendingOrder.PROPORTIONAL.value, _("both in proportion")),
)


class WalletSpend(models.Model):
    """The split of one payment by wallet, in fen.

    ``spending_order`` is the one that applied, so that a refund can reverse it after the setting changed.
    ``verified`` tells whether the member gave the payment password.
    """

    payment_number = models.CharField(_("payment"), max_length=32, unique=True)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    principal = FenField(_("from principal"))
    gift = FenField(_("from gift money"))
    returned_principal = FenField(_("principal given back"), default=0)
    returned_gift = FenField(_("gift money given back"), default=0)
    spending_order = models.CharField(_("spending order"), max_length=16, choices=SPENDING_ORDERS)
    verified = models.BooleanField(_("with password"), default=False)
    created_at = models.DateTimeField(_("paid at"))

    class Meta:
        verbose_name = _("payment by wallet")
        verbose_name_plural = _("payments by wallet")
        constraints = [
            models.CheckConstraint(
                condition=Q(principal__gte=0) & Q(gift__gte=0) & ~Q(principal=0, gift=0),
                name="wallet_spend_positive",
            ),
            models.CheckConstraint(
                condition=Q(returned_principal__gte=0)
                & Q(returned_principal__lte=F("principal"))
                & Q(returned_gift__gte=0)
                & Q(returned_gift__lte=F("gift")),
                name="wallet_spend_returned_within",
            ),
        ]
        indexes = [models.Index(fields=["member", "created_at"], name="wallet_spend_of_member")]

    def __str__(self) -> str:
        return self.payment_number
