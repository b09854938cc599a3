"""Binding the phone number that WeChat vouches for."""

from django.db import IntegrityError

from members.errors import PhoneInUse
from members.events import PhoneBound
from members.models import Member
from members.queries import active_member
from members.services.locking import lock_member
from members.wechat import exchange_phone_code
from shop.core import audit
from shop.core.actors import Actor
from shop.core.crypto import hash_phone
from shop.core.db import in_transaction
from shop.core.outbox import publish

BIND_PHONE = "members.bind_phone"


def bind_phone(*, member_id: int, code: str) -> Member:
    """Exchange the phone button's code and bind the number; replaces one bound before.

    Asks WeChat before the transaction, which locks the member. Raises ``PhoneCodeInvalid`` (400),
    ``PhoneInUse`` (409) when another member has the number, ``WechatBusy`` (503), ``TokenInvalid``.
    """
    active_member(member_id)
    phone = exchange_phone_code(code)
    try:
        return _bind(member_id=member_id, phone=phone)
    except IntegrityError as error:
        # Two members bound one number at the same moment: the database let the first one have it.
        raise PhoneInUse from error


@in_transaction
def _bind(*, member_id: int, phone: str) -> Member:
    member = lock_member(member_id=member_id)
    digest = hash_phone(phone)
    if Member.objects.filter(phone_hash=digest).exclude(pk=member_id).exists():
        raise PhoneInUse
    if member.phone_hash == digest:
        return member
    audit.record(
        actor=Actor.member(member_id),
        action=BIND_PHONE,
        subject=member,
        before={"phone": member.phone},
        after={"phone": phone},
    )
    member.phone, member.phone_hash = phone, digest
    member.save(update_fields=["phone", "phone_hash"])
    publish(PhoneBound(member_id))
    return member
