"""``audit_rewards`` finds what was not given as the rows say; old deeds are forgotten."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from members.points.services import add_growth, spend_points
from members.rewards.audit import audit_rewards
from members.rewards.jobs import KEEP_DAYS, purge_deeds
from members.rewards.models import (
    CheckIn,
    CheckInMonth,
    Invitation,
    InviteTally,
    Task,
    TaskClaim,
    TaskEvent,
    TaskProgress,
)
from members.rewards.rules import ONCE_WINDOW
from members.rewards.services.tasks import claim_task, undo_deed
from shop.core import clock
from tests.members.rewards.conftest import Travel
from tests.members.rewards.guests import Guest, cycle, invite_reward, rule, set_to, settle, task

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return [finding.kind for finding in audit_rewards()]


@pytest.fixture
def story(guest: Guest, friend: Guest, travel: Travel) -> Guest:
    """A streak with a made-up day, an invitation that counted and was taken back, a task taken and undone."""
    rule("check_in", points=5, growth=1)
    rule("invite", points=7)
    cycle(1, 2, 30, money=100)
    set_to("check_in_free_make_ups", 0)
    set_to("check_in_make_up_points", 10)
    invite_reward("inviter", points=20, money=300)
    invite_reward("newcomer", points=3, growth=2)
    row = task("下单", "orders", points=40, growth=4, money=50)
    for day in ("2026-03-10", "2026-03-11", "2026-03-13"):
        travel(day)
        guest.check_in()
    guest.check_in("2026-03-12")
    guest.brings(friend)
    friend.pays("A", at="2026-03-13T12:00:00+08:00")
    claim_task(member_id=friend.id, task_id=row.pk)
    friend.gets_back("A", 5_000)
    settle()
    return guest


def test_the_books_of_a_whole_story_agree(story: Guest, capsys: pytest.CaptureFixture[str]) -> None:
    assert Invitation.objects.get().state == "reversed"
    assert TaskClaim.objects.get().reversed_at is not None
    assert CheckIn.objects.get(is_made_up=True).cost == 10
    call_command("audit_rewards")
    assert "consistent" in capsys.readouterr().out


def test_the_command_ends_with_one_and_names_what_differs(
    story: Guest, capsys: pytest.CaptureFixture[str]
) -> None:
    CheckIn.objects.filter(day=date(2026, 3, 10)).update(points=999)
    with pytest.raises(SystemExit) as ended:
        call_command("audit_rewards")
    assert ended.value.code == 1
    said = capsys.readouterr()
    expected = f"check_in {story.id}:2026-03-10: 999 points, 2 growth, 0 fen; posted 6, 2, 0"
    assert said.out.splitlines() == [expected]
    assert said.err == "1 contradictions found.\n"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda: CheckIn.objects.filter(is_made_up=True).update(cost=0), ["make_up"]),
        (lambda: CheckIn.objects.filter(is_made_up=True).delete(), ["check_in", "make_up", "month"]),
        (lambda: CheckInMonth.objects.all().delete(), ["month"]),
        (lambda: Invitation.objects.update(inviter_money=299), ["inviter", "inviter_back"]),
        (lambda: Invitation.objects.update(newcomer_growth=1), ["newcomer", "newcomer_back"]),
        (lambda: Invitation.objects.update(state="rewarded"), ["inviter_back", "newcomer_back"]),
        (lambda: InviteTally.objects.filter(period="ever").update(count=2), ["tally"]),
        (lambda: TaskClaim.objects.update(money=0), ["task", "task_back"]),
        (lambda: TaskClaim.objects.update(reversed_at=None), ["task_back"]),
        (lambda: TaskProgress.objects.update(amount=1), ["progress"]),
    ],
)
def test_every_kind_of_drift_is_seen(story: Guest, change: object, found: list[str]) -> None:
    assert kinds() == []
    change()  # type: ignore[operator]
    assert kinds() == found


def test_what_was_posted_for_nothing_is_seen(story: Guest) -> None:
    spend_points(member_id=story.id, amount=1, reason="check_in_make_up", reference="2026-01-01")
    add_growth(member_id=story.id, amount=1, reason="task", reference="1:2026-01-01")
    assert kinds() == ["make_up", "task"]


def deed(guest: Guest, row: Task, window: date, reference: str) -> None:
    given = {"task": row, "member_id": guest.id, "window": window, "amount": 1}
    TaskEvent.objects.create(reference=reference, **given)
    TaskProgress.objects.create(task=row, member_id=guest.id, window=window, amount=1, changed_at=clock.now())


def test_deeds_of_old_windows_are_forgotten_and_their_progress_stays(guest: Guest) -> None:
    today, now = clock.today(), clock.now()
    daily = task("每天", "favourite", window="daily")
    lasting = task("一次", "favourite")
    ended = task("已结束", "favourite", ends_at=now - timedelta(days=KEEP_DAYS + 1))
    just_ended = task("刚结束", "favourite", ends_at=now - timedelta(days=KEEP_DAYS - 1))
    deed(guest, daily, today - timedelta(days=KEEP_DAYS + 1), "old")
    deed(guest, daily, today - timedelta(days=KEEP_DAYS), "kept")
    for row in (lasting, ended, just_ended):
        deed(guest, row, ONCE_WINDOW, row.name)

    assert (purge_deeds(), purge_deeds()) == (2, 0)

    assert sorted(TaskEvent.objects.values_list("reference", flat=True)) == ["kept", "一次", "刚结束"]
    assert TaskProgress.objects.count() == 5
    assert kinds() == []


def test_a_refund_after_that_takes_nothing_back(guest: Guest) -> None:
    row = task("每天", "orders", window="daily")
    deed(guest, row, clock.today() - timedelta(days=KEEP_DAYS + 1), "A")
    purge_deeds()
    undo_deed(kind="orders", member_id=guest.id, reference="A")
    assert TaskProgress.objects.get().amount == 1
