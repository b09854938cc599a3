"""A developer presses the buttons, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.waiting import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A Chromium page that fails the test on any script error."""
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def test_pressing_pay_pays(browser_page: Page, merchant, sandbox, openid, mailbox):
    order = merchant.order(openid, mailbox.url)
    merchant.prepay(order)
    browser_page.goto(sandbox.base_url)
    row = browser_page.locator("#payments tr", has_text=order["out_trade_no"])
    row.get_by_role("button", name="支付", exact=True).click()
    expect(row.locator(".tag")).to_have_text("SUCCESS")
    mailbox.wait()
    assert merchant.query(order["out_trade_no"])["trade_state"] == "SUCCESS"


def test_shopper_fault_and_clock(browser_page: Page, sandbox):
    browser_page.goto(f"{sandbox.base_url}/?lang=en")
    browser_page.get_by_placeholder("Name").fill("小红的手机")
    browser_page.get_by_role("button", name="New shopper").click()
    expect(browser_page.locator("#users td", has_text="小红的手机").first).to_be_visible()
    browser_page.locator("#faults select").select_option("429")
    browser_page.get_by_role("button", name="Add fault").click()
    expect(browser_page.locator("#faults td", has_text="429")).to_be_visible()
    browser_page.get_by_role("button", name="Clear all").click()
    expect(browser_page.locator("#faults .empty")).to_be_visible()
    before = sandbox.get("/clock")["offset_seconds"]
    browser_page.get_by_role("button", name="+1 hour").click()
    assert eventually(lambda: sandbox.get("/clock")["offset_seconds"], (before + 3600).__eq__)
