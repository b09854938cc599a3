"""A member's money in two ledgers: what they paid in, and what the shop gave on top. Amounts in fen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from shop.core.ledger import (
    Ledger,
    LedgerAccount,
    LedgerEntry,
    entry_constraints,
    entry_indexes,
    floor_constraints,
)


class WalletPrincipal(LedgerAccount):
    """Money that the member paid in. The account's number is the member's."""

    member = models.OneToOneField(
        Member,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        primary_key=True,
        db_column="id",
        related_name="wallet_principal",
    )

    class Meta:
        verbose_name = _("wallet principal")
        verbose_name_plural = _("wallet principals")
        constraints = floor_constraints(0, "wallet_principal")

    def __str__(self) -> str:
        return str(self.pk)


class WalletGift(LedgerAccount):
    """Money that the shop gave: it pays like the principal and is never paid out."""

    member = models.OneToOneField(
        Member,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        primary_key=True,
        db_column="id",
        related_name="wallet_gift",
    )

    class Meta:
        verbose_name = _("wallet gift balance")
        verbose_name_plural = _("wallet gift balances")
        constraints = floor_constraints(0, "wallet_gift")

    def __str__(self) -> str:
        return str(self.pk)


class WalletPrincipalEntry(LedgerEntry):
    """One movement of principal: recharge (+), payment (-), refund (+), recharge_refund (-),
    gift_deduction (-), adjustment."""

    account = models.ForeignKey(
        WalletPrincipal,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )

    class Meta:
        verbose_name = _("principal entry")
        verbose_name_plural = _("principal entries")
        constraints = entry_constraints("wallet_principal_entry")
        indexes = [
            *entry_indexes("wallet_principal_entry"),
            models.Index(fields=["created_at"], name="wallet_principal_entry_day"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.reference}"


class WalletGiftEntry(LedgerEntry):
    """One movement of gift money: recharge_gift, opening_gift (+), payment (-), refund (+), taken back (-),
    adjustment."""

    account = models.ForeignKey(
        WalletGift,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )

    class Meta:
        verbose_name = _("gift entry")
        verbose_name_plural = _("gift entries")
        constraints = entry_constraints("wallet_gift_entry")
        indexes = [
            *entry_indexes("wallet_gift_entry"),
            models.Index(fields=["created_at"], name="wallet_gift_entry_day"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.reference}"


PRINCIPAL = Ledger(WalletPrincipal, WalletPrincipalEntry, "wallet_principal")
GIFT = Ledger(WalletGift, WalletGiftEntry, "wallet_gift")
