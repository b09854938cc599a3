"""Everything the shop holds about a member, for the member: ``GET /me/export``."""

from typing import Any

from members.models import Consent, Member, ProfileCheck, Touch, WechatIdentity
from members.ports import exported_sections
from members.queries import active_member, addresses_of, facts_of, favourites_of, visits_of
from members.services.addresses import FIELDS
from shop.core import clock
from shop.core.models.auth import SessionFamily


def export_member(*, member_id: int) -> dict[str, Any]:
    """Return all of it as JSON values, in clear: it goes to nobody but the member.

    The number of queries does not grow with the rows. Raises ``TokenInvalid`` for a closed account.
    """
    member = active_member(member_id)
    return {
        "exported_at": clock.now(),
        "member": _profile(member),
        "identities": list(
            WechatIdentity.objects.filter(member=member)
            .order_by("pk")
            .values("appid", "openid", "created_at")
        ),
        "sessions": list(
            SessionFamily.objects.filter(member_id=member_id, closed_at=None)
            .order_by("opened_at")
            .values("platform", "device_id", "opened_at")
        ),
        "addresses": list(
            addresses_of(member_id)
            .order_by("pk")
            .values("id", *FIELDS, "is_default", "created_at", "updated_at")
        ),
        "pending": list(
            ProfileCheck.objects.filter(member=member).order_by("pk").values("field", "value", "created_at")
        ),
        "favourites": list(favourites_of(member_id).order_by("pk").values("product_id", "created_at")),
        "history": list(visits_of(member_id).order_by("-visited_at").values("product_id", "visited_at")),
        "touches": list(
            Touch.objects.filter(member=member)
            .order_by("pk")
            .values("promoter", "scene", "invite", "channel", "at")
        ),
        "consents": list(
            Consent.objects.filter(member=member)
            .order_by("pk")
            .values("agreement__document", "agreement__version", "at")
        ),
        "facts": _facts(member_id),
        **exported_sections(member_id),
    }


def _profile(member: Member) -> dict[str, Any]:
    return {
        "id": member.pk,
        "nickname": member.nickname,
        "avatar": member.avatar,
        "phone": member.phone,
        "birthday": member.birthday,
        "gender": member.gender,
        "created_at": member.created_at,
        "last_seen_at": member.last_seen_at,
    }


def _facts(member_id: int) -> dict[str, Any]:
    facts = facts_of(member_id)
    return {
        "orders_paid": facts.orders_paid,
        "total_spent": facts.total_spent,
        "first_paid_at": facts.first_paid_at,
        "last_paid_at": facts.last_paid_at,
    }
