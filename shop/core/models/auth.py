"""Sessions of shoppers: a family per login, a row per refresh token, a revocation version per member."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionFamily(models.Model):
    """One login on one device: the chain of refresh tokens that grew from it. Its row is their lock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member_id = models.BigIntegerField(_("member"))
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("reason for closing"), max_length=32, blank=True, default="")
    platform = models.CharField(_("platform"), max_length=16, blank=True, default="")
    device_id = models.CharField(_("device"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        indexes = [
            models.Index(fields=["member_id"], name="core_family_open", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RefreshSession(models.Model):
    """One refresh token, known only by its SHA-256; spent when it was exchanged for its successor."""

    family = models.ForeignKey(
        SessionFamily, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("login")
    )
    token_hash = models.BinaryField(_("hash of the token"), max_length=32, unique=True)
    version = models.BigIntegerField(_("revocation version"))
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    spent_at = models.DateTimeField(_("spent at"), null=True, blank=True)
    successor = models.OneToOneField(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="predecessor",
        verbose_name=_("successor"),
    )

    class Meta:
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")
        indexes = [models.Index(fields=["expires_at"], name="core_refresh_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(spent_at=None, successor=None)
                | models.Q(spent_at__isnull=False, successor__isnull=False),
                name="core_refresh_spent_has_successor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id}/{self.pk}"


class MemberRevocation(models.Model):
    """Which version of a member's tokens is good; raising it ends every session at once."""

    member_id = models.BigIntegerField(_("member"), primary_key=True)
    version = models.BigIntegerField(_("version"), default=0)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("revocation")
        verbose_name_plural = _("revocations")

    def __str__(self) -> str:
        return f"{self.member_id}: {self.version}"
