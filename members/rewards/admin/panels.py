"""Who brought a member, and whom the member brought, on the member's page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from members.models import Member
from members.rewards.models import Invitation
from members.rewards.permissions import VIEW_REWARDS
from members.rewards.queries import chain_of, invitations_of
from shop.core.console import Panel, PanelItem, badge_html, may, panel

SHOWN = 5


@panel("members.member")
def invitations_around(request: HttpRequest, member: Member) -> Panel | None:
    """Show the chain of those who brought the member, and the latest whom the member brought."""
    if not may(request.user, VIEW_REWARDS):
        return None
    inviters = chain_of(member.pk)
    items = [_inviter(inviters)] if inviters else []
    items += [_brought(invitation) for invitation in invitations_of(member.pk).order_by("-pk")[:SHOWN]]
    return Panel(
        title=gettext_lazy("Invitations"),
        items=items,
        url=f"{reverse('admin:members_invitation_changelist')}?q={member.pk}",
        empty=gettext_lazy("Came uninvited and has brought nobody."),
    )


def _inviter(inviters: list[int]) -> PanelItem:
    return PanelItem(
        text=" ← ".join(f"#{member_id}" for member_id in inviters),
        url=reverse("admin:members_member_change", args=[inviters[0]]),
        badges=[badge_html(gettext_lazy("brought by"), "info")],
    )


def _brought(invitation: Invitation) -> PanelItem:
    return PanelItem(
        text=f"#{invitation.newcomer_id} {invitation.newcomer.nickname}",
        url=reverse("admin:members_member_change", args=[invitation.newcomer_id]),
        badges=[badge_html(invitation.get_state_display())],
    )
