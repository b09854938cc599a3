"""Getting in: the log-in page, the language switch, the start page."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
PASSWORD = "correct-horse-7"


def test_log_in_and_switch_language(live_server: LiveServer, page: Page, shoot: Shoot) -> None:
    User.objects.create_superuser("owner", password=PASSWORD)

    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_text("欢迎回到")).to_be_visible()
    shoot(page, "login")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Welcome back to")).to_be_visible()
    page.get_by_role("button", name="简体中文").click()
    page.locator("input[name=username]").fill("owner")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("#login-form button[type=submit]").click()

    expect(page.get_by_role("heading", name="待办")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert User.objects.get().last_login is not None
    shoot(page, "home")
