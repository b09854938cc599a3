"""Events that were published, and which handler has already taken effect for which event."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core import clock


class OutboxEvent(models.Model):
    """One published event, written in the transaction of the fact it tells about.

    Times are true time (``clock.wall``): they drive retries, not business.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DONE = "done", _("done")
        DEAD = "dead", _("dead letter")

    name = models.CharField(_("event"), max_length=100)
    aggregate = models.CharField(_("aggregate"), max_length=100)
    payload = models.JSONField(_("payload"))
    created_at = models.DateTimeField(_("created at"), default=clock.wall)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=clock.wall)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [
            # The relay: what is due, and whether an earlier event of the same aggregate is still waiting.
            models.Index(fields=["id"], condition=Q(state="pending"), name="outbox_pending"),
            models.Index(fields=["aggregate", "id"], condition=Q(state="pending"), name="outbox_aggregate"),
            models.Index(fields=["id"], condition=Q(state="dead"), name="outbox_dead"),
            models.Index(fields=["finished_at"], condition=Q(state="done"), name="outbox_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name} {self.aggregate}"


class HandledEvent(models.Model):
    """Proof that a handler took effect for an event; committed together with that effect."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="handled", db_index=False)
    handler = models.CharField(_("handler"), max_length=200)
    handled_at = models.DateTimeField(_("handled at"), default=clock.wall)

    class Meta:
        verbose_name = _("handled event")
        verbose_name_plural = _("handled events")
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="handled_event_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.handler}"
