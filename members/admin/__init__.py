"""The members' console pages: look at them masked, reveal with a reason, decide, publish."""

from members.admin import agreements, checks, members, reveal
from members.points import admin as points
from members.rewards import admin as rewards
from members.wallet import admin as wallet

__all__ = ["agreements", "checks", "members", "points", "reveal", "rewards", "wallet"]
