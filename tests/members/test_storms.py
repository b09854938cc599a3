"""Races: one person is one member, one phone is one member's, a closing account opens nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from members.models import Member, MemberFacts, Touch, WechatIdentity
from members.queries import facts_of
from members.rules import TouchFields
from members.services import phone as phones
from members.services.closing import close_account
from members.services.facts import record_paid_order
from members.services.locking import hold_member
from members.services.login import Device, LoginResult, enter
from members.services.touches import record_touch
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.models import OutboxEvent
from shop.wechat.mini.types import Session
from tests.members.shoppers import new_member
from tests.storms import raised, storm

pytestmark = pytest.mark.django_db(transaction=True)

SESSION = Session(openid="o-storm", unionid="u-storm")
IDENTITY = "members_identity_once"
UNION = "members_member_unionid_once"


@pytest.fixture
def appid(settings: Any) -> str:
    settings.WECHAT_APPID = "wx-storm"
    return "wx-storm"


def log_in(number: int, session: Session = SESSION) -> LoginResult:
    return enter(session=session, touch=TouchFields(promoter=f"P{number}"), device=Device())


def facts() -> tuple[int, int, int]:
    return Member.objects.count(), WechatIdentity.objects.count(), OutboxEvent.objects.count()


def test_forty_first_logins_at_once_are_one_member(appid: str):
    results = storm(log_in, threads=40)
    assert raised(results) == []
    assert facts() == (1, 1, 1)
    assert sum(result.is_new for result in results) == 1
    assert {result.member.pk for result in results} == {Member.objects.get().pk}
    assert sorted(Touch.objects.values_list("promoter", flat=True)) == sorted(f"P{n}" for n in range(40))


def test_first_logins_through_many_mini_programs_are_one_member(appid: str, monkeypatch: pytest.MonkeyPatch):
    """Each openid is new; only the unionid tells that it is one person."""
    results = storm(
        lambda number: log_in(number, Session(openid=f"o-{number % 8}", unionid="u-one")), threads=32
    )
    assert raised(results) == []
    assert facts() == (1, 8, 1)


@pytest.fixture
def no_constraints() -> Iterator[None]:
    """The database without its last word about identities."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE members_wechatidentity DROP CONSTRAINT {IDENTITY}")
        cursor.execute(f"DROP INDEX {UNION}")
    yield
    Member.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE members_wechatidentity ADD CONSTRAINT {IDENTITY} UNIQUE (appid, openid_hash)"
        )
        cursor.execute(
            f"CREATE UNIQUE INDEX {UNION} ON members_member (unionid_hash) WHERE NOT (unionid_hash = '')"
        )


def test_without_the_constraints_one_person_would_be_several(appid: str, no_constraints: None):
    """The negative control: the race is real."""
    for round_number in range(5):
        storm(lambda number: log_in(number, Session(openid=f"o{round_number}", unionid="")), threads=40)  # noqa: B023
        if Member.objects.count() > round_number + 1:
            return
    pytest.fail("the race did not show")


def test_one_phone_bound_by_many_belongs_to_one(db: None, monkeypatch: pytest.MonkeyPatch):
    members = [new_member() for _number in range(20)]
    monkeypatch.setattr(phones, "exchange_phone_code", lambda code: "13812345678")
    results = storm(lambda number: phones.bind_phone(member_id=members[number].pk, code="c"), threads=20)
    assert {type(error).__name__ for error in raised(results)} == {"PhoneInUse"}
    assert len(raised(results)) == 19
    assert Member.objects.exclude(phone_hash="").count() == 1


def test_an_account_that_closes_meanwhile_logs_in_as_a_new_one(appid: str):
    old = log_in(0).member.pk

    def act(number: int) -> Any:
        if number == 0:
            return close_account(actor=Actor.member(old), member_id=old)
        return log_in(number)

    results = storm(act, threads=12)
    assert raised(results) == []
    logins = results[1:]
    assert {result.member.pk for result in logins} <= set(Member.objects.values_list("pk", flat=True))
    after = log_in(99)
    assert after.member.pk != old
    assert Member.objects.filter(state="active").count() == 1
    assert WechatIdentity.objects.filter(member_id=old).count() == 0


def test_whoever_holds_a_member_keeps_the_account_open(db: None):
    """Matters opened while the account closes are either before it (and stop it) or refused."""
    for _round in range(5):
        member = new_member().pk
        results = storm(
            lambda number, member=member: (  # type: ignore[misc]
                close_account(actor=Actor.member(member), member_id=member)
                if number == 0
                else record_touch(member_id=member, touch=TouchFields(promoter="P"))
            ),
            threads=10,
        )
        assert {type(error).__name__ for error in raised(results)} <= {"TokenInvalid"}
        # What was recorded before the closing went with it; nothing came after.
        assert Touch.objects.filter(member_id=member).count() == 0


def test_holding_does_not_make_holders_wait_for_each_other(db: None):
    member = new_member().pk
    with transaction():
        hold_member(member_id=member)
        results = storm(lambda _number: record_touch(member_id=member, touch=TouchFields("P")), threads=4)
    assert raised(results) == []


def test_facts_of_many_payments_at_once_add_up(db: None):
    member = new_member().pk
    paid_at = clock.now()
    results = storm(
        lambda number: record_paid_order(member_id=member, amount=number, paid_at=paid_at), threads=40
    )
    assert raised(results) == []
    assert (facts_of(member).orders_paid, facts_of(member).total_spent) == (40, sum(range(40)))
    assert MemberFacts.objects.count() == 1
