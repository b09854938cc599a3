"""The part of an order that the member's wallet pays while the rest is paid in another way.

Payments keeps it as a payment of its own (``shop.payments.services.wallet_parts``): held when the order is
placed, kept when it is paid, returned in the same split when it closes unpaid. The caller holds the order.
"""

from orders.kind import KIND
from orders.models import Order
from shop.payments.services.wallet_parts import (
    hold_wallet_part,
    keep_wallet_part,
    lock_held_part,
    return_wallet_part,
)


def hold_part(order: Order, *, wallet_token: str | None) -> None:
    """Take the order's wallet part out of the wallet. Raises what the wallet refuses with."""
    hold_wallet_part(
        member_id=order.member_id,
        payable_kind=KIND,
        payable_number=order.number,
        amount=order.wallet_amount,
        wallet_token=wallet_token,
    )


def hold_part_again(order: Order) -> None:
    """Take the part that a closed order gave back once more, for money that came too late.

    The member agreed to it when the order was placed, so no password is asked for. Raises
    ``InsufficientBalance``.
    """
    if order.wallet_amount:
        hold_wallet_part(
            member_id=order.member_id,
            payable_kind=KIND,
            payable_number=order.number,
            amount=order.wallet_amount,
            agreed=True,
        )


def keep_part(order: Order) -> int:
    """Keep what the wallet part holds, because the order is paid; return the fen."""
    if not order.wallet_amount:
        return 0
    return keep_wallet_part(payable_kind=KIND, payable_number=order.number)


def lock_part(order: Order) -> None:
    """Lock what the wallet part holds: payments are locked before stock, wallets after it."""
    if order.wallet_amount:
        lock_held_part(payable_kind=KIND, payable_number=order.number)


def return_part(order: Order, *, reason: str) -> None:
    """Give what the wallet part still holds back to the wallet; an order that was paid holds nothing."""
    if order.wallet_amount:
        return_wallet_part(payable_kind=KIND, payable_number=order.number, reason=reason)
