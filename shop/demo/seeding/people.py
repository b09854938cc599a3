"""Members with identities and addresses for a big shop."""

import itertools
import json
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from members.models import Address, Member, WechatIdentity
from members.queries import openid_hash
from orders.models import Order
from shop.core.crypto import encrypt, hash_phone
from shop.core.ids import new_number
from shop.demo.seeding import tables
from shop.demo.seeding.copying import Copier, next_id
from shop.payments.models import PaymentAttempt

POOL = 1_000
"""Different delivery addresses: encrypting each row anew would cost more than everything else."""

_FAMILY = "林陈黄张李王吴刘蔡杨许郑谢郭洪周叶徐何高"
_GIVEN = ("小满", "知夏", "书言", "雨桐", "一诺", "子墨", "安然", "若溪", "明远", "南星", "予安", "清和")
_NICKNAMES = (
    "爱喝茶的",
    "周末去爬山的",
    "养猫的",
    "不吃香菜的",
    "早睡失败的",
    "住三楼的",
    "种番茄的",
    "骑车的",
)
_PLACES = (
    ("浙江省", "杭州市", "西湖区", "翠苑街道"),
    ("浙江省", "宁波市", "鄞州区", "钟公庙街道"),
    ("江苏省", "苏州市", "姑苏区", "平江街道"),
    ("江苏省", "南京市", "鼓楼区", "宁海路街道"),
    ("上海市", "上海市", "静安区", "江宁路街道"),
    ("广东省", "深圳市", "南山区", "粤海街道"),
    ("四川省", "成都市", "武侯区", "玉林街道"),
    ("湖北省", "武汉市", "武昌区", "水果湖街道"),
)


@dataclass(frozen=True)
class Delivery:
    """One address, encrypted for each of the columns that hold it."""

    place: tuple[str, str, str, str]
    receiver: str
    phone: str
    detail: str
    snapshot: str
    phone_hash: str


@dataclass
class People:
    """What orders need of members; a member's place plus ``first`` is its id.

    ``openids`` are encrypted as payment attempts hold them.
    """

    first: int
    count: int
    deliveries: Sequence[Delivery]
    openids: Sequence[str]
    popularity: list[float]
    orders_paid: array = field(default_factory=lambda: array("i"))
    spent: array = field(default_factory=lambda: array("q"))
    first_paid: dict[int, datetime] = field(default_factory=dict)
    last_paid: dict[int, datetime] = field(default_factory=dict)

    def delivery(self, member: int) -> Delivery:
        """Return where a member has goods sent."""
        return self.deliveries[member % len(self.deliveries)]


def plan_people(count: int, *, rng: random.Random) -> People:
    """Think out members; writes nothing."""
    openid = _place(PaymentAttempt, "openid")
    ranks = list(range(count))
    rng.shuffle(ranks)
    return People(
        first=next_id(tables.MEMBER),
        count=count,
        deliveries=[_delivery(rng) for _number in range(min(POOL, count))],
        openids=[encrypt(f"oSEED{new_number(23)}", place=openid) for _number in range(min(POOL, count))],
        popularity=list(itertools.accumulate(1 / (rank + 60) ** 0.6 for rank in ranks)),
        orders_paid=array("i", bytes(4 * count)),
        spent=array("q", bytes(8 * count)),
    )


def write_people(
    people: People, copier: Copier, *, rng: random.Random, opened: datetime, now: datetime
) -> None:
    """Write members, their identities, addresses and what is known of their purchases."""
    span = (now - opened).total_seconds()
    phone_place, openid_place = _place(Member, "phone"), _place(WechatIdentity, "openid")
    for member in range(people.count):
        member_id = people.first + member
        joined = min(opened + timedelta(seconds=rng.random() * span), people.first_paid.get(member, now))
        seen = max(joined, people.last_paid.get(member, joined))
        # Numbers that begin with 100 are nobody's.
        phone, openid = f"100{member_id:08d}", f"oSEED{member_id:023d}"
        nickname = f"{rng.choice(_NICKNAMES)}{rng.choice(_FAMILY)}{rng.choice(_GIVEN)}"
        copier.add(
            tables.MEMBER, member_id, nickname, "", encrypt(phone, place=phone_place), hash_phone(phone), "",
            rng.choice(("unknown", "female", "male")), "active", joined, seen,
        )  # fmt: skip
        copier.add(
            tables.IDENTITY, member_id, settings.WECHAT_APPID, encrypt(openid, place=openid_place),
            openid_hash(openid), joined,
        )  # fmt: skip
        delivery = people.delivery(member)
        copier.add(
            tables.ADDRESS, member_id, delivery.receiver, delivery.phone, *delivery.place, delivery.detail,
            "", True, joined, joined,
        )  # fmt: skip
        if people.orders_paid[member]:
            copier.add(
                tables.FACTS, member_id, people.orders_paid[member], people.spent[member],
                people.first_paid[member], people.last_paid[member],
            )  # fmt: skip


def _delivery(rng: random.Random) -> Delivery:
    place = rng.choice(_PLACES)
    receiver = rng.choice(_FAMILY) + rng.choice(_GIVEN)
    phone = f"1009{rng.randrange(10**7):07d}"
    detail = f"{rng.randint(1, 60)}幢{rng.randint(1, 4)}单元{rng.randint(1, 24)}0{rng.randint(1, 4)}室"
    fields = dict(zip(("province", "city", "district", "street"), place, strict=True))
    snapshot = {"receiver": receiver, "phone": phone, **fields, "detail": detail, "postcode": ""}
    return Delivery(
        place=place,
        receiver=encrypt(receiver, place=_place(Address, "receiver")),
        phone=encrypt(phone, place=_place(Address, "phone")),
        detail=encrypt(detail, place=_place(Address, "detail")),
        snapshot=encrypt(json.dumps(snapshot, ensure_ascii=False), place=_place(Order, "address")),
        phone_hash=hash_phone(phone),
    )


def _place(model: type, field_name: str) -> str:
    """Return the name that is authenticated with each value of an encrypted column."""
    return str(model._meta.get_field(field_name).place)  # type: ignore[attr-defined]
