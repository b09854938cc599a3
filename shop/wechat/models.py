"""What WeChat sent us and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.crypto import EncryptedTextField


class InboxMessage(models.Model):
    """One authentic message from WeChat, stored before it is answered, acted on by a task, at most once.

    ``envelope`` is a pay notification as received: WeChat encrypted it with our APIv3 key and so it stays.
    ``content`` is a pushed message in the clear, which names members, so it is encrypted at rest.
    ``reference`` is the business number it is about (never personal data). Times are true time.
    """

    class Source(models.TextChoices):
        PAY = "pay", _("payment notification")
        REFUND = "refund", _("refund notification")
        TRANSFER = "transfer", _("transfer notification")
        MESSAGE = "message", _("message push")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        DONE = "done", _("done")
        FAILED = "failed", _("failed, will be retried")
        DEAD = "dead", _("failed for good")
        IGNORED = "ignored", _("nobody is interested")

    source = models.CharField(_("source"), max_length=10, choices=Source)
    dedupe_key = models.CharField(_("dedupe key"), max_length=64, unique=True, editable=False)
    event_type = models.CharField(_("event"), max_length=64)
    reference = models.CharField(_("reference"), max_length=64, blank=True, default="")
    headers = models.JSONField(_("headers"), default=dict)
    envelope = models.TextField(_("as received"), blank=True, default="")
    content = EncryptedTextField(_("content"), blank=True, default="")
    received_at = models.DateTimeField(_("received at"), default=clock.wall)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=clock.wall)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("message from WeChat")
        verbose_name_plural = _("messages from WeChat")
        indexes = [
            # The sweep: what is due, oldest first.
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=["received", "failed"]), name="inbox_due"
            ),
            models.Index(
                fields=["finished_at"], condition=Q(state__in=["done", "ignored"]), name="inbox_purge"
            ),
            models.Index(fields=["id"], condition=Q(state="dead"), name="inbox_dead"),
            # Staff look for everything WeChat said about one number.
            models.Index(fields=["reference"], condition=~Q(reference=""), name="inbox_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.event_type} {self.reference}"
