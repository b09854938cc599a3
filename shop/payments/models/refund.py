"""A refund: one out_refund_no, written before WeChat hears of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core.money import FenField
from shop.payments.models.payment import Payment
from shop.payments.models.watched import Watched


class Refund(Watched):
    """Money back to the payer, in fen.

    Its number stays the same on every retry. A refund that WeChat closed can only go out again under a new
    number: then it is ``replaced`` and its successor takes over the promise and the reference. ``refusal`` is
    the code with which WeChat refused the last send.
    """

    class Kind(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        LATE = "late", _("Late payment")
        DUPLICATE = "duplicate", _("Paid twice")
        UNMATCHED = "unmatched", _("Did not match")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        SENDING = "sending", _("Sent, answer unknown")
        PROCESSING = "processing", _("Under way at WeChat")
        SUCCEEDED = "succeeded", _("Refunded")
        ABNORMAL = "abnormal", _("The payer's card cannot receive it")
        CLOSED = "closed", _("Closed by WeChat")
        FAILED = "failed", _("Refused by WeChat")
        REPLACED = "replaced", _("Replaced by another")
        ABANDONED = "abandoned", _("Given up")

    number = models.CharField(_("number"), max_length=32, unique=True)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    amount = FenField(_("amount"))
    reason = models.CharField(_("reason"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.REQUESTED)
    reference = models.CharField(_("reference"), max_length=64)
    requested_by = models.CharField(_("requested by"), max_length=80)
    notify_url = models.CharField(_("callback address"), max_length=255, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    refund_id = models.CharField(_("WeChat refund"), max_length=32, unique=True, null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=32, blank=True)
    sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    last_answer = models.CharField(_("last answer"), max_length=64, blank=True)
    refusal = models.CharField(_("refused with"), max_length=64, blank=True)
    predecessor = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successor",
        verbose_name=_("replaces"),
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "reference"],
                condition=~Q(state="replaced"),
                name="refund_one_per_reference",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="refund_due"),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["abnormal", "closed", "failed"]),
                name="refund_for_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.number
