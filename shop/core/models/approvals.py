"""Actions that wait for a second person."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ApprovalState(models.TextChoices):
    """Where a held action stands; every state but ``pending`` is final."""

    PENDING = "pending", _("waiting")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    EXPIRED = "expired", _("expired")


class Approval(models.Model):
    """One held action: what to do, who asked, who decided. The database refuses a decision by the asker."""

    action = models.CharField(_("action"), max_length=100)
    payload = models.JSONField(_("details"), default=dict)
    subject_kind = models.CharField(_("kind of subject"), max_length=64)
    subject_id = models.CharField(_("subject"), max_length=64)
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    state = models.CharField(
        _("state"), max_length=16, choices=ApprovalState.choices, default=ApprovalState.PENDING
    )
    requester_kind = models.CharField(_("kind of requester"), max_length=16)
    requester_id = models.BigIntegerField(_("requester id"), null=True, blank=True)
    requester_label = models.CharField(_("requester"), max_length=150)
    requested_at = models.DateTimeField(_("requested at"))
    expires_at = models.DateTimeField(_("expires at"))
    decider_id = models.BigIntegerField(_("decider id"), null=True, blank=True)
    decider_label = models.CharField(_("decider"), max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.CharField(_("note"), max_length=500, blank=True, default="")
    result = models.JSONField(_("result"), null=True, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "subject_kind", "subject_id"],
                condition=Q(state="pending"),
                name="core_approval_one_pending",
            ),
            models.CheckConstraint(
                condition=~Q(requester_kind="staff") | Q(decider_id=None) | ~Q(decider_id=F("requester_id")),
                name="core_approval_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None, decider_id=None)
                | Q(state="expired", decided_at__isnull=False, decider_id=None)
                | Q(state__in=["approved", "rejected"], decided_at__isnull=False, decider_id__isnull=False),
                name="core_approval_state",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="pending"), name="core_approval_waiting"),
        ]

    def __str__(self) -> str:
        from shop.core.approvals import declared  # which stores rows of this table

        held = declared().get(self.action)
        return f"{held.title if held else self.action} {self.subject_id}"
