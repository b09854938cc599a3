"""Held actions of this floor's rooms."""

from members.cards import approvals as card_approvals
from members.points import approvals as points_approvals
from members.wallet import approvals as wallet_approvals

__all__ = ["card_approvals", "points_approvals", "wallet_approvals"]
