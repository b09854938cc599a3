"""Held actions of this floor's rooms."""

from members.points import approvals as points_approvals
from members.wallet import approvals as wallet_approvals

__all__ = ["points_approvals", "wallet_approvals"]
