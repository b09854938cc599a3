"""Closing and exporting an account; what members keep, look at and come by; facts."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Category, Product
from members.demo import load_agreements
from members.errors import MemberHasOpenMatters, WechatIdentityMissing
from members.jobs import purge_history, purge_touches
from members.models import Favourite, Member, Touch, Visit, WechatIdentity
from members.ports import OpenMatter
from members.queries import Facts, facts_of, latest_touch, member_of_openid, openid_of
from members.services.closing import close_account
from members.services.facts import record_paid_order, record_refund
from members.services.locking import hold_member
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound, TokenInvalid
from shop.core.models import AuditEntry, OutboxEvent
from shop.payments.models import Payment, Refund
from tests.members.shoppers import Browser, address, browser_of, fields_of, new_member, problem
from tests.payments.staff import staff
from tests.shopfloor import subscriptions

pytestmark = pytest.mark.django_db


def product(title: str = "白瓷杯", **fields: Any) -> Product:
    category = Category.objects.first() or Category.objects.add_root({"name": "杯子"})
    now = timezone.now()
    values = {"state": "on_sale", "listed_at": now, "min_price": 1990, "max_price": 2990, **fields}
    row: Product = Product.objects.create(
        title=title, category=category, created_at=now, updated_at=now, **values
    )
    return row


def debt(member_id: int) -> Iterator[OpenMatter]:
    yield OpenMatter("order", f"order of {member_id}")


def library(member_id: int) -> list[str]:
    return [f"book of {member_id}"]


def pay(member: Member, state: str, **fields: Any) -> Payment:
    defaults = {"number": f"P{Payment.objects.count()}", "payable_kind": "order", "payable_number": "O1"}
    if state == "paid":
        fields = {"captured": 100, "disposition": "kept", **fields}
    row: Payment = Payment.objects.create(
        member_id=member.pk, state=state, amount=100, created_at=clock.now(), **defaults, **fields
    )
    return row


def test_closing_overwrites_the_person_and_keeps_the_row(member: Member, phone: Browser):
    load_agreements()
    Member.objects.filter(pk=member.pk).update(
        nickname="标记昵称", phone="13812345678", phone_hash="1" * 64, unionid_hash="2" * 64, gender="male"
    )
    phone.post("/me/addresses", address(receiver="标记收件人"))
    phone.put(f"/me/favourites/{product().pk}")
    phone.put(f"/me/history/{product('碗').pk}")
    phone.post("/me/touches", {"promoter": "P1"})
    phone.post("/me/consents", {"document": "terms", "version": "1.0"})
    record_paid_order(member_id=member.pk, amount=100, paid_at=clock.now())
    assert phone.delete("/me").status_code == 204
    assert problem(phone.get("/me")) == (401, "token_invalid")
    member.refresh_from_db()
    left = (member.nickname, member.avatar, member.phone, member.phone_hash, member.unionid_hash)
    assert left == ("", "", "", "", "")
    assert (member.state, member.birthday, member.gender) == ("closed", None, "unknown")
    assert member.closed_at is not None
    related = ("identities", "addresses", "favourites", "visits", "touches", "profile_checks")
    assert {name: getattr(member, name).count() for name in related} == dict.fromkeys(related, 0)
    assert (member.consents.count(), facts_of(member.pk).orders_paid) == (1, 1)
    event = OutboxEvent.objects.get(name="members.member_closed")
    assert (event.aggregate, event.payload) == (f"member:{member.pk}", {"member_id": member.pk})
    entry = AuditEntry.objects.get(action="members.close_member")
    assert (entry.actor_kind, entry.actor_id, entry.after) == ("member", member.pk, {"state": "closed"})


def test_a_token_of_a_closed_account_writes_nothing(member: Member, phone: Browser):
    Member.objects.filter(pk=member.pk).update(state="closed", closed_at=clock.now())
    keep = product().pk
    calls = [
        phone.get("/me"),
        phone.get("/me/export"),
        phone.patch("/me", {"gender": "male"}),
        phone.post("/me/addresses", address()),
        phone.put(f"/me/favourites/{keep}"),
        phone.put(f"/me/history/{keep}"),
        phone.post("/me/touches", {"promoter": "P"}),
        phone.post("/me/phone", {"code": "c"}),
    ]
    assert [problem(answer) for answer in calls] == [(401, "token_invalid")] * len(calls)
    assert problem(phone.delete("/me")) == (404, "not_found")
    assert (Favourite.objects.count(), Visit.objects.count(), Touch.objects.count()) == (0, 0, 0)
    with pytest.raises(TokenInvalid):
        hold_member(member_id=member.pk)


@pytest.mark.parametrize(
    ("state", "closes"), [("open", False), ("closing", False), ("paid", True), ("closed", True)]
)
def test_open_money_keeps_the_account_open(member: Member, phone: Browser, state: str, closes: bool):
    pay(member, state)
    answer = phone.delete("/me")
    if closes:
        assert answer.status_code == 204
        return
    assert problem(answer) == (409, "member_has_open_matters")
    assert [matter["kind"] for matter in answer.json()["open"]] == ["payment"]
    member.refresh_from_db()
    assert (member.state, member.identities.count()) == ("active", 1)
    assert OutboxEvent.objects.count() == 0
    assert phone.get("/me").status_code == 200


def test_a_refund_that_is_not_back_yet_keeps_the_account_open(member: Member, phone: Browser):
    payment = pay(member, "paid")
    refund = Refund.objects.create(
        number="R1", payment=payment, amount=100, reference="r", state="abnormal", created_at=clock.now()
    )
    answer = phone.delete("/me")
    assert [matter["kind"] for matter in answer.json()["open"]] == ["refund"]
    Refund.objects.filter(pk=refund.pk).update(state="abandoned")
    assert phone.delete("/me").status_code == 204


def test_the_floors_above_say_what_is_open(member: Member, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subscriptions, "CLOSING_CHECKS", ("tests.members.test_account.debt",))
    with pytest.raises(MemberHasOpenMatters) as refusal:
        close_account(actor=Actor.member(member.pk), member_id=member.pk)
    assert refusal.value.extra == {"open": [{"kind": "order", "detail": f"order of {member.pk}"}]}


def test_nobody_closes_anothers_account(member: Member, stranger: Browser):
    other = Member.objects.exclude(pk=member.pk).get()
    with pytest.raises(Forbidden):
        close_account(actor=Actor.member(other.pk), member_id=member.pk)
    with pytest.raises(Forbidden):
        close_account(actor=staff("clerk"), member_id=member.pk)
    member.refresh_from_db()
    assert member.state == "active"
    service = staff("service", "members.close_member")
    close_account(actor=service, member_id=member.pk, reason="本人来电")
    assert AuditEntry.objects.get().reason == "本人来电"
    with pytest.raises(NotFound):
        close_account(actor=service, member_id=member.pk)


def test_the_export_holds_everything_in_clear_and_only_the_members_own(
    member: Member, phone: Browser, stranger: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subscriptions, "EXPORTS", {"library": "tests.members.test_account.library"})
    phone.post("/me/addresses", address())
    stranger.post("/me/addresses", address(receiver="别人"))
    phone.put(f"/me/favourites/{product().pk}")
    phone.post("/me/touches", {"promoter": "P1"})
    answer = phone.get("/me/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="export.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {
        "exported_at", "member", "identities", "sessions", "addresses", "pending", "favourites", "history",
        "touches", "consents", "facts", "library",
    }  # fmt: skip
    assert body["member"]["id"] == member.pk
    assert [row["openid"] for row in body["identities"]] == ["o-member-of-tests"]
    assert [row["receiver"] for row in body["addresses"]] == ["王小明"]
    assert [row["promoter"] for row in body["touches"]] == ["P1"]
    assert len(body["favourites"]) == 1
    assert body["library"] == [f"book of {member.pk}"]
    assert "别人" not in json.dumps(body, ensure_ascii=False)


def test_favourites_are_kept_once_listed_newest_first_and_removed(phone: Browser, member: Member):
    cup, bowl = product(), product("碗", state="off_sale")
    for each in (cup, bowl, cup):
        assert phone.put(f"/me/favourites/{each.pk}").status_code == 204
    rows = phone.get("/me/favourites").json()["results"]
    assert [row["product"] for row in rows] == [
        {"id": bowl.pk, "title": "碗", "image": "", "price": 1990, "available": False},
        {"id": cup.pk, "title": "白瓷杯", "image": "", "price": 1990, "available": True},
    ]
    for _time in range(2):
        assert phone.delete(f"/me/favourites/{bowl.pk}").status_code == 204
    assert list(Favourite.objects.values_list("product_id", flat=True)) == [cup.pk]
    assert phone.delete("/me/favourites").status_code == 204
    assert Favourite.objects.count() == 0


@pytest.mark.parametrize("fields", [{"state": "draft"}, {"is_deleted": True}])
def test_what_shoppers_do_not_see_cannot_be_kept_or_visited(phone: Browser, fields: dict[str, Any]):
    hidden = product(**fields).pk
    for path in (f"/me/favourites/{hidden}", f"/me/history/{hidden}", "/me/favourites/999999999"):
        assert problem(phone.put(path)) == (404, "not_found")
    assert (Favourite.objects.count(), Visit.objects.count()) == (0, 0)


def test_favourites_have_a_limit(phone: Browser, member: Member, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Favourite, "LIMIT", 1)
    phone.put(f"/me/favourites/{product().pk}")
    answer = phone.put(f"/me/favourites/{product('碗').pk}")
    assert (problem(answer), answer.json()["limit"]) == ((409, "too_many_favourites"), 1)
    assert Favourite.objects.count() == 1


def test_history_moves_what_is_seen_again_to_the_front_and_forgets_the_oldest(
    phone: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Visit, "LIMIT", 2)
    first, second, third = product("1"), product("2"), product("3")
    for each in (first, second, first, third):
        assert phone.put(f"/me/history/{each.pk}").status_code == 204
    rows = phone.get("/me/history").json()["results"]
    assert [row["product"]["id"] for row in rows] == [third.pk, first.pk]
    phone.delete(f"/me/history/{third.pk}")
    assert list(Visit.objects.values_list("product_id", flat=True)) == [first.pk]
    phone.delete("/me/history")
    assert Visit.objects.count() == 0


def test_lists_take_two_queries_however_long_they_are(phone: Browser, django_assert_num_queries: Any):
    phone.get("/me/favourites")
    for number in range(12):
        each = product(str(number)).pk
        phone.put(f"/me/favourites/{each}")
        phone.put(f"/me/history/{each}")
        if number in (0, 11):
            for path in ("/me/favourites", "/me/history"):
                with django_assert_num_queries(2):
                    assert phone.get(path).status_code == 200
    page = phone.get("/me/history?limit=7").json()
    rest = phone.get(page["next"].removeprefix("/api/v1")).json()
    assert [len(page["results"]), len(rest["results"]), rest["next"]] == [7, 5, None]


def test_touches_say_something_and_are_read_latest_first(phone: Browser, member: Member):
    for nothing in ({}, {"promoter": "", "scene": " "}):
        assert phone.post("/me/touches", nothing).status_code == 204
    answer = phone.post("/me/touches", {"promoter": 7})
    assert (problem(answer), fields_of(answer)) == ((400, "invalid_input"), [("promoter", "invalid")])
    assert Touch.objects.count() == 0
    for promoter in ("P1", "P2"):
        assert phone.post("/me/touches", {"promoter": promoter}).status_code == 204
    latest = latest_touch(member.pk)
    assert latest is not None
    assert (latest.promoter, Touch.objects.count()) == ("P2", 2)


def test_old_visits_and_touches_are_forgotten(member: Member):
    now = clock.now()
    for days, title in ((179, "new"), (181, "old")):
        Visit.objects.create(member=member, product=product(title), visited_at=now - timedelta(days=days))
    for days in (399, 401):
        Touch.objects.create(member=member, promoter=str(days), at=now - timedelta(days=days))
    assert (purge_history(), purge_touches()) == (1, 1)
    assert [visit.product.title for visit in Visit.objects.all()] == ["new"]
    assert [touch.promoter for touch in Touch.objects.all()] == ["399"]


def test_openid_is_the_one_of_this_mini_program(settings: Any):
    settings.WECHAT_APPID = "wx-1"
    member = new_member("o-1", appid="wx-1")
    other = new_member("o-2", appid="wx-2")
    assert openid_of(member.pk) == "o-1"
    assert (member_of_openid("o-1"), member_of_openid("o-2")) == (member.pk, None)
    with pytest.raises(WechatIdentityMissing):
        openid_of(other.pk)
    assert WechatIdentity.objects.get(member=member).openid_hash != "o-1"


def test_facts_add_up_in_any_order(member: Member):
    assert facts_of(member.pk) == Facts()
    assert facts_of(member.pk).is_newcomer
    now = clock.now()
    record_paid_order(member_id=member.pk, amount=1000, paid_at=now)
    record_paid_order(member_id=member.pk, amount=500, paid_at=now - timedelta(days=1))
    assert facts_of(member.pk) == Facts(2, 1500, now - timedelta(days=1), now)
    record_refund(member_id=member.pk, amount=300, whole_order=False)
    assert (facts_of(member.pk).orders_paid, facts_of(member.pk).total_spent) == (2, 1200)
    record_refund(member_id=member.pk, amount=1000, whole_order=True)
    assert (facts_of(member.pk).orders_paid, facts_of(member.pk).total_spent) == (1, 200)


def test_nothing_of_the_account_is_in_the_rows_own_name(member: Member, phone: Browser):
    """Names of rows go into messages and logs: they say nothing about the person."""
    phone.post("/me/addresses", address())
    assert str(member) == f"#{member.pk}"
    assert str(member.addresses.get()) == f"#{member.addresses.get().pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_address")
        assert cursor.fetchone() == (1,)


def test_browsers_of_two_members_see_their_own(member: Member):
    other = new_member("o-3", appid="wx-of-tests")
    assert browser_of(other).get("/me").json()["id"] == other.pk
    assert browser_of(member).get("/me").json()["id"] == member.pk
