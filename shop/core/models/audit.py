"""The audit record: who did what to which subject, append-only."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core import clock
from shop.core.naming import actor_title


class AuditEntry(models.Model):
    """One business action. A trigger refuses UPDATE and DELETE; personal data is masked before it arrives."""

    at = models.DateTimeField(_("at"))
    actor_kind = models.CharField(_("kind of actor"), max_length=16)
    actor_id = models.BigIntegerField(_("actor id"), null=True, blank=True)
    actor_label = models.CharField(_("actor"), max_length=150)
    action = models.CharField(_("action"), max_length=100)
    subject_kind = models.CharField(_("kind of subject"), max_length=64)
    subject_id = models.CharField(_("subject"), max_length=64)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    request_id = models.CharField(_("request id"), max_length=64, blank=True, default="")
    ip = models.GenericIPAddressField(pgettext_lazy("IP", "address"), null=True, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="core_audit_subject"),
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="core_audit_actor"),
            models.Index(fields=["action", "-id"], name="core_audit_action"),
            models.Index(fields=["at"], name="core_audit_at"),
            # Jobs have no request: their entries stay out.
            models.Index(
                fields=["request_id"], condition=~models.Q(request_id=""), name="core_audit_request"
            ),
        ]

    def __str__(self) -> str:
        moment = self.at.astimezone(clock.BEIJING)
        return f"{moment:%Y-%m-%d %H:%M:%S} {actor_title(self.actor_kind, self.actor_label)}"
