"""What every ledger of members has in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from shop.core.ledger import LedgerAccount


class MemberAccount(LedgerAccount):
    """A balance that each member has once: the account's number is the member's."""

    member = models.OneToOneField(
        Member,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        primary_key=True,
        db_column="id",
        related_name="%(class)s",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)
