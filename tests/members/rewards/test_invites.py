"""Bringing others: who counts as new, what both get, caps, taking it back, the chain."""

import pytest
from django.db import IntegrityError, transaction

from members.models import Member
from members.points.models import PointsEntry
from members.points.services import spend_points
from members.rewards.handlers import member_joined, phone_bound
from members.rewards.models import Invitation, InviteCode, InviteTally
from members.rewards.queries import chain_of
from members.rewards.services.invite_rewards import reverse_invitation
from members.rewards.services.inviting import bind_newcomer
from members.services.closing import close_account
from members.services.phone import bind_phone
from members.wallet.services.gifts import take_back_gift
from shop.core.actors import Actor
from tests.members.rewards.conftest import Travel
from tests.members.rewards.guests import Guest, invite_reward, rule, set_to, settle, task
from tests.members.shoppers import Browser, log_in, new_member
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rewards(db: None) -> None:
    invite_reward("inviter", points=100, growth=20)
    invite_reward("newcomer", points=50, money=200)


def state() -> str:
    return Invitation.objects.get().state


# Binding, by a real login


def test_a_login_with_a_code_binds_the_newcomer_once(guest: Guest, sandbox: SandboxProcess) -> None:
    set_to("invite_condition", "sign_up")
    code = guest.phone.get("/me/invites").json()["code"]
    openid = sandbox.create_user()["openid"]

    first = log_in(sandbox, openid, touch={"invite": code})
    settle()
    again = log_in(sandbox, openid, touch={"invite": code})
    settle()

    assert (first.json()["is_new"], again.json()["is_new"]) == (True, False)
    invitation = Invitation.objects.get()
    assert (invitation.inviter_id, invitation.newcomer_id) == (guest.id, first.json()["member"]["id"])
    assert invitation.state == "rewarded"
    assert guest.has == (100, 20, 0)
    assert Guest(invitation.newcomer).has == (50, 0, 200)


def test_who_is_a_member_already_is_not_brought(guest: Guest, sandbox: SandboxProcess) -> None:
    openid = sandbox.create_user()["openid"]
    log_in(sandbox, openid)
    log_in(sandbox, openid, touch={"invite": guest.code})
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("code", ["", "NOBODYSCODE", "x" * 32])
def test_a_code_that_is_nobodys_does_not_keep_anybody_out(
    guest: Guest, sandbox: SandboxProcess, code: str
) -> None:
    assert log_in(sandbox, sandbox.create_user()["openid"], touch={"invite": code}).status_code == 200
    assert not Invitation.objects.exists()


def test_a_person_is_new_once_however_often_they_leave(guest: Guest, sandbox: SandboxProcess) -> None:
    """Closing the account frees the WeChat identity, but not the right to be new again."""
    set_to("invite_condition", "sign_up")
    openid = sandbox.create_user()["openid"]
    first = log_in(sandbox, openid, touch={"invite": guest.code}).json()["member"]["id"]
    settle()
    Member.objects.filter(pk=first).update(state="active")
    spend_everything(first)
    close_account(actor=Actor.member(first), member_id=first)

    second = log_in(sandbox, openid, touch={"invite": guest.code}).json()
    settle()

    assert second["is_new"] is True
    assert Invitation.objects.get(newcomer=second["member"]["id"]).state == "known"
    assert guest.has == (100, 20, 0)
    assert Guest(Member.objects.get(pk=second["member"]["id"])).has == (0, 0, 0)


def spend_everything(member_id: int) -> None:
    """Empty a wallet, because one with money keeps the account open."""
    take_back_gift(member_id=member_id, up_to=10_000, reason="gift_back", reference="t")


def test_a_closed_account_brings_nobody(guest: Guest, friend: Guest) -> None:
    code = guest.code
    Member.objects.filter(pk=guest.id).update(
        state="closed", nickname="", avatar="", closed_at=guest.member.created_at
    )
    with transaction.atomic():
        assert bind_newcomer(newcomer=friend.member, code=code, openid="o-friend") is None


def test_nobody_is_brought_by_themselves_or_by_a_younger_member(guest: Guest, friend: Guest) -> None:
    assert guest.brings(guest, "o-self") is None
    assert friend.brings(guest, "o-older") is None
    for inviter, newcomer in ((guest, guest), (friend, guest)):
        with pytest.raises(IntegrityError, match="rewards_inviter_is_older"), transaction.atomic():
            Invitation.objects.create(
                inviter=inviter.member,
                newcomer=newcomer.member,
                condition="sign_up",
                created_at=guest.member.created_at,
            )


def test_a_member_has_one_inviter(guest: Guest, friend: Guest) -> None:
    other = Guest(new_member("o-third"))
    guest.brings(other, "o-third")
    with pytest.raises(IntegrityError), transaction.atomic():
        friend.brings(other, "o-again")
    assert Invitation.objects.get().inviter_id == guest.id


def test_the_code_stays_the_same(guest: Guest, friend: Guest) -> None:
    assert guest.code == guest.code != friend.code
    assert InviteCode.objects.count() == 2


# When it counts


def test_a_first_order_counts_when_it_is_worth_enough(guest: Guest, friend: Guest) -> None:
    set_to("invite_first_order_from_fen", 3_000)
    guest.brings(friend)
    friend.pays("A", 2_999)
    assert (state(), guest.has) == ("waiting", (0, 0, 0))

    friend.pays("B", 3_000)
    friend.pays("C", 9_000)

    found = Invitation.objects.get()
    assert (found.state, found.order) == ("rewarded", "B")
    assert (guest.has, friend.has) == ((100, 20, 0), (50, 0, 200))


def test_joining_alone_does_not_count_where_an_order_is_asked_for(guest: Guest, friend: Guest) -> None:
    guest.brings(friend)
    set_to("invite_condition", "sign_up")  # holds for who joins from now on
    member_joined({"member_id": friend.id})
    phone_bound({"member_id": friend.id})
    assert state() == "waiting"


def test_a_phone_number_counts(guest: Guest, sandbox: SandboxProcess) -> None:
    set_to("invite_condition", "phone")
    user = sandbox.create_user()
    member = log_in(sandbox, user["openid"], touch={"invite": guest.code}).json()["member"]["id"]
    settle()
    assert state() == "waiting"
    bind_phone(member_id=member, code=sandbox.phone_code(user["openid"]))
    settle()
    assert state() == "rewarded"
    assert guest.has[0] == 100


def test_without_rewards_it_is_only_recorded(guest: Guest, friend: Guest) -> None:
    set_to("invite_condition", "off")
    task("邀请", "invite")
    guest.brings(friend)
    settle()
    friend.pays("A")
    assert (state(), guest.has, friend.has) == ("recorded", (0, 0, 0), (0, 0, 0))
    assert guest.tasks() == {"邀请": ("done", 1)}


def test_the_earning_rule_comes_on_top_and_goes_back_with_it(guest: Guest, friend: Guest) -> None:
    rule("invite", points=7)
    guest.brings(friend)
    friend.pays("A")
    assert guest.has[0] == 107
    friend.gets_back("A", 5_000)
    assert (guest.has[0], friend.has[0]) == (0, 0)


# Caps


def bring(guest: Guest, count: int) -> list[Guest]:
    friends = [Guest(new_member(f"o-cap-{number}")) for number in range(count)]
    for number, friend in enumerate(friends):
        guest.brings(friend, f"o-cap-{number}")
    return friends


def test_the_day_has_a_cap_and_the_newcomer_gets_theirs_all_the_same(guest: Guest, travel: Travel) -> None:
    set_to("invite_day_cap", 2)
    friends = bring(guest, 4)
    for number in range(3):
        friends[number].pays(f"A{number}")
    assert guest.has[0] == 200
    assert [friend.has[0] for friend in friends] == [50, 50, 50, 0]
    states = list(Invitation.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["rewarded", "rewarded", "capped", "waiting"]
    travel("2026-03-11 00:00")
    friends[3].pays("A3")
    assert guest.has[0] == 300


def test_all_together_has_a_cap(guest: Guest, travel: Travel) -> None:
    set_to("invite_total_cap", 1)
    first, second = bring(guest, 2)
    first.pays("A")
    travel("2026-03-12")
    second.pays("B")
    assert guest.has[0] == 100
    assert {row.period: row.count for row in InviteTally.objects.all()} == {
        "2026-03-10": 1,
        "2026-03-12": 0,
        "ever": 1,
    }


def test_the_database_has_the_last_word_about_caps(guest: Guest) -> None:
    tally = InviteTally.objects.create(member=guest.member, period="ever", count=1, cap=1)
    tally.count = 2
    with pytest.raises(IntegrityError, match="rewards_tally_within_cap"), transaction.atomic():
        tally.save()


# Taking it back


def test_a_whole_refund_within_the_days_takes_both_rewards_back(
    guest: Guest, friend: Guest, travel: Travel
) -> None:
    guest.brings(friend)
    friend.pays("A")
    friend.gets_back("A", 2_000, whole=False)
    assert state() == "rewarded"
    travel("2026-03-24 11:00")
    friend.gets_back("A", 3_000)
    assert (state(), guest.has, friend.has) == ("reversed", (0, 0, 0), (0, 0, 0))
    entries = len(PointsEntry.objects.all())
    assert reverse_invitation(order="A") is False
    friend.pays("B")
    assert (state(), len(PointsEntry.objects.all())) == ("reversed", entries)


def test_what_is_spent_already_is_not_taken_below_zero(guest: Guest, friend: Guest) -> None:
    guest.brings(friend)
    friend.pays("A")
    spend_points(member_id=guest.id, amount=70, reason="order_points", reference="X")
    friend.gets_back("A", 5_000)
    assert guest.has == (0, 0, 0)


def test_after_the_days_the_reward_stays(guest: Guest, friend: Guest, travel: Travel) -> None:
    guest.brings(friend)
    friend.pays("A")
    travel("2026-03-25 12:01")
    friend.gets_back("A", 5_000)
    assert (state(), guest.has[0]) == ("rewarded", 100)


def test_days_of_zero_never_take_back(guest: Guest, friend: Guest) -> None:
    set_to("invite_reversal_days", 0)
    guest.brings(friend)
    friend.pays("A")
    friend.gets_back("A", 5_000)
    assert state() == "rewarded"


def test_another_orders_refund_changes_nothing(guest: Guest, friend: Guest) -> None:
    guest.brings(friend)
    friend.pays("A")
    friend.pays("B")
    friend.gets_back("B", 5_000)
    assert (state(), reverse_invitation(order="")) == ("rewarded", False)


# What the inviter and staff see


def test_the_inviter_sees_masked_names_and_what_came_of_it(guest: Guest, friend: Guest) -> None:
    set_to("invite_day_cap", 0)
    guest.brings(friend)
    friend.pays("A")

    body = guest.phone.get("/me/invites").json()

    assert body["code"] == guest.code
    assert body["condition"] == "first_order"
    assert (body["day_cap"], body["total_cap"]) == (None, None)
    assert body["inviter_reward"] == {"points": 100, "growth": 20, "money": 0}
    assert body["newcomer_reward"] == {"points": 50, "growth": 0, "money": 200}
    assert (body["brought"], body["rewarded"]) == (1, 1)
    [row] = body["results"]
    assert (row["name"], row["state"], row["reward"]["points"]) == ("小**", "rewarded", 100)
    assert friend.phone.get("/me/invites").json()["results"] == []


def test_invitations_come_in_pages(guest: Guest) -> None:
    bring(guest, 3)
    first = guest.phone.get("/me/invites?limit=2").json()
    rest = guest.phone.client.get(
        first["next"], headers={"Authorization": f"Bearer {guest.phone.access}"}
    ).json()
    assert (len(first["results"]), len(rest["results"])) == (2, 1)


def test_a_closed_inviter_gets_nothing_the_newcomer_theirs(
    guest: Guest, friend: Guest, phone: Browser
) -> None:
    guest.brings(friend)
    close_account(actor=Actor.member(guest.id), member_id=guest.id)
    friend.pays("A")
    assert (state(), guest.has, friend.has) == ("capped", (0, 0, 0), (50, 0, 200))


def test_a_closed_newcomer_gets_nothing(guest: Guest, friend: Guest) -> None:
    guest.brings(friend)
    close_account(actor=Actor.member(friend.id), member_id=friend.id)
    friend.pays("A")
    assert (state(), guest.has[0], friend.has) == ("rewarded", 100, (0, 0, 0))


def test_the_chain_leads_to_the_first(guest: Guest, friend: Guest) -> None:
    third = Guest(new_member("o-third"))
    guest.brings(friend)
    friend.brings(third, "o-third")
    assert chain_of(third.id) == [friend.id, guest.id]
    assert chain_of(guest.id) == []
