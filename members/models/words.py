"""Agreements and privacy texts with their versions, and who agreed to which."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class Agreement(models.Model):
    """One version of one document. A published version is never edited: a change is a new version."""

    class Document(models.TextChoices):
        TERMS = "terms", _("terms of service")
        PRIVACY = "privacy", _("privacy policy")

    document = models.CharField(_("document"), max_length=20, choices=Document.choices)
    version = models.CharField(_("version"), max_length=20)
    title = models.CharField(_("title"), max_length=80)
    body = models.TextField(_("text"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(fields=("document", "version"), name="members_agreement_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Consent(models.Model):
    """A member agreed to a version of a document; append-only evidence."""

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="consents", db_index=False
    )
    agreement = models.ForeignKey(Agreement, verbose_name=_("agreement"), on_delete=models.PROTECT)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.UniqueConstraint(fields=("member", "agreement"), name="members_consent_once")]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.agreement_id}"
