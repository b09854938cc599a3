"""The tiers' console pages."""

from members.tiers.admin import history, packs, prices, tiers

__all__ = ["history", "packs", "prices", "tiers"]
