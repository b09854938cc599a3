"""The members' console pages: look at them masked, reveal with a reason, decide, publish."""

from members.admin import agreements, checks, members, reveal
from members.cards import admin as cards
from members.tiers import admin as tiers
from members.wallet import admin as wallet

__all__ = ["agreements", "cards", "checks", "members", "reveal", "tiers", "wallet"]
