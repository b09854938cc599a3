"""The members' console pages: look at them masked, reveal with a reason, decide, publish."""

from members.admin import agreements, checks, members, reveal
from members.cards import admin as cards
from members.points import admin as points
from members.rewards import admin as rewards
from members.tiers import admin as tiers
from members.wallet import admin as wallet

__all__ = ["agreements", "cards", "checks", "members", "points", "reveal", "rewards", "tiers", "wallet"]
