"""What the rewards room keeps about a member, for their export. Others appear by number only."""

from typing import Any

from members.rewards.models import CheckIn, Invitation, InviteCode, TaskClaim, TaskProgress


def export_rewards(member_id: int) -> dict[str, Any]:
    """Export section: check-ins, invitations, tasks; money in fen."""
    check_ins = CheckIn.objects.filter(member_id=member_id).order_by("day")
    brought = Invitation.objects.filter(inviter_id=member_id).order_by("pk")
    came = Invitation.objects.filter(newcomer_id=member_id)
    progress = TaskProgress.objects.filter(member_id=member_id).order_by("pk")
    claims = TaskClaim.objects.filter(member_id=member_id).order_by("pk")
    gifts = ("points", "growth", "money")
    return {
        "check_ins": list(check_ins.values("day", "streak", "is_made_up", "cost", *gifts)),
        "invitation_code": InviteCode.objects.filter(pk=member_id).values_list("code", flat=True).first(),
        "invited": list(
            brought.values(
                "newcomer_id", "state", "inviter_points", "inviter_growth", "inviter_money", "created_at"
            )
        ),
        "invited_by": list(
            came.values(
                "inviter_id", "state", "newcomer_points", "newcomer_growth", "newcomer_money", "created_at"
            )
        ),
        "task_progress": list(progress.values("task_id", "task__name", "window", "amount")),
        "task_rewards": list(
            claims.values("task_id", "task__name", "window", *gifts, "created_at", "reversed_at")
        ),
    }
