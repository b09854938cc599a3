"""The console in a real browser: what an owner and an operator do with it on a bad day."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from shop.core import clock, runtime
from shop.core.jobs import sync_schedules
from shop.core.models import AuditEntry, JobRun, OutboxEvent
from shop.core.redis import client as redis_client
from shop.core.redis import resume
from shop.wechat.models import InboxMessage
from shop.wechat.statistics import record_call

pytestmark = [pytest.mark.lasts(30), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture(autouse=True)
def fresh_redis() -> None:
    resume()
    redis_client().flushdb()


def dead_letter(number: int) -> OutboxEvent:
    return OutboxEvent.objects.create(
        name="shopfloor.thing_happened",
        aggregate=f"thing:{number}",
        payload={"number": number, "note": "一份说明", "items": [{"sku": "TEA-100", "quantity": 2}]},
        state="dead",
        attempts=10,
        finished_at=clock.wall(),
        last_error="ConnectionError: the system at warehouse.example did not answer within 5 seconds",
    )


def a_bad_day() -> list[OutboxEvent]:
    """Fill the operations page: schedules, runs, calls, failed messages, dead letters."""
    sync_schedules()
    JobRun.objects.create(
        name="core.heartbeat_critical", outcome="done", processed=1, finished_at=clock.wall()
    )
    JobRun.objects.create(name="core.audit_ledgers", outcome="failed", error="LedgerDrift: till 3: 5 fen off")
    record_call(endpoint="pay.create_jsapi_order", outcome="success", seconds=0.21, code="")
    record_call(endpoint="pay.create_jsapi_order", outcome="unknown", seconds=3.0, code="TIMEOUT")
    InboxMessage.objects.create(
        source="pay",
        dedupe_key="k1",
        event_type="TRANSACTION.SUCCESS",
        reference="PAY0001",
        state="dead",
        attempts=12,
        last_error="KeyError: 'attach'",
    )
    return [dead_letter(number) for number in range(3)]


def test_retry_dead_letters(live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot) -> None:
    """Given three dead letters, when an operator retries one and then the rest, then none is left."""
    events = a_bad_day()
    enter("operations")
    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_role("heading", name="待办")).to_be_visible()
    shoot(page, "home")
    page.get_by_role("link", name=re.compile("运行状况")).first.click()
    expect(page.get_by_role("heading", name="死信")).to_be_visible()
    shoot(page, "operations")

    page.locator("#dead-letters details summary").first.click()
    expect(page.get_by_text('"sku": "TEA-100"').first).to_be_visible()
    page.locator("#dead-letters tbody tr").first.get_by_role("button", name="重试").click()
    expect(page.get_by_text("已处理 1 项")).to_be_visible()
    assert OutboxEvent.objects.get(pk=events[2].pk).state == "pending"
    for box in page.locator("#dead-letters input[type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="重试所选").click()
    expect(page.get_by_text("没有最终失败的投递")).to_be_visible()
    assert OutboxEvent.objects.filter(state="dead").count() == 0
    assert AuditEntry.objects.filter(action="core.retry_dead_letter", actor_label="operations").count() == 3


def test_the_page_refreshes_by_itself(live_server: LiveServer, page: Page, enter: Enter) -> None:
    enter("auditor")
    page.clock.install()
    page.goto(f"{live_server.url}/admin/operations/")
    expect(page.get_by_text("没有最终失败的投递")).to_be_visible()
    dead_letter(7)
    page.clock.fast_forward(16_000)
    expect(page.get_by_text("thing:7")).to_be_visible()
    assert page.locator("#dead-letters tbody tr").count() == 1


def test_retry_in_a_dialog_and_in_bulk(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot
) -> None:
    """The list of events: one by its dialog, the others by the bulk action with its confirmation page."""
    events = a_bad_day()
    enter("operations")
    page.goto(f"{live_server.url}/admin/core/outboxevent/")
    shoot(page, "events")
    page.goto(f"{live_server.url}/admin/core/outboxevent/{events[0].pk}/change/")
    shoot(page, "event")
    page.get_by_role("link", name="重新投递").click()
    expect(page.get_by_text("已经成功的处理程序不会重复执行")).to_be_visible()
    shoot(page, "dialog")
    page.locator("#dialog button[type=submit]").click()
    expect(page.get_by_text("已完成。")).to_be_visible()
    assert OutboxEvent.objects.get(pk=events[0].pk).state == "pending"

    page.goto(f"{live_server.url}/admin/core/outboxevent/?state__exact=dead")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option("retry")
    page.get_by_role("button", name="执行").click()
    expect(page.get_by_text("已选择 1 条记录")).to_be_visible()
    shoot(page, "bulk")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_text(re.compile("已完成 1 条"))).to_be_visible()
    assert OutboxEvent.objects.filter(state="dead").count() == 1


def test_change_a_setting(live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot) -> None:
    name, setting = next((name, s) for name, s in runtime.declared().items() if s.kind is int)
    enter("owner")
    page.goto(f"{live_server.url}/admin/settings/")
    shoot(page, "settings")
    field = page.locator(f"input[name={name}]")
    wanted = int(setting.default) + 1
    field.fill(str(wanted))
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("已保存，几秒内全店生效")).to_be_visible()
    expect(page.get_by_text(re.compile("最近由 owner 于"))).to_be_visible()
    assert runtime.values()[name] == wanted
    page.goto(f"{live_server.url}/admin/core/auditentry/?action=core.change_setting")
    expect(page.locator("#result_list").get_by_text(name)).to_be_visible()


def test_open_an_account_and_search_the_audit(
    live_server: LiveServer, page: Page, context: BrowserContext, enter: Enter, shoot: Shoot
) -> None:
    """Given an owner, when they open an account, then the colleague chooses a password and works."""
    enter("owner")
    page.goto(f"{live_server.url}/admin/auth/user/add/")
    page.locator("input[name=username]").fill("xiaoli")
    page.locator("input[name=first_name]").fill("小李")
    page.get_by_label("客服").check()
    shoot(page, "account")
    page.get_by_role("button", name="保存", exact=True).click()
    link = page.locator("#one-time-link").inner_text()
    shoot(page, "link")

    browser = context.browser
    assert browser is not None
    other = browser.new_context(locale="zh-CN")
    colleague = other.new_page()
    colleague.goto(link)
    shoot(colleague, "password")
    colleague.locator("input[name=new_password1]").fill("tea-at-noon-9")
    colleague.locator("input[name=new_password2]").fill("tea-at-noon-9")
    colleague.get_by_role("button", name="设置密码").click()
    colleague.locator("input[name=username]").fill("xiaoli")
    colleague.locator("input[name=password]").fill("tea-at-noon-9")
    colleague.locator("#login-form button[type=submit]").click()
    expect(colleague.get_by_role("heading", name="待办")).to_be_visible()
    colleague.goto(f"{live_server.url}/admin/operations/")
    expect(colleague.get_by_role("heading", name="您无权打开此页面").first).to_be_visible()
    shoot(colleague, "denied")
    other.close()

    page.goto(f"{live_server.url}/admin/auth/user/")
    shoot(page, "staff")
    page.goto(f"{live_server.url}/admin/roles/")
    shoot(page, "roles")
    page.locator("thead a").nth(2).click()
    shoot(page, "role")
    page.goto(f"{live_server.url}/admin/core/auditentry/?actor=xiaoli")
    rows = page.locator("#result_list")
    expect(rows.get_by_text("core.choose_password")).to_be_visible()
    expect(rows.get_by_text("core.create_staff")).to_have_count(0)
    page.goto(f"{live_server.url}/admin/core/auditentry/")
    shoot(page, "audit")
    page.locator("#result_list tbody a").first.click()
    shoot(page, "audit-entry")


def test_english(live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot) -> None:
    a_bad_day()
    enter("owner")
    page.goto(f"{live_server.url}/admin/operations/")
    page.locator("nav#nav-sidebar-inner").get_by_text("owner", exact=True).click()
    page.get_by_role("button", name=re.compile("English")).click()
    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    headings = page.locator("h1, h2, th").all_inner_texts()
    assert [text for text in headings if re.search("[\u4e00-\u9fff]", text)] == []
    shoot(page, "operations-en")


def test_log_out(live_server: LiveServer, page: Page, enter: Enter) -> None:
    enter("clerk")
    page.goto(f"{live_server.url}/admin/")
    page.locator("nav#nav-sidebar-inner").get_by_text("clerk", exact=True).click()
    page.get_by_role("button", name=re.compile("退出|注销")).click()
    expect(page.get_by_text("您已成功退出管理后台")).to_be_visible()
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("#login-form")).to_be_visible()
    assert settings.SESSION_COOKIE_NAME not in {cookie["name"] for cookie in page.context.cookies()}
