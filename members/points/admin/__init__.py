"""The points room's console pages."""

from members.points.admin import entries, mall, rewards

__all__ = ["entries", "mall", "rewards"]
