"""Held actions of this floor's rooms."""

from members.wallet import approvals as wallet_approvals

__all__ = ["wallet_approvals"]
