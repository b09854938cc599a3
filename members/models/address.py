"""Where a member has goods sent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from shop.core.crypto.fields import EncryptedTextField


class Address(models.Model):
    """An address book entry. Region names are those of ``members/data/regions.json``.

    A member with addresses has exactly one default: services keep it so under the member's lock.
    """

    LIMIT = 20

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="addresses"
    )
    receiver = EncryptedTextField(_("receiver"))
    phone = EncryptedTextField(_("phone"))
    province = models.CharField(_("province"), max_length=30)
    city = models.CharField(_("city"), max_length=30)
    district = models.CharField(_("district"), max_length=30, blank=True)
    street = models.CharField(_("street"), max_length=60, blank=True)
    detail = EncryptedTextField(_("detail"))
    postcode = models.CharField(_("postcode"), max_length=6, blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=("member",), condition=Q(is_default=True), name="members_address_one_default"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
