"""A member's money in two ledgers: what they paid in, and what the shop gave on top. Amounts in fen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.accounts import MemberAccount
from shop.core.ledger import (
    Ledger,
    LedgerEntry,
    entry_constraints,
    entry_indexes,
    floor_constraints,
)


class WalletPrincipal(MemberAccount):
    """Money that the member paid in."""

    class Meta:
        verbose_name = _("wallet principal")
        verbose_name_plural = _("wallet principals")
        constraints = floor_constraints(0, "wallet_principal")


class WalletGift(MemberAccount):
    """Money that the shop gave: it pays like the principal and is never paid out."""

    class Meta:
        verbose_name = _("wallet gift balance")
        verbose_name_plural = _("wallet gift balances")
        constraints = floor_constraints(0, "wallet_gift")


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


PRINCIPAL = Ledger(WalletPrincipal, WalletPrincipalEntry, "wallet_principal")
GIFT = Ledger(WalletGift, WalletGiftEntry, "wallet_gift")
