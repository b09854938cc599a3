"""Orders in a real browser, paid and refunded at the real sandbox: a colleague's morning."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Sku
from catalog.rules.products import SkuFields
from orders.models import Order, Shipment
from orders.services.shipping import Portion, ship_order
from shop.core.models import AuditEntry
from shop.core.redis import client as redis_client
from shop.core.redis import resume
from shop.payments.jobs import advance_refunds
from shop.payments.models import Refund
from shop.wechat import guard
from tests.catalog.factories import SYSTEM, make_picture, make_product
from tests.orders.buyer import Buyer, fresh, new_buyer, settle, standing
from tests.orders.test_quote import make_store
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import apply_merchant

pytestmark = [pytest.mark.lasts(20), pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Shoot = Callable[[Page, str], None]
Enter = Callable[..., User]


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def payer(sandbox_process: SandboxProcess, settings: Any, transactional_db: None) -> Buyer:
    """A buyer whom the sandbox knows; the shop is the sandbox's merchant."""
    resume()
    redis_client().flushdb()
    apply_merchant(settings, sandbox_process.env)
    sandbox_process.reset()
    sandbox_process.settings(hold_callbacks=True, refund_delay_seconds=0.0)
    guard.breaker.cache_clear()
    guard.bulkhead.cache_clear()
    return new_buyer(sandbox=sandbox_process)


def goods(title: str, code: str, price: int, colour: str, **spec: str) -> Sku:
    """Return a SKU with a picture of its own."""
    sku_fields = [SkuFields(code=code, price=price, spec=spec)]
    picture = make_picture(file=_draw(code, colour))
    product = make_product(title=title, skus=sku_fields, spec_names=tuple(spec), media_ids=(picture.pk,))
    return product.skus.get()


def _draw(name: str, colour: str) -> str:
    image = Image.new("RGB", (240, 240), "#f6f4ef")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((60, 36, 180, 210), 26, fill=colour)
    draw.ellipse((92, 84, 148, 140), fill="#f6f4ef")
    content = BytesIO()
    image.save(content, "PNG")
    return default_storage.save(f"products/{name}.png", ContentFile(content.getvalue()))


def three_kinds() -> tuple[Sku, Sku, Sku]:
    return (
        goods("凤凰单丛 鸭屎香 高山乌龙茶礼盒", "TEA-DC-250", 16800, "#7a8f3c", 规格="250g", 包装="礼盒"),
        goods("建盏 油滴釉茶杯 手工烧制", "CUP-JZ-01", 8900, "#33384a", 釉色="油滴"),
        goods("竹制茶盘 家用小号", "TRAY-S", 5950, "#b98a4a"),
    )


def open_order(page: Page, live_server: LiveServer, order: Order) -> None:
    page.goto(f"{live_server.url}/admin/orders/order/{order.pk}/change/")
    expect(page.locator(".order-head__number", has_text=order.number)).to_be_visible()


def test_a_morning_in_the_warehouse(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, payer: Buyer
) -> None:
    """Given a paid order, when it is packed into two parcels, then both left and the stock with them."""
    tea, cup, tray = three_kinds()
    order = payer.paid((tea, 2), (cup, 3), (tray, 1), note="送人的，请包好，不要放价格单")
    payer.placed((cup, 1))
    payer.paid((tea, 1), delivery="pickup", store=make_store(name="人民广场店").pk)
    enter("warehouse")
    page.goto(f"{live_server.url}/admin/orders/order/")
    shoot(page, "orders-list")
    page.locator("a[href*='tab=to_ship']").first.click()
    page.get_by_text(order.number).first.click()
    shoot(page, "order-paid")

    page.locator("a[href$='/ship/']").click()
    first, second = page.locator("[data-parcel]").nth(0), page.locator("[data-parcel]").nth(1)
    first.locator("select").select_option("SF")
    expect(first.locator("[data-tracking]")).to_have_attribute("placeholder", "SF1234567890123")
    first.locator("[data-tracking]").fill("SF 1234 5678 90123")
    quantities = first.locator("input[data-left]")
    quantities.nth(1).fill("1")
    quantities.nth(2).fill("0")
    page.locator("[data-add]").click()
    expect(second.locator("input[data-left]").nth(1)).to_have_value("2")
    expect(second.locator("input[data-left]").nth(0)).to_have_value("0")
    second.locator("select").select_option("YTO")
    second.locator("[data-tracking]").fill("12")
    page.locator("#ship-form button[type=submit]").click()
    expect(second.locator(".errors")).to_have_count(1)
    shoot(page, "ship-refused")
    assert Shipment.objects.count() == 0
    second.locator("[data-tracking]").fill("YT1234567890123")
    shoot(page, "ship")
    page.locator("#ship-form button[type=submit]").click()

    expect(page.locator(".order-head__number", has_text=order.number)).to_be_visible()
    expect(page.get_by_text("YT1234567890123").first).to_be_visible()
    shoot(page, "order-shipped")
    assert standing(order) == ("shipped", "paid")
    parcels = [
        (one.carrier, one.tracking, [line.quantity for line in one.lines.order_by("pk")])
        for one in Shipment.objects.order_by("pk")
    ]
    assert parcels == [("SF", "SF1234567890123", [2, 1]), ("YTO", "YT1234567890123", [2, 1])]


def test_customer_service_cancels_with_a_refund_and_looks_at_an_address(
    live_server: LiveServer, page: Page, enter: Enter, shoot: Shoot, payer: Buyer
) -> None:
    """Given a paid order, when it is cancelled, then the sandbox sends all of its money back, once."""
    tea, cup, _tray = three_kinds()
    order = payer.paid((tea, 1), (cup, 1))
    enter("service")
    open_order(page, live_server, order)
    assert "13812345678" not in page.content()
    page.locator("a[href$='/reveal/']").click()
    dialog = page.locator("#dialog")
    dialog.locator("textarea").fill("买家来电改派送时间")
    shoot(page, "order-reveal-ask")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_text("13812345678")).to_be_visible()
    shoot(page, "order-reveal")
    assert AuditEntry.objects.get(action="orders.see_address").reason == "买家来电改派送时间"
    page.keyboard.press("Escape")

    page.locator(".order-comment textarea").fill("买家说颜色拍错了，要重新下单")
    page.locator(".order-comment button").click()
    expect(page.locator(".order-moments").get_by_text("买家说颜色拍错了")).to_be_visible()

    page.locator("a[href$='/cancel/']").click()
    expect(dialog.get_by_text("¥257.00")).to_be_visible()
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator(".errors")).to_have_count(1)
    dialog.locator("textarea").fill("买家拍错颜色")
    shoot(page, "order-cancel")
    dialog.locator("button[type=submit]").click()
    expect(page.locator(".order-alert")).to_be_visible()
    assert standing(order) == ("closed", "paid")
    for _step in range(2):
        advance_refunds()
        settle()
        Refund.objects.update(due_at=None)
        _arrive()
    settle()
    open_order(page, live_server, order)
    expect(page.locator(".order-reference--back")).to_have_count(1)
    shoot(page, "order-refunded")
    assert standing(order) == ("refunded", "refunded")
    refund = Refund.objects.get()
    assert (refund.amount, refund.state, bool(refund.refund_id)) == (25700, "succeeded", True)
    assert fresh(order).refunded == 25700


def _arrive() -> None:
    """Ask WeChat about every refund now instead of waiting for the job's time."""
    from shop.payments.services.refund_calls import advance_refund

    for refund in Refund.objects.exclude(state="succeeded"):
        advance_refund(refund_id=refund.pk)


def test_in_english_on_an_order_with_trouble(
    live_server: LiveServer, page: Page, context: BrowserContext, enter: Enter, shoot: Shoot, payer: Buyer
) -> None:
    tea, cup, tray = three_kinds()
    order = payer.paid((tea, 2), (cup, 2))
    payer.paid((tray, 1))
    line = order.lines.order_by("pk")[0]
    ship_order(
        actor=SYSTEM,
        number=order.number,
        carrier="SF",
        tracking="SF1234567890123",
        lines=[Portion(line.pk, 1)],
    )
    payer.phone.post(f"/orders/{order.number}/remind")
    Order.objects.filter(pk=order.pk).update(staff_note="老客户，缺一只杯子就先发茶。")
    enter("owner")
    name = settings.LANGUAGE_COOKIE_NAME
    context.add_cookies([{"name": name, "value": "en", "url": live_server.url}])
    open_order(page, live_server, order)
    expect(page.locator(".order-alert--warning")).to_have_count(1)
    shoot(page, "order-en")
    page.goto(f"{live_server.url}/admin/orders/order/?tab=partly_shipped")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    shoot(page, "orders-list-en")
    page.goto(f"{live_server.url}/admin/orders/{order.pk}/ship/")
    shoot(page, "ship-en")
    page.goto(f"{live_server.url}/admin/orders/{order.pk}/packing-slip/")
    expect(page.get_by_text(re.compile("Packing slip")).first).to_be_visible()
    shoot(page, "packing-slip-en")
    page.goto(f"{live_server.url}/admin/members/member/{payer.member.pk}/change/")
    expect(page.get_by_text(order.number)).to_be_visible()
    shoot(page, "member-orders-en")
