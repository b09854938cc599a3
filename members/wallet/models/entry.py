"""Both ledgers as one list, for the member and for staff: a view of the database, nothing is stored."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.wallet.wording import reason_text
from shop.core.money import FenField

ACCOUNTS = (("principal", _("principal")), ("gift", _("gift money")))


class WalletEntry(models.Model):
    """One movement of principal or gift money, in fen; ids interleave those of the two ledgers."""

    id = models.BigIntegerField(_("number"), primary_key=True)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    account = models.CharField(_("balance"), max_length=9, choices=ACCOUNTS)
    amount = FenField(_("amount"))
    balance_after = FenField(_("balance after"))
    reason = models.CharField(_("reason"), max_length=64)
    reference = models.CharField(_("reference"), max_length=128)
    memo = models.CharField(_("memo"), max_length=255)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        managed = False
        db_table = "members_walletentry"
        verbose_name = _("wallet entry")
        verbose_name_plural = _("wallet entries")

    def __str__(self) -> str:
        return f"{self.get_account_display()} {reason_text(self.reason)} {self.reference}"
