"""Held actions of this floor's rooms."""

from members.cards import approvals as card_approvals
from members.wallet import approvals as wallet_approvals

__all__ = ["card_approvals", "wallet_approvals"]
