"""The wallet's console pages."""

from members.wallet.admin import entries, export, packages, recharges

__all__ = ["entries", "export", "packages", "recharges"]
