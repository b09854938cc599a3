"""Tables of the wallet room, one story a file."""

from members.wallet.models.entry import WalletEntry
from members.wallet.models.ledgers import (
    GIFT,
    PRINCIPAL,
    WalletGift,
    WalletGiftEntry,
    WalletPrincipal,
    WalletPrincipalEntry,
)
from members.wallet.models.password import WalletPassword
from members.wallet.models.recharge import Recharge, RechargePackage
from members.wallet.models.spend import SPENDING_ORDERS, WalletSpend

__all__ = [
    "GIFT",
    "PRINCIPAL",
    "SPENDING_ORDERS",
    "Recharge",
    "RechargePackage",
    "WalletEntry",
    "WalletGift",
    "WalletGiftEntry",
    "WalletPassword",
    "WalletPrincipal",
    "WalletPrincipalEntry",
    "WalletSpend",
]
