"""Messages of WeChat that do not fit: never booked by themselves, listed for staff."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core.money import FenField
from shop.payments.models.payment import Payment, PaymentAttempt
from shop.payments.models.refund import Refund


class PaymentIncident(models.Model):
    """Something WeChat said about money that our own rows contradict.

    ``expected`` and ``received`` are short texts for staff, without personal data. The same contradiction is
    written once, however often WeChat repeats it.
    """

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("Another amount")
        MERCHANT = "merchant", _("Another merchant or app")
        CURRENCY = "currency", _("Another currency")
        UNKNOWN_NUMBER = "unknown_number", _("A number that is not ours")
        TRANSACTION = "transaction", _("Another transaction of a paid number")
        REFUNDED_OUTSIDE = "refunded_outside", _("Refunded outside the shop")
        DEAD_REFUND = "dead_refund", _("A refund that was given up has gone out")
        REFUND_AMOUNT = "refund_amount", _("Another refund amount")
        TRANSFER_AMOUNT = "transfer_amount", _("Another transfer amount")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        REFUNDED = "refunded", _("Refunded")
        DISMISSED = "dismissed", _("Dismissed")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    number = models.CharField(_("number"), max_length=64)
    transaction_id = models.CharField(_("WeChat transaction"), max_length=32, blank=True)
    attempt = models.ForeignKey(
        PaymentAttempt,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("payment attempt"),
    )
    amount = FenField(_("amount at WeChat"), default=0)
    expected = models.CharField(_("expected"), max_length=200, blank=True)
    received = models.CharField(_("received"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=16)
    note = models.CharField(_("resolution"), max_length=200, blank=True)
    resolved_by = models.CharField(_("resolved by"), max_length=80, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("booked as"),
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("refund"),
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("payment incident")
        verbose_name_plural = _("payment incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number", "transaction_id", "received"], name="incident_written_once"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="open"), name="incident_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
