"""Looks up the roof's tables: who owns which payable, the wallet, the owners of transfers."""

from typing import cast

from django.utils.module_loading import import_string

from shop.core.roof import roof_entry, roof_table
from shop.payments.errors import WalletUnavailable
from shop.payments.ports import PayableHandler, TransferOwner, WalletPort


def payable_handler(kind: str) -> PayableHandler:
    """Return the handler of a payable kind; raises LookupError for one that the roof does not name."""
    return cast(PayableHandler, roof_entry("PAYABLES", kind)())


def transfer_owner(kind: str) -> TransferOwner:
    """Return the owner of a kind of transfer; raises LookupError for one that the roof does not name."""
    return cast(TransferOwner, roof_entry("TRANSFER_OWNERS", kind)())


def wallet() -> WalletPort:
    """Return the wallet; raises WalletUnavailable while the shop has none."""
    dotted = roof_table("WALLET")
    if dotted is None:
        raise WalletUnavailable
    return cast(WalletPort, import_string(dotted)())
