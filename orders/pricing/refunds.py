"""What pieces of a line are worth when they go back.

Any partial refund is exact, and the refunds of all pieces sum to the line, in whichever order they come.
"""

from shop.core.money import allocate


def unit_shares(total: int, quantity: int) -> list[int]:
    """Return what each piece of a line carries of ``total`` fen; the shares differ by at most one fen."""
    return allocate(total, [1] * quantity)


def share_of_units(*, total: int, quantity: int, returned: int, returning: int) -> int:
    """Return the fen that ``returning`` pieces carry when ``returned`` pieces went back before.

    ``total`` is the line's payable (or its freight), ``quantity`` its pieces. Raises ``ValueError`` for more
    pieces than are left.
    """
    if returned < 0 or returning < 0 or returned + returning > quantity:
        raise ValueError("More pieces than the line has left.")
    return sum(unit_shares(total, quantity)[returned : returned + returning])
