"""The address book: regions, phones, one default, limits, nobody else's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from members.errors import AddressRequired
from members.models import Address, Member
from members.queries import AddressSnapshot, address_snapshot
from shop.core.errors import NotFound
from tests.members.shoppers import Browser, address, fields_of, problem
from tests.storms import raised, storm

pytestmark = pytest.mark.django_db


def book(phone: Browser) -> list[tuple[int, bool]]:
    return [(row["id"], row["is_default"]) for row in phone.get("/me/addresses").json()["results"]]


def add(phone: Browser, **changes: Any) -> int:
    answer = phone.post("/me/addresses", address(**changes))
    assert answer.status_code == 201, answer.content
    return int(answer.json()["id"])


def test_an_address_comes_back_as_it_was_given_and_the_first_is_the_default(phone: Browser):
    answer = phone.post("/me/addresses", address())
    assert answer.status_code == 201
    body = answer.json()
    assert body == {**address(), "id": body["id"], "is_default": True}
    assert phone.get(f"/me/addresses/{body['id']}").json() == body
    page = phone.get("/me/addresses").json()
    assert page == {"results": [body], "next": None, "previous": None}


def test_it_is_encrypted_at_rest_and_its_text_is_in_no_log(
    phone: Browser, capture_log: Callable[[], list[dict[str, Any]]]
):
    add(phone)
    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text FROM members_address a")
        stored = cursor.fetchone()[0]
    for secret in ("王小明", "13812345678", "人民大道"):
        assert secret not in stored
        assert secret not in json.dumps(capture_log(), ensure_ascii=False)
    row = Address.objects.get()
    assert (row.receiver, row.phone) == ("王小明", "13812345678")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("上海市", "市辖区", "黄浦区"), ("上海市", "上海市", "黄浦区")),
        (("重庆市", "县", "城口县"), ("重庆市", "重庆市", "城口县")),
        (("广东省", "东莞市", ""), ("广东省", "东莞市", "")),
        (("广东省", "东莞市", "东莞市"), ("广东省", "东莞市", "")),
        (("广东省", "东莞市", "石碣镇"), ("广东省", "东莞市", "石碣镇")),
        (("湖北省", "省直辖县级行政区划", "仙桃市"), ("湖北省", "省直辖县级行政区划", "仙桃市")),
        (("湖北省", "省直辖县级行政单位", "仙桃市"), ("湖北省", "省直辖县级行政区划", "仙桃市")),
        (("河南省", "济源市", "济源市"), ("河南省", "省直辖县级行政区划", "济源市")),
        (("河南省", "济源市", ""), ("河南省", "省直辖县级行政区划", "济源市")),
        (("香港特别行政区", "香港特别行政区", "中西区"), ("香港特别行政区", "香港特别行政区", "中西区")),
        (("香港特别行政区", "九龙", "观塘区"), ("香港特别行政区", "香港特别行政区", "观塘区")),
        (("澳门特别行政区", "澳门特别行政区", "大堂区"), ("澳门特别行政区", "澳门特别行政区", "大堂区")),
        (("台湾省", "台北市", "中正区"), ("台湾省", "台北市", "中正区")),
        (("浙江省", "杭州市", ""), ("浙江省", "杭州市", "")),
    ],
)
def test_region_names_are_normalised(phone: Browser, given: tuple[str, ...], kept: tuple[str, ...]):
    names = ("province", "city", "district")
    answer = phone.post("/me/addresses", address(**dict(zip(names, given, strict=True))))
    assert answer.status_code == 201, answer.content
    assert tuple(answer.json()[name] for name in names) == kept


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"province": "上海"}, "province", "unknown_region"),
        ({"city": "杭州市"}, "city", "unknown_region"),
        ({"district": "西湖区"}, "district", "unknown_region"),
        ({"city": ""}, "city", "blank"),
        ({"phone": "1381234567"}, "phone", "invalid_phone"),
        ({"phone": "12812345678"}, "phone", "invalid_phone"),
        ({"phone": "+44 20 7946 0000"}, "phone", "invalid_phone"),
        ({"phone": "９１２３４５６７"}, "phone", "invalid_phone"),
        ({"phone": 13812345678}, "phone", "invalid"),
        ({"receiver": " "}, "receiver", "blank"),
        ({"receiver": "王" * 31}, "receiver", "max_length"),
        ({"receiver": "王\u202e明"}, "receiver", "unprintable"),
        ({"detail": "1\n2"}, "detail", "unprintable"),
        ({"detail": "a\x00b"}, "detail", "null_characters_not_allowed"),
        ({"postcode": "20000A"}, "postcode", "invalid"),
        ({"is_default": "yes"}, "is_default", "invalid"),
        ({"member": 1}, "member", "unknown_field"),
    ],
)
def test_what_cannot_be_an_address_is_refused_and_nothing_is_kept(
    phone: Browser, changes: dict[str, Any], field: str, code: str
):
    answer = phone.post("/me/addresses", address(**changes))
    assert problem(answer) == (400, "invalid_input")
    assert (field, code) in fields_of(answer)
    assert Address.objects.count() == 0


@pytest.mark.parametrize(
    ("province", "given", "kept"),
    [
        ("上海市", "+86 138-1234-5678", "13812345678"),
        ("上海市", "8613812345678", "13812345678"),
        ("上海市", "021-6288 8888", "02162888888"),
        ("上海市", "+852 9123 4567", "+85291234567"),
        ("香港特别行政区", "9123 4567", "+85291234567"),
        ("香港特别行政区", "13812345678", "13812345678"),
        ("澳门特别行政区", "66123456", "+85366123456"),
        ("台湾省", "0912-345-678", "+886912345678"),
        ("台湾省", "00886 912345678", "+886912345678"),
    ],
)
def test_phones_of_the_mainland_hong_kong_macau_and_taiwan(
    phone: Browser, province: str, given: str, kept: str
):
    city = {"台湾省": "台北市"}.get(province, province)
    body = address(province=province, city=city, district="", phone=given)
    assert phone.post("/me/addresses", body).json()["phone"] == kept


def test_exactly_one_is_the_default_whatever_is_done(phone: Browser):
    first, second, third = add(phone), add(phone), add(phone, is_default=True)
    assert book(phone) == [(third, True), (second, False), (first, False)]
    assert phone.patch(f"/me/addresses/{first}", {"is_default": True}).json()["is_default"] is True
    assert book(phone) == [(first, True), (third, False), (second, False)]
    # The default gives up its place: the latest other one takes it.
    assert phone.patch(f"/me/addresses/{first}", {"is_default": False}).json()["is_default"] is False
    assert book(phone) == [(third, True), (second, False), (first, False)]
    assert phone.delete(f"/me/addresses/{third}").status_code == 204
    assert book(phone) == [(first, True), (second, False)]
    phone.delete(f"/me/addresses/{first}")
    # The only one stays the default.
    assert phone.patch(f"/me/addresses/{second}", {"is_default": False}).json()["is_default"] is True
    phone.delete(f"/me/addresses/{second}")
    assert book(phone) == []


def test_a_patch_changes_what_it_names_and_a_put_everything(phone: Browser):
    own = add(phone)
    changed = phone.patch(f"/me/addresses/{own}", {"receiver": "李雷"})
    assert changed.status_code == 200
    assert changed.json() == {**address(receiver="李雷"), "id": own, "is_default": True}
    answer = phone.patch(f"/me/addresses/{own}", {"province": "浙江省"})
    assert (problem(answer), fields_of(answer)) == ((400, "invalid_input"), [("city", "unknown_region")])
    short = {key: value for key, value in address().items() if key not in ("street", "postcode")}
    replaced = phone.put(f"/me/addresses/{own}", short).json()
    assert replaced == {**address(street="", postcode=""), "id": own, "is_default": True}
    assert problem(phone.put(f"/me/addresses/{own}", {"receiver": "李雷"})) == (400, "invalid_input")


def test_the_book_holds_twenty(phone: Browser, member: Member):
    for _number in range(Address.LIMIT):
        add(phone)
    answer = phone.post("/me/addresses", address())
    assert problem(answer) == (409, "too_many_addresses")
    assert answer.json()["limit"] == 20
    assert Address.objects.filter(member=member).count() == 20
    page = phone.get("/me/addresses?limit=15").json()
    rest = phone.get(page["next"].removeprefix("/api/v1")).json()
    assert [len(page["results"]), len(rest["results"]), rest["next"]] == [15, 5, None]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_members_address_is_not_found_and_stays_as_it_is(
    phone: Browser, stranger: Browser, method: str
):
    own = add(phone)
    before = phone.get(f"/me/addresses/{own}").json()
    body = address(receiver="小偷") if method == "PUT" else {"receiver": "小偷"}
    answer = stranger.call(method, f"/me/addresses/{own}", None if method in ("GET", "DELETE") else body)
    assert problem(answer) == (404, "not_found")
    assert phone.get(f"/me/addresses/{own}").json() == before
    assert stranger.get("/me/addresses").json()["results"] == []


def test_orders_get_a_snapshot_that_hides_itself(phone: Browser, member: Member, stranger: Browser):
    with pytest.raises(AddressRequired):
        address_snapshot(member.pk, None)
    first, second = add(phone), add(phone, receiver="李雷", district="徐汇区")
    expected = AddressSnapshot(**address())
    assert address_snapshot(member.pk, None) == expected
    assert address_snapshot(member.pk, first) == expected
    assert address_snapshot(member.pk, second).as_dict() == address(receiver="李雷", district="徐汇区")
    assert "王小明" not in repr(expected)
    assert "13812345678" not in repr(expected)
    with pytest.raises(NotFound):
        address_snapshot(Member.objects.exclude(pk=member.pk).get().pk, first)


def test_the_list_takes_one_query_however_long_it_is(
    phone: Browser, django_assert_num_queries: Callable[[int], Any]
):
    add(phone)
    phone.get("/me/addresses")
    with django_assert_num_queries(1):
        phone.get("/me/addresses")
    for _number in range(10):
        add(phone)
    with django_assert_num_queries(1):
        phone.get("/me/addresses")


@pytest.mark.django_db(transaction=True)
def test_thirty_at_once_leave_twenty_with_one_default(member: Member):
    from members.services.addresses import create_address

    results = storm(
        lambda number: create_address(member_id=member.pk, fields=address(), is_default=number % 2 == 0),
        threads=30,
    )
    refused = raised(results)
    assert [type(error).__name__ for error in refused] == ["TooManyAddresses"] * 10
    rows = Address.objects.filter(member=member)
    assert (rows.count(), rows.filter(is_default=True).count()) == (20, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_members_lock_the_limit_would_not_hold(member: Member, monkeypatch: pytest.MonkeyPatch):
    """The negative control: the race is real."""
    from members.services import addresses

    monkeypatch.setattr(addresses, "lock_member", lambda *, member_id: None)
    for _round in range(5):
        Address.objects.all().delete()
        for _number in range(19):
            addresses.create_address(member_id=member.pk, fields=address())
        storm(lambda _number: addresses.create_address(member_id=member.pk, fields=address()), threads=12)
        if Address.objects.count() > Address.LIMIT:
            return
    pytest.fail("the race did not show")
