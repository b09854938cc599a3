"""Which request was made under which Idempotency-Key, and what it was answered."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core import clock


class IdempotencyKey(models.Model):
    """One key of one actor. ``status`` is null until a 2xx answer is stored.

    ``attempt``, ``run`` and ``lease_until`` belong to actions that call WeChat: the number that the action
    has given WeChat, which run of the request owns the claim, and until when (true time).
    """

    actor = models.CharField(_("actor"), max_length=64)
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    attempt = models.CharField(_("attempt number"), max_length=64, blank=True, default="")
    run = models.PositiveIntegerField(_("run"), default=1)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    status = models.PositiveSmallIntegerField(pgettext_lazy("HTTP", "status"), null=True, blank=True)
    content_type = models.CharField(_("content type"), max_length=100, blank=True, default="")
    body = models.BinaryField(_("body"), default=b"")
    created_at = models.DateTimeField(_("created at"), default=clock.wall, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.actor} {self.created_at:%Y-%m-%d %H:%M:%S}"
