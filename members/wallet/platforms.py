"""What may not be sold on which client."""

from members.wallet.errors import IosVirtualPayment
from shop.core.api.platform import IOS
from shop.core.runtime import value


def is_virtual_blocked(platform: str) -> bool:
    """Return whether nothing virtual (recharges, cards, virtual goods) is sold to this client."""
    return platform == IOS and bool(value("ios_virtual_blocked"))


def refuse_virtual_on_ios(platform: str) -> None:
    """Raise ``IosVirtualPayment`` (409) where nothing virtual is sold."""
    if is_virtual_blocked(platform):
        raise IosVirtualPayment
