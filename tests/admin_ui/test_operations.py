"""The operations page: what it shows, what its buttons do, and who may press them."""

from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from admin_ui.operations import services
from admin_ui.operations.queries import Operations, count_dead, outbox_status
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound
from shop.core.jobs import sync_schedules
from shop.core.models import AuditEntry, JobRun, OutboxEvent
from shop.core.redis import client as redis_client
from shop.core.redis import resume
from shop.wechat.models import InboxMessage
from tests.admin_ui.conftest import Login, StaffMaker

pytestmark = pytest.mark.django_db
PAGE = "/admin/operations/"
JOB = "core.heartbeat_bulk"


def dead_letter(number: int = 1) -> OutboxEvent:
    return OutboxEvent.objects.create(
        name="shopfloor.thing_happened",
        aggregate=f"thing:{number}",
        payload={"number": number, "note": "茶<b>叶</b>"},
        state="dead",
        attempts=10,
        finished_at=clock.wall(),
        last_error="ValueError: no such thing",
    )


def dead_message(number: int = 1) -> InboxMessage:
    return InboxMessage.objects.create(
        source="pay",
        dedupe_key=f"key-{number}",
        event_type="TRANSACTION.SUCCESS",
        reference=f"PAY{number}",
        state="dead",
        attempts=12,
        finished_at=clock.wall(),
        last_error="KeyError: 'x'",
    )


@pytest.fixture(autouse=True)
def empty_queues() -> None:
    resume()
    redis_client().flushdb()


def press(browser: Client, **fields: Any) -> Any:
    return browser.post(PAGE, fields, follow=True)


def test_an_empty_shop_says_that_nothing_failed(login: Login) -> None:
    text = login("auditor").get(PAGE).content.decode()
    assert "没有最终失败的投递" in text
    assert "全部已投递" in text
    assert "PostgreSQL" in text


def test_a_dead_letter_shows_payload_and_error_escaped(login: Login) -> None:
    dead_letter()
    text = login("auditor").get(PAGE).content.decode()
    assert "ValueError: no such thing" in text
    assert "茶&lt;b&gt;叶&lt;/b&gt;" in text
    assert "thing:1" in text


def test_retry_delivers_again_and_is_recorded(login: Login) -> None:
    event = dead_letter()
    page = press(login("operations"), do="retry_events", one=event.pk)
    event.refresh_from_db()
    assert (event.state, event.attempts, event.finished_at) == ("pending", 0, None)
    assert "已处理 1 项" in page.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_label, entry.subject_id) == (
        "core.retry_dead_letter",
        "operations",
        str(event.pk),
    )
    assert entry.before == {"state": "dead", "attempts": 10, "error": "ValueError: no such thing"}


def test_retrying_several_reports_the_refused_one_and_does_the_others(login: Login) -> None:
    events = [dead_letter(number) for number in range(3)]
    OutboxEvent.objects.filter(pk=events[1].pk).update(state="done")
    page = press(login("operations"), do="retry_events", chosen=[event.pk for event in events])
    states = list(OutboxEvent.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["pending", "done", "pending"]
    text = page.content.decode()
    assert "已处理 2 项" in text
    assert f"{events[1].pk}: 当前状态下无法执行此操作" in text
    assert AuditEntry.objects.count() == 2


def test_pressing_without_choosing_changes_nothing(login: Login) -> None:
    dead_letter()
    assert "没有选择任何项" in press(login("operations"), do="retry_events").content.decode()
    assert OutboxEvent.objects.get().state == "dead"


@pytest.mark.parametrize("number", ["0", "x", "1'; DROP TABLE", "９", "9" * 40, "-1"])
def test_a_forged_number_is_refused(login: Login, number: str) -> None:
    page = press(login("operations"), do="retry_events", one=number)
    assert page.status_code == 200
    assert "内容不存在" in page.content.decode()


def test_an_unknown_button_is_refused(login: Login) -> None:
    assert login("operations").post(PAGE, {"do": "format_disk", "one": "1"}).status_code == 404


@pytest.mark.parametrize("role", ["service", "warehouse", "finance", "clerk", None])
def test_whoever_may_not_see_the_page_cannot_press_its_buttons(login: Login, role: str | None) -> None:
    event, message = dead_letter(), dead_message()
    browser = login(role)
    assert browser.post(PAGE, {"do": "retry_events", "one": event.pk}).status_code == 403
    assert browser.post(PAGE, {"do": "retry_messages", "one": message.pk}).status_code == 403
    assert browser.post(PAGE, {"do": "run_jobs", "one": JOB}).status_code == 403
    _assert_untouched(event, message)


def test_the_auditor_sees_everything_and_presses_nothing(login: Login) -> None:
    sync_schedules()
    event, message = dead_letter(), dead_message()
    browser = login("auditor")
    assert "retry_events" not in _buttons(browser)
    for do, one in (
        ("retry_events", event.pk),
        ("retry_messages", message.pk),
        ("run_jobs", JOB),
        ("pause_jobs", JOB),
    ):
        page = press(browser, do=do, one=one)
        assert "您无权执行此操作" in page.content.decode()
    _assert_untouched(event, message)
    assert PeriodicTask.objects.get(name=JOB).enabled


def _buttons(browser: Client) -> str:
    text = browser.get(PAGE).content.decode()
    return "".join(line for line in text.splitlines() if "<button" in line)


def _assert_untouched(event: OutboxEvent, message: InboxMessage) -> None:
    event.refresh_from_db()
    message.refresh_from_db()
    assert (event.state, message.state) == ("dead", "dead")
    assert AuditEntry.objects.count() == 0
    assert redis_client().llen("bulk") == 0


def test_retry_of_a_message_from_wechat(login: Login) -> None:
    message = dead_message()
    browser = login("operations")
    text = browser.get(PAGE).content.decode()
    assert "TRANSACTION.SUCCESS" in text
    press(browser, do="retry_messages", one=message.pk)
    message.refresh_from_db()
    assert message.state == "received"
    assert AuditEntry.objects.get().action == "wechat.retry_message"


def test_run_now_puts_the_job_into_its_queue(login: Login) -> None:
    sync_schedules()
    browser = login("operations")
    press(browser, do="run_jobs", one=JOB)
    assert redis_client().llen("bulk") == 1
    assert AuditEntry.objects.get().subject_id == JOB
    text = browser.get(PAGE).content.decode()
    assert "shop.core.jobs.tasks.run_job" in text


def test_run_now_without_a_broker_says_so(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a broker address where nothing listens, then the page says so and stays."""
    sync_schedules()
    nowhere = Celery("nowhere", broker="redis://127.0.0.1:1/0", set_as_current=False)
    nowhere.conf.broker_transport_options = {"max_retries": 0, "socket_connect_timeout": 0.2}

    @nowhere.task(name="shop.core.jobs.tasks.run_job")
    def run_job(name: str) -> None:
        raise AssertionError("only sent, never run")

    monkeypatch.setattr(services, "run_job_task", run_job)
    page = press(login("operations"), do="run_jobs", one=JOB)
    assert "暂时不可用" in page.content.decode()
    assert redis_client().llen("bulk") == 0


def test_an_unknown_job_cannot_be_run(staff: StaffMaker) -> None:
    with pytest.raises(NotFound):
        services.start_job(actor=Actor.staff(staff("owner")), name="core.format_disk")
    assert AuditEntry.objects.count() == 0


def test_pausing_and_resuming_a_job(login: Login) -> None:
    sync_schedules()
    browser = login("owner")
    press(browser, do="pause_jobs", one=JOB)
    assert not PeriodicTask.objects.get(name=JOB).enabled
    assert "已暂停" in browser.get(PAGE).content.decode()
    press(browser, do="pause_jobs", one=JOB)
    press(browser, do="resume_jobs", one=JOB)
    assert PeriodicTask.objects.get(name=JOB).enabled
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["core.pause_job", "core.resume_job"]


def test_operations_may_run_but_not_pause(login: Login) -> None:
    sync_schedules()
    page = press(login("operations"), do="pause_jobs", one=JOB)
    assert "您无权执行此操作" in page.content.decode()
    assert PeriodicTask.objects.get(name=JOB).enabled


def test_services_refuse_by_themselves(staff: StaffMaker) -> None:
    clerk = Actor.staff(staff("clerk"))
    with pytest.raises(Forbidden):
        services.start_job(actor=clerk, name=JOB)
    with pytest.raises(Forbidden):
        services.switch_job(actor=clerk, name=JOB, enabled=False)
    assert AuditEntry.objects.count() == 0


def test_the_outbox_counts_and_ages() -> None:
    now = clock.wall()
    for state, attempts, age in (
        ("pending", 0, 5),
        ("pending", 3, 600),
        ("dead", 10, 9000),
        ("done", 0, 99999),
    ):
        OutboxEvent.objects.create(
            name="n", aggregate="a", payload={}, state=state, attempts=attempts,
            created_at=now - timedelta(seconds=age),
        )  # fmt: skip
    status = outbox_status()
    assert (status.pending, status.retrying, status.dead) == (2, 1, 1)
    assert 600 <= status.lag.total_seconds() < 660


def test_the_badge_counts_both_kinds_of_dead(login: Login) -> None:
    dead_letter()
    dead_message()
    assert count_dead() == 2
    start = login("operations").get("/admin/").content.decode()
    assert "最终投递失败的消息" in start


def test_heartbeats_of_scheduler_and_workers() -> None:
    """Given a heartbeat of one queue only, then beat and that worker are up and the other workers are not."""
    silent = Operations()
    assert (silent.beat_healthy, silent.beat_seconds) == (False, None)
    JobRun.objects.create(name="core.heartbeat_bulk", outcome="done")
    seen = Operations()
    assert seen.beat_healthy
    assert {queue.name: queue.healthy for queue in seen.queues} == {
        "critical": False,
        "default": False,
        "bulk": True,
    }
    JobRun.objects.update(started_at=clock.wall() - timedelta(seconds=90))
    assert not Operations().beat_healthy


def test_a_failed_job_stands_first_with_its_error(login: Login) -> None:
    sync_schedules()
    JobRun.objects.create(name=JOB, outcome="failed", error="RuntimeError: disk", finished_at=clock.wall())
    assert Operations().jobs[0].job.name == JOB
    assert "RuntimeError: disk" in login("auditor").get(PAGE).content.decode()


def test_the_page_survives_without_redis(login: Login, settings: Any) -> None:
    browser = login("auditor")
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    text = browser.get(PAGE).content.decode()
    assert "故障" in text
    assert "Redis 负责统计调用次数" in text


def test_the_number_of_queries_does_not_grow(login: Login) -> None:
    sync_schedules()
    browser = login("owner")
    browser.get(PAGE)
    counts = []
    for size in (1, 15):
        for number in range(size):
            dead_letter(number + size * 100)
            dead_message(number + size * 100)
            JobRun.objects.create(name=JOB, outcome="done")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(PAGE).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_lists_behind_the_page(login: Login) -> None:
    event, message = dead_letter(), dead_message()
    browser = login("operations")
    url = reverse("admin:core_outboxevent_changelist")
    asked = browser.post(url, {"action": "retry", "_selected_action": [event.pk]})
    assert "shopfloor.thing_happened" in asked.content.decode()
    event.refresh_from_db()
    assert event.state == "dead"
    browser.post(
        url, {"action": "retry", "_selected_action": [event.pk], "_confirmed": "1", "reason": "fixed"}
    )
    event.refresh_from_db()
    assert event.state == "pending"
    page = browser.get(reverse("admin:wechat_inboxmessage_change", args=[message.pk])).content.decode()
    assert "PAY1" in page
