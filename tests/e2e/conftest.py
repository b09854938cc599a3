"""A real Chromium in front of a live server. Screenshots land in ``screenshots/`` (ignored by git)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from shop.core.access import role_group, sync_roles
from shop.core.permissions import Role

SCREENSHOTS = Path(__file__).resolve().parents[2] / "screenshots"
PASSWORD = "correct-horse-7"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor whose browser prefers Chinese; any script error fails the test."""
    expect.set_options(timeout=15_000)
    fresh = browser.new_context(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai")
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. Script errors and refused resources (policy, missing files) fail the test at its end."""
    tab = context.new_page()
    troubles: list[str] = []
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield tab
    assert troubles == []


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Return a function that photographs a page at desk and phone width and checks that nothing overflows."""

    def take(tab: Page, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        for label, size in (("1280", WIDE), ("390", NARROW)):
            tab.set_viewport_size(size)
            tab.wait_for_load_state("networkidle")
            tab.screenshot(path=SCREENSHOTS / f"{name}-{label}.png", full_page=True)
            overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, f"{name} is {overflow} px wider than a {label} px screen"
        tab.set_viewport_size(WIDE)

    return take


@pytest.fixture
def enter(
    live_server: LiveServer, context: BrowserContext, transactional_db: None
) -> Callable[[str, str], User]:
    """Return a function that logs a new colleague of a role in without the log-in page."""
    sync_roles()

    def let_in(role: str, username: str = "") -> User:
        user = User.objects.create_user(username or role, password=PASSWORD, is_staff=True)
        user.groups.add(role_group(Role(role)))
        browser = Client()
        browser.force_login(user)
        cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return user

    return let_in
