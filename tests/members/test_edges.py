"""What seldom happens: members without an identity, payouts under way, refusals of the books."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from members.jobs import check_profiles
from members.models import Member, MemberFacts, ProfileCheck
from members.money import export_payments
from members.services.checks import decide_check, settle_check
from members.services.facts import record_paid_order, record_refund
from members.services.profile import update_profile
from members.services.revealing import reveal_member
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry
from shop.payments.models import Payment, Transfer
from tests.members.shoppers import Browser, new_member

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


def held(member: Member, **fields: Any) -> ProfileCheck:
    now = clock.wall()
    values = {"field": "nickname", "value": "新名字", "due_at": now - timedelta(seconds=1), **fields}
    row: ProfileCheck = ProfileCheck.objects.create(member=member, created_at=now, **values)
    return row


def test_a_payout_under_way_keeps_the_account_open(member: Member, phone: Browser):
    transfer = Transfer.objects.create(
        number="T1",
        owner_kind="withdrawal",
        owner_number="W1",
        member_id=member.pk,
        amount=100,
        openid="o",
        state="processing",
        created_at=clock.now(),
    )
    answer = phone.delete("/me")
    assert (answer.status_code, [each["kind"] for each in answer.json()["open"]]) == (409, ["transfer"])
    Transfer.objects.filter(pk=transfer.pk).update(state="cancelled")
    assert phone.delete("/me").status_code == 204


def test_the_export_lists_payments_of_this_member_only(member: Member, phone: Browser):
    for number, owner in (("P1", member.pk), ("P2", member.pk + 1)):
        Payment.objects.create(
            number=number,
            member_id=owner,
            payable_kind="order",
            payable_number=number,
            amount=100,
            created_at=clock.now(),
        )
    assert [row["number"] for row in export_payments(member.pk)] == ["P1"]
    exported = phone.get("/me/export").json()["payments"]
    assert [(row["number"], row["amount"], row["state"]) for row in exported] == [("P1", 100, "open")]


def test_facts_refuse_amounts_below_nothing(member: Member):
    with pytest.raises(ValueError, match="0 fen"):
        record_paid_order(member_id=member.pk, amount=-1, paid_at=clock.now())
    with pytest.raises(ValueError, match="0 fen"):
        record_refund(member_id=member.pk, amount=-1, whole_order=False)
    assert MemberFacts.objects.count() == 0


def test_more_than_was_spent_cannot_go_back(member: Member):
    record_paid_order(member_id=member.pk, amount=100, paid_at=clock.now())
    with pytest.raises(IntegrityError, match="members_facts_spent_floor"), transaction():
        record_refund(member_id=member.pk, amount=101, whole_order=False)
    assert MemberFacts.objects.get().total_spent == 100


def test_a_member_without_an_identity_here_is_left_to_staff(settings: Any):
    settings.WECHAT_APPID = "wx-1"
    member = new_member("o-9", appid="wx-2")
    update_profile(member_id=member.pk, changes={"nickname": "新名字"})
    assert ProfileCheck.objects.get().state == "review"
    ProfileCheck.objects.all().delete()
    check = held(member)
    assert check_profiles() == 1
    check.refresh_from_db()
    assert (check.state, check.due_at) == ("review", None)


def test_a_shop_that_is_not_set_up_holds_what_it_cannot_check(settings: Any):
    settings.WECHAT_APPID = "wx-1"
    settings.WECHAT_SECRET = ""
    member = new_member("o-9", appid="wx-1")
    update_profile(member_id=member.pk, changes={"nickname": "新名字"})
    assert ProfileCheck.objects.get().state == "waiting"
    held(member, field="avatar", value="/media/1.png")
    assert check_profiles() == 1
    assert set(ProfileCheck.objects.values_list("state", flat=True)) == {"waiting"}


def test_a_closed_account_has_nothing_to_decide(member: Member):
    check = held(member)
    Member.objects.filter(pk=member.pk).update(state="closed", closed_at=clock.now())
    assert settle_check(check_id=check.pk, verdict="pass") is False
    assert settle_check(check_id=999999, verdict="pass") is False
    with pytest.raises(Exception, match="content_already_decided"):
        decide_check(actor=SYSTEM, check_id=check.pk, approve=True)
    member.refresh_from_db()
    assert member.nickname == ""


def test_revealing_needs_a_reason_a_member_and_the_right(member: Member):
    with pytest.raises(InvalidInput):
        reveal_member(actor=SYSTEM, member_id=member.pk, reason=" ")
    with pytest.raises(NotFound):
        reveal_member(actor=SYSTEM, member_id=999999, reason="why")
    with pytest.raises(Forbidden):
        reveal_member(actor=Actor.member(member.pk), member_id=member.pk, reason="why")
    assert AuditEntry.objects.count() == 0
