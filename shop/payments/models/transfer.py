"""Money to a member's WeChat balance (the transfer flow of 2025)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core.crypto import EncryptedTextField
from shop.core.money import FenField
from shop.payments.models.watched import Watched


class Transfer(Watched):
    """One out_bill_no; everything sent is kept as first sent, because a repeat must be identical.

    The row exists before money moves, and WeChat is asked with the same number until it says FAIL or
    CANCELLED. ``debited`` says whether the cash ledger has booked the money as gone.
    """

    class State(models.TextChoices):
        NEW = "new", _("Waiting to be sent")
        SENDING = "sending", _("Sent, answer unknown")
        REFUSED = "refused", _("Not accepted, for staff to decide")
        ACCEPTED = "accepted", _("Accepted")
        PROCESSING = "processing", _("Being processed")
        WAIT_USER_CONFIRM = "wait_user_confirm", _("Waiting for the member")
        TRANSFERING = "transfering", _("On its way")
        CANCELING = "canceling", _("Being cancelled")
        SUCCESS = "success", _("Received")
        FAIL = "fail", _("Failed, money returned")
        CANCELLED = "cancelled", _("Cancelled, money returned")

    number = models.CharField(_("number"), max_length=32, unique=True)
    owner_kind = models.CharField(_("paid out for"), max_length=32)
    owner_number = models.CharField(_("number of what is paid out"), max_length=32)
    member_id = models.BigIntegerField(_("member"))
    amount = FenField(_("amount"))
    appid = models.CharField(_("app id"), max_length=32)
    mchid = models.CharField(_("merchant id"), max_length=32)
    openid = EncryptedTextField(_("receiver"))
    user_name = EncryptedTextField(_("real name"), blank=True, default="")
    scene_id = models.CharField(_("scene"), max_length=8)
    remark = models.CharField(_("remark"), max_length=32)
    report_infos = models.JSONField(_("scene report"), default=list)
    perception = models.CharField(_("shown to the member"), max_length=64, blank=True)
    notify_url = models.CharField(_("callback address"), max_length=255)
    state = models.CharField(_("state"), max_length=18, choices=State.choices, default=State.NEW)
    transfer_bill_no = models.CharField(_("WeChat bill"), max_length=64, blank=True)
    package_info = models.CharField(_("confirmation package"), max_length=512, blank=True)
    fail_reason = models.CharField(_("reason of failure"), max_length=128, blank=True)
    cancel_requested = models.BooleanField(_("to be cancelled"), default=False)
    debited = models.BooleanField(_("booked as gone"), default=False)
    sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)
    refusal = models.CharField(_("not accepted with"), max_length=64, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    last_answer = models.CharField(_("last answer"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_number"],
                condition=~Q(state__in=["fail", "cancelled"]),
                name="transfer_one_live_per_owner",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="success") | Q(debited=True), name="transfer_success_is_debited"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["fail", "cancelled"]) | Q(debited=False),
                name="transfer_failure_is_returned",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="transfer_due"),
            models.Index(fields=["created_at"], condition=Q(state="refused"), name="transfer_for_staff"),
        ]

    def __str__(self) -> str:
        return self.number
