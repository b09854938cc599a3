"""Check-in, invitations and tasks in a real browser: set them up, look at what came of it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from members.rewards.demo import load_rewards
from members.rewards.models import CheckInReward, Invitation, Task
from members.rewards.services.tasks import claim_task, count_deed
from tests.members.rewards.guests import Guest
from tests.members.shoppers import new_member
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


def save(page: Page) -> None:
    page.locator("button[name=_save], input[name=_save]").first.click()


def test_setting_up_rewards(live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot) -> None:
    load_rewards()
    enter("operations")
    page.goto(f"{live_server.url}/admin/members/checkinreward/")
    expect(page.get_by_text("¥1.00").first).to_be_visible()
    shoot(page, "rewards-cycle")
    page.goto(f"{live_server.url}/admin/members/checkinreward/add/")
    page.locator("input[name=day]").fill("14")
    page.locator("input[name=money]").fill("8.80")
    save(page)
    wait_until(CheckInReward.objects.filter(day=14, money=880).exists)

    page.goto(f"{live_server.url}/admin/members/task/add/")
    page.locator("input[name=name]").fill("绑定手机")
    page.locator("select[name=kind]").select_option("phone")
    page.locator("select[name=window]").select_option("daily")
    save(page)
    expect(page.locator("select[name=window]")).to_be_visible()
    shoot(page, "rewards-task-refused")
    assert not Task.objects.filter(kind="phone").exists()
    page.locator("select[name=window]").select_option("once")
    save(page)
    wait_until(Task.objects.filter(kind="phone").exists)
    page.goto(f"{live_server.url}/admin/members/task/")
    shoot(page, "rewards-tasks")


def test_looking_at_rewards(live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot) -> None:
    load_rewards()
    first, second, third = (Guest(new_member(f"o-e2e-{number}", nickname="小集")) for number in range(3))
    first.brings(second, "o-e2e-1")
    second.brings(third, "o-e2e-2")
    second.check_in()
    row = Task.objects.get(kind="orders")
    for order in ("A", "B"):
        count_deed(kind="orders", member_id=second.id, reference=order)
    claim_task(member_id=second.id, task_id=row.pk)

    enter("service")
    page.goto(f"{live_server.url}/admin/members/invitation/{Invitation.objects.latest('pk').pk}/change/")
    expect(page.get_by_text(f"#{first.id}").first).to_be_visible()
    shoot(page, "rewards-chain")
    page.goto(f"{live_server.url}/admin/members/member/{second.id}/change/")
    expect(page.get_by_text(f"#{third.id} 小集").first).to_be_visible()
    shoot(page, "rewards-member")
    for name in ("checkin", "invitation", "taskprogress", "taskclaim", "invitereward"):
        page.goto(f"{live_server.url}/admin/members/{name}/")
        expect(page.locator("#result_list, table").first).to_be_visible()
        shoot(page, f"rewards-{name}")
