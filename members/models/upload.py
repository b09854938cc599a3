"""Pictures that members upload: for their profile, later for reviews and after-sales."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class Upload(models.Model):
    """One picture, cleaned and stored, and who uploaded it.

    ``kept_for`` names what uses it, such as ``review``; while it is empty and the profile does not show the
    picture, a job deletes it after a day. Files are never shared between uploads.
    """

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="uploads", db_index=False
    )
    file = models.FileField(_("file"), upload_to="uploads/%Y/%m/", max_length=200, unique=True)
    size = models.PositiveIntegerField(_("bytes"))
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    kept_for = models.CharField(_("used for"), max_length=20, blank=True, default="")
    created_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [
            models.Index(fields=["member", "-created_at"], name="members_upload_of_member"),
            models.Index(fields=["created_at"], condition=Q(kept_for=""), name="members_upload_unused"),
        ]

    def __str__(self) -> str:
        return str(self.file.name)
