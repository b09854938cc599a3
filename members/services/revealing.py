"""Showing staff a member's personal data in clear: never without a reason, never without a record."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from members.models import Address, Member
from members.permissions import REVEAL
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput, NotFound
from shop.core.permissions import require


@dataclass(frozen=True, slots=True)
class Revealed:
    """A member's personal data in clear; keep it out of logs and messages."""

    member: Member = field(repr=False)
    addresses: list[Address] = field(repr=False)


@in_transaction
def reveal_member(*, actor: Actor, member_id: int, reason: str) -> Revealed:
    """Return phone, birthday and addresses of a member and record who looked and why.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput`` without a reason.
    """
    require(actor, REVEAL)
    if not reason.strip():
        detail = _("Say why you need to see it.")
        raise InvalidInput(errors=[FieldError("reason", "required", detail)])
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    addresses = list(Address.objects.filter(member=member).order_by("-is_default", "-pk"))
    audit.record(
        actor=actor,
        action=REVEAL,
        subject=member,
        after={"fields": ["phone", "birthday", "addresses"], "count": len(addresses)},
        reason=reason,
    )
    return Revealed(member, addresses)
