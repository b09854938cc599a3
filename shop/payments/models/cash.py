"""What WeChat holds for us, as a ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.core.ledger import (
    Ledger,
    LedgerAccount,
    LedgerEntry,
    entry_constraints,
    entry_indexes,
    floor_constraints,
)
from shop.payments.wording import CASH_REASONS


class CashAccount(LedgerAccount):
    """The money of one merchant id at WeChat, in fen.

    No floor: the merchant withdraws to its bank and tops up outside the shop.
    """

    FLOOR = None

    mchid = models.CharField(_("merchant id"), max_length=32, unique=True)

    class Meta:
        verbose_name = _("cash account")
        verbose_name_plural = _("cash accounts")
        constraints = floor_constraints(None, "cash_account")

    def __str__(self) -> str:
        return self.mchid


class CashEntry(LedgerEntry):
    """One movement: capture (+), refund (-), transfer (-), transfer_return (+)."""

    account = models.ForeignKey(CashAccount, on_delete=models.PROTECT, related_name="entries", db_index=False)

    class Meta:
        verbose_name = _("cash entry")
        verbose_name_plural = _("cash entries")
        constraints = entry_constraints("cash_entry")
        indexes = entry_indexes("cash_entry")

    def __str__(self) -> str:
        return f"{CASH_REASONS.get(self.reason, self.reason)} {self.reference}"


CASH = Ledger(CashAccount, CashEntry, "cash")
