"""The payment password."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class WalletPassword(models.Model):
    """A member's payment password, hashed, with the wrong guesses since the last right one.

    The count lives here and not in Redis: losing Redis must not give anybody new guesses. ``version`` is part
    of every wallet token, so that a changed password voids the tokens of the old one.
    """

    member = models.OneToOneField(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    password = models.CharField(max_length=128)
    version = models.PositiveIntegerField(default=1)
    failures = models.PositiveIntegerField(_("wrong guesses"), default=0)
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("payment password")
        verbose_name_plural = _("payment passwords")

    def __str__(self) -> str:
        return str(self.pk)
