"""The address book. Every change locks the member, so limit and default hold however many come at once."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from members.errors import TooManyAddresses
from members.models import Address
from members.regions import normalise_region
from members.rules import normalise_phone
from members.services.locking import lock_member
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput, NotFound

FIELDS = ("receiver", "phone", "province", "city", "district", "street", "detail", "postcode")


@in_transaction
def create_address(*, member_id: int, fields: Mapping[str, Any], is_default: bool = False) -> Address:
    """Add an address; the first one is the default, and a new default replaces the old one.

    Raises ``InvalidInput`` for a region or phone that cannot be, ``TooManyAddresses`` (409).
    """
    lock_member(member_id=member_id)
    now = clock.now()
    address = Address(member_id=member_id, created_at=now, updated_at=now)
    _fill(address, fields)
    count = Address.objects.filter(member_id=member_id).count()
    if count >= Address.LIMIT:
        raise TooManyAddresses(limit=Address.LIMIT)
    address.is_default = is_default or count == 0
    if address.is_default:
        _clear_default(member_id)
    address.save(force_insert=True)
    return address


@in_transaction
def update_address(
    *, member_id: int, address_id: int, fields: Mapping[str, Any], is_default: bool | None = None
) -> Address:
    """Change what ``fields`` names. A default that gives up its place hands it to the latest other one.

    Raises ``NotFound`` for another member's address, ``InvalidInput`` as ``create_address`` does.
    """
    lock_member(member_id=member_id)
    address = _own(member_id, address_id)
    _fill(address, fields)
    address.updated_at = clock.now()
    if is_default and not address.is_default:
        _clear_default(member_id)
        address.is_default = True
    elif is_default is False and address.is_default:
        # The place is free before another takes it: the database allows one default at any moment.
        Address.objects.filter(pk=address.pk).update(is_default=False)
        address.is_default = not _promote_other(member_id, address.pk)
    address.save()
    return address


@in_transaction
def delete_address(*, member_id: int, address_id: int) -> None:
    """Delete an address; if it was the default, the latest other one becomes it. Raises ``NotFound``."""
    lock_member(member_id=member_id)
    address = _own(member_id, address_id)
    address.delete()
    if address.is_default:
        _promote_other(member_id, address_id)


def _own(member_id: int, address_id: int) -> Address:
    found = Address.objects.filter(pk=address_id, member_id=member_id).first()
    if found is None:
        raise NotFound
    return found


def _clear_default(member_id: int) -> None:
    Address.objects.filter(member_id=member_id, is_default=True).update(is_default=False)


def _promote_other(member_id: int, address_id: int) -> bool:
    """Make the latest other address the default; False when there is none."""
    others = Address.objects.filter(member_id=member_id).exclude(pk=address_id)
    latest = others.order_by("-updated_at", "-pk").values_list("pk", flat=True).first()
    return bool(latest and Address.objects.filter(pk=latest).update(is_default=True))


def _fill(address: Address, fields: Mapping[str, Any]) -> None:
    """Put the new values in, region and phone in their normal form; raises ``InvalidInput``."""
    for name in FIELDS:
        if name in fields:
            setattr(address, name, fields[name])
    region = normalise_region(province=address.province, city=address.city, district=address.district)
    address.province, address.city, address.district = region.province, region.city, region.district
    phone = normalise_phone(address.phone, province=address.province)
    if phone is None:
        detail = _("This is not a phone number that couriers can call.")
        raise InvalidInput(errors=[FieldError("phone", "invalid_phone", detail)])
    address.phone = phone
