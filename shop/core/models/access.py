"""Who may do what: business actions as permissions, and the ready roles that carry them."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class BusinessAction(models.Model):
    """Has no table: its content type is what the permission rows of business actions hang on."""

    class Meta:
        managed = False
        default_permissions = ()
        verbose_name = _("business action")
        verbose_name_plural = _("business actions")

    def __str__(self) -> str:
        return str(self.pk)


class ReadyRole(models.Model):
    """A role the shop comes with, and the group that carries it, which the merchant may rename and edit."""

    key = models.CharField(_("key"), max_length=32, primary_key=True)
    group = models.OneToOneField(
        Group, on_delete=models.CASCADE, related_name="ready_role", verbose_name=_("group")
    )

    class Meta:
        verbose_name = _("ready role")
        verbose_name_plural = _("ready roles")

    def __str__(self) -> str:
        return self.key


class RoleGrant(models.Model):
    """A permission that ``sync_shop`` once gave to a ready role; it is never given a second time.

    So a permission that the merchant took away stays away, and one that a new version brings arrives.
    """

    role = models.ForeignKey(
        ReadyRole, on_delete=models.CASCADE, related_name="grants", verbose_name=_("ready role")
    )
    codename = models.CharField(_("codename"), max_length=100)

    class Meta:
        verbose_name = _("grant of a ready role")
        verbose_name_plural = _("grants of ready roles")
        constraints = [models.UniqueConstraint(fields=["role", "codename"], name="core_role_grant_once")]

    def __str__(self) -> str:
        return f"{self.role_id}: {self.codename}"
