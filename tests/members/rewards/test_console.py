"""The console pages of check-in, invitations and tasks; demonstration data; the member's export."""

import pytest
from django.test import Client
from django.urls import reverse

from members.rewards.demo import load_rewards
from members.rewards.membership import export_rewards
from members.rewards.models import CheckInReward, Invitation, InviteReward, Task, TaskClaim
from members.rewards.services.tasks import claim_task
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.members.rewards.guests import Guest, cycle, invite_reward, rule, set_to, task
from tests.members.shoppers import new_member

pytestmark = pytest.mark.django_db
__all__ = ["login", "roles", "staff"]  # the console's fixtures


def page(browser: Client, name: str, *args: object, query: str = "") -> str:
    answer = browser.get(reverse(f"admin:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_check_in_rewards_are_written_in_yuan_and_on_the_record(login: Login) -> None:
    browser = login("operations")
    form = {"day": "7", "points": "50", "growth": "2", "money": "1.50"}
    browser.post(reverse("admin:members_checkinreward_add"), form)
    row = CheckInReward.objects.get()
    assert (row.day, row.points, row.growth, row.money) == (7, 50, 2, 150)
    assert AuditEntry.objects.get().action == "members.edit_rewards"
    assert "¥1.50" in page(browser, "members_checkinreward_changelist")

    again = browser.post(reverse("admin:members_checkinreward_add"), form)
    assert again.status_code == 200
    too_much = {**form, "day": "8", "points": "1000001"}
    assert browser.post(reverse("admin:members_checkinreward_add"), too_much).status_code == 200
    assert CheckInReward.objects.count() == 1

    path = reverse("admin:members_checkinreward_delete", args=[row.pk])
    assert login("service").post(path, {"post": "yes"}).status_code == 403
    browser.post(path, {"post": "yes"})
    assert not CheckInReward.objects.exists()


def test_check_ins_are_found_by_member(login: Login, guest: Guest, friend: Guest) -> None:
    cycle(5, money=120)
    guest.check_in()
    browser = login("service")
    assert "¥1.20" in page(browser, "members_checkin_changelist", query=f"?q={guest.id}")
    assert "¥1.20" not in page(browser, "members_checkin_changelist", query=f"?q={friend.id}")


def test_invitations_show_the_chain(login: Login, guest: Guest, friend: Guest) -> None:
    third = Guest(new_member("o-third"))
    guest.brings(friend)
    friend.brings(third, "o-third")
    browser = login("auditor")

    last = Invitation.objects.get(newcomer=third.member)
    text = page(browser, "members_invitation_change", last.pk)
    chain = [f">#{member.id}</a>" for member in (friend, guest)]
    assert all(link in text for link in chain)
    assert text.index(chain[0]) < text.index(chain[1])
    assert f"#{third.id}" in page(browser, "members_invitation_changelist", query=f"?q={third.id}")


def test_the_member_page_shows_who_brought_them_and_whom_they_brought(
    login: Login, guest: Guest, friend: Guest
) -> None:
    guest.brings(friend)
    browser = login("service")
    assert f"#{friend.id} 小红" in page(browser, "members_member_change", guest.id)
    assert f"#{guest.id}" in page(browser, "members_member_change", friend.id)


def test_both_sides_have_one_reward_each(login: Login) -> None:
    browser = login("operations")
    form = {"side": "inviter", "points": "5", "growth": "0", "money": "0"}
    browser.post(reverse("admin:members_invitereward_add"), form)
    assert browser.post(reverse("admin:members_invitereward_add"), form).status_code == 200
    assert InviteReward.objects.get().points == 5


def task_form(**changes: str) -> dict[str, str]:
    return {
        "name": "每周消费",
        "text": "",
        "kind": "spend",
        "goal": "100.00",
        "window": "weekly",
        "points": "10",
        "growth": "0",
        "money": "2.00",
        "is_active": "on",
        "starts_at_0": "",
        "starts_at_1": "",
        "ends_at_0": "",
        "ends_at_1": "",
        "position": "1",
        **changes,
    }


def test_tasks_are_written_and_impossible_ones_explained(login: Login) -> None:
    browser = login("operations")
    browser.post(reverse("admin:members_task_add"), task_form())
    row = Task.objects.get()
    assert (row.goal, row.window, row.money, row.is_active) == (10_000, "weekly", 200, True)
    assert "¥100.00" in page(browser, "members_task_changelist")
    assert 'value="100.00"' in page(browser, "members_task_change", row.pk)
    browser.post(reverse("admin:members_task_change", args=[row.pk]), task_form(goal="88.5"))
    row.refresh_from_db()
    assert row.goal == 8_850
    for kind, goal in (
        ("spend", "1.234"),
        ("spend", "-1"),
        ("orders", "2.00"),
        ("orders", "0"),
        ("orders", ""),
    ):
        answer = browser.post(reverse("admin:members_task_add"), task_form(kind=kind, goal=goal))
        assert answer.status_code == 200

    refused = browser.post(reverse("admin:members_task_add"), task_form(kind="phone", goal="1"))
    backwards = task_form(
        starts_at_0="2026-03-02", starts_at_1="00:00", ends_at_0="2026-03-01", ends_at_1="00:00"
    )

    assert refused.status_code == 200
    assert "errorlist" in refused.content.decode() or "errornote" in refused.content.decode()
    assert browser.post(reverse("admin:members_task_add"), backwards).status_code == 200
    assert Task.objects.count() == 1


def test_progress_and_rewards_are_listed(login: Login, guest: Guest) -> None:
    spend = task("每周消费", "spend", goal=10_000, window="weekly")
    once = task("下单", "orders", money=130)
    guest.pays("A", 4_050)
    claim_task(member_id=guest.id, task_id=once.pk)
    browser = login("finance")

    progress = page(browser, "members_taskprogress_changelist", query=f"?q={guest.id}")
    claims = page(browser, "members_taskclaim_changelist", query=f"?q={guest.id}&task__id__exact={once.pk}")

    assert "¥40.50 / ¥100.00" in progress
    assert "2026-03-09" in progress
    assert "1 / 1" in progress
    assert "¥1.30" in claims
    assert "¥1.30" not in page(browser, "members_taskclaim_changelist", query=f"?task__id__exact={spend.pk}")


def test_a_fresh_shop_gets_rewards_once(db: None) -> None:
    assert load_rewards() == "12 rewards"
    assert load_rewards() == "0 rewards"
    assert [row.day for row in CheckInReward.objects.all()] == [1, 2, 3, 4, 5, 6, 7]
    assert Task.objects.count() == 3
    for row in Task.objects.all():
        row.full_clean()


def test_members_get_what_the_shop_keeps_of_it(guest: Guest, friend: Guest) -> None:
    set_to("invite_condition", "first_order")
    invite_reward("inviter", points=9)
    rule("check_in", points=1)
    row = task("下单", "orders", points=4)
    guest.brings(friend)
    friend.pays("A")
    guest.check_in()
    claim_task(member_id=friend.id, task_id=row.pk)

    own, theirs = export_rewards(guest.id), export_rewards(friend.id)

    assert own["invitation_code"] == guest.code
    assert own["invited"][0]["newcomer_id"] == friend.id
    assert own["invited"][0]["inviter_points"] == 9
    assert own["check_ins"][0]["points"] == 1
    assert (own["invited_by"], own["task_rewards"]) == ([], [])
    assert theirs["invited_by"][0]["inviter_id"] == guest.id
    assert theirs["task_progress"][0]["amount"] == 1
    assert theirs["task_rewards"][0]["points"] == 4
    assert TaskClaim.objects.count() == 1
    assert guest.phone.get("/me/export").json()["rewards"]["invited"][0]["state"] == "rewarded"
