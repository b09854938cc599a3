"""The rewards room's console pages."""

from members.rewards.admin import checkins, invites, panels, tasks

__all__ = ["checkins", "invites", "panels", "tasks"]
