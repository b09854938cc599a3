"""Reads for the API, the console and the floors above. Personal data stays out of every ``repr``."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from members.errors import AddressRequired, WechatIdentityMissing
from members.models import (
    Address,
    Agreement,
    Favourite,
    Member,
    MemberFacts,
    ProfileCheck,
    Scene,
    Touch,
    Visit,
    WechatIdentity,
)
from shop.core.crypto import hash_phone, keyed_hash
from shop.core.errors import NotFound, TokenInvalid
from shop.core.rows import find_row, find_rows

OPENID = "openid"
UNIONID = "unionid"
"""Purposes of the keyed hashes: an openid never matches a unionid of the same text."""


@dataclass(frozen=True, slots=True)
class AddressSnapshot:
    """Where goods go, as it stood when it was read: what an order keeps."""

    receiver: str = field(repr=False)
    phone: str = field(repr=False)
    province: str
    city: str
    district: str
    street: str = field(repr=False)
    detail: str = field(repr=False)
    postcode: str

    def as_dict(self) -> dict[str, str]:
        """Return the fields by name, for an encrypted column."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a member has paid so far, in fen; all zero for one who never did."""

    orders_paid: int = 0
    total_spent: int = 0
    first_paid_at: datetime | None = None
    last_paid_at: datetime | None = None

    @property
    def is_newcomer(self) -> bool:
        """Return whether the member has no paid order that stands."""
        return self.orders_paid == 0


@dataclass(frozen=True, slots=True)
class AgreementInForce:
    """The newest published version of a document; ``url`` is its path."""

    document: str
    version: str
    title: str
    url: str


def active_member(member_id: int) -> Member:
    """Return a member whose account is open; ``TokenInvalid`` (401) otherwise."""
    member = Member.objects.filter(pk=member_id, state=Member.State.ACTIVE).first()
    if member is None:
        raise TokenInvalid
    return member


def members_by_phone(phone: str) -> QuerySet[Member]:
    """Return who has this number, however it is written."""
    return Member.objects.filter(phone_hash=hash_phone(phone))


def openid_hash(openid: str) -> str:
    """Return the keyed hash under which an openid is found."""
    return keyed_hash(openid, purpose=OPENID)


def unionid_hash(unionid: str) -> str:
    """Return the keyed hash under which a unionid is found; "" for none."""
    return keyed_hash(unionid, purpose=UNIONID) if unionid else ""


def member_of_openid(openid: str) -> int | None:
    """Return whose openid this is in the shop's own mini-program, if anybody's."""
    found = WechatIdentity.objects.filter(appid=settings.WECHAT_APPID, openid_hash=openid_hash(openid))
    return found.values_list("member_id", flat=True).first()


def openid_of(member_id: int) -> str:
    """Return the member's openid in the shop's own mini-program; raises ``WechatIdentityMissing`` (409)."""
    identities = find_rows(WechatIdentity, member_id=member_id, appid=settings.WECHAT_APPID)
    if not identities or not identities[-1].openid:
        raise WechatIdentityMissing
    return identities[-1].openid


def addresses_of(member_id: int) -> QuerySet[Address]:
    """Return the member's address book."""
    return Address.objects.filter(member_id=member_id)


def address_of(*, member_id: int, address_id: int) -> Address:
    """Return one of the member's addresses; another's is ``NotFound`` like an absent one."""
    found = find_row(Address, id=address_id, member_id=member_id)
    if found is None:
        raise NotFound
    return found


def address_snapshot(member_id: int, address_id: int | None) -> AddressSnapshot:
    """Return the member's address, or the default one for ``None``, as an order keeps it.

    Raises ``NotFound`` for an address that is not this member's, ``AddressRequired`` (409) for ``None`` when
    there is no default.
    """
    if address_id is not None:
        address: Address | None = address_of(member_id=member_id, address_id=address_id)
    else:
        address = addresses_of(member_id).filter(is_default=True).first()
    if address is None:
        raise AddressRequired
    return snapshot_of(address)


def snapshot_of(address: Address) -> AddressSnapshot:
    """Return an address that was read already, as an order keeps it."""
    return AddressSnapshot(
        receiver=address.receiver,
        phone=address.phone,
        province=address.province,
        city=address.city,
        district=address.district,
        street=address.street,
        detail=address.detail,
        postcode=address.postcode,
    )


def facts_of(member_id: int) -> Facts:
    """Return what the member has paid so far."""
    return facts_of_many([member_id]).get(member_id, Facts())


def facts_of_many(member_ids: Iterable[int]) -> Mapping[int, Facts]:
    """Return the facts of those of ``member_ids`` who ever paid, by id; one query."""
    rows = MemberFacts.objects.filter(pk__in=set(member_ids))
    return {
        row.pk: Facts(row.orders_paid, row.total_spent, row.first_paid_at, row.last_paid_at) for row in rows
    }


def latest_touch(member_id: int) -> Touch | None:
    """Return how the member came here last."""
    return Touch.objects.filter(member_id=member_id).order_by("-pk").first()


def touches_of(member_id: int) -> QuerySet[Touch]:
    """Return how the member came here, newest first: what attribution reads when an order is paid."""
    return Touch.objects.filter(member_id=member_id).order_by("-pk")


def scene_named(name: str) -> Scene:
    """Return what a mini-program code stands for; raises ``NotFound``."""
    found = Scene.objects.filter(name=name).first()
    if found is None:
        raise NotFound
    return found


def current_agreements() -> list[AgreementInForce]:
    """Return the newest published version of every document; one query."""
    rows = (
        Agreement.objects.filter(published_at__isnull=False)
        .order_by("document", "-published_at", "-pk")
        .distinct("document")
        .only("document", "version", "title")
    )
    return [
        AgreementInForce(
            row.document, row.version, row.title, reverse("agreement", args=[row.document, row.version])
        )
        for row in rows
    ]


def published_agreement(*, document: str, version: str) -> Agreement:
    """Return a published version of a document; raises ``NotFound``."""
    found = Agreement.objects.filter(document=document, version=version, published_at__isnull=False).first()
    if found is None:
        raise NotFound
    return found


def favourites_of(member_id: int) -> QuerySet[Favourite]:
    """Return what the member keeps."""
    return Favourite.objects.filter(member_id=member_id)


def visits_of(member_id: int) -> QuerySet[Visit]:
    """Return what the member has looked at."""
    return Visit.objects.filter(member_id=member_id)


def pending_profile(member_id: int) -> dict[str, str]:
    """Return what waits for a content check, by field name; only the member may see it."""
    rows = ProfileCheck.objects.filter(member_id=member_id)
    return dict(rows.values_list("field", "value"))


def checks_for_staff() -> QuerySet[ProfileCheck]:
    """Return the nicknames and pictures that WeChat leaves to a person."""
    return ProfileCheck.objects.filter(state=ProfileCheck.State.REVIEW)
