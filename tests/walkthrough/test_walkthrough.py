"""``make walkthrough``: what a newcomer runs first has to end well, and has to say what it saw."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from shop.walkthrough.visitor import abridged
from tests.chaos.running_shop import RunningShop

pytestmark = pytest.mark.lasts(80)

STEPS = (
    "1. 逛店", "2. 挑选商品", "3. 微信登录", "4. 填写收货地址", "5. 加入购物车", "6. 算价并下单",
    "7. 微信支付", "8. 商家分两个包裹发货", "9. 确认收货", "10. 对账",
)  # fmt: skip


@pytest.mark.timeout(600)
def test_the_whole_path_is_played_twice_in_a_fresh_shop(tmp_path: Path) -> None:
    # given a shop as `make up` starts it, with the demo goods
    with RunningShop(tmp_path / "shop", variables={"SHOP_DEMO": "true"}) as shop:
        # when the walk-through is played, and once more
        said = [shop.manage("walkthrough").stdout for _ in range(2)]
        # then each step answered, each order is a new one and the sandbox has both payments, paid
        orders = [re.search(r"Done: ([0-9A-Z]{24})", text) for text in said]
        numbers = {found.group(1) for found in orders if found}
        assert len(numbers) == 2
        payments = shop.sandbox("GET", "/payments")["results"]
    for text in said:
        places = [text.index(step) for step in STEPS]
        assert places == sorted(places)
        assert "POST /api/v1/orders → 409" in text
        assert "POST /api/v1/orders → 201" in text
        for audit in ("audit_stock", "audit_orders", "audit_payments", "audit_ledgers"):
            assert f"✓ {audit}: " in text
    assert [payment["trade_state"] for payment in payments] == ["SUCCESS", "SUCCESS"]


def test_it_does_not_touch_wechat_itself(settings: Any) -> None:
    settings.WECHATPAY_BASE_URL = "https://api.mch.weixin.qq.com"
    with pytest.raises(CommandError, match="sandbox"):
        call_command("walkthrough", sandbox="http://127.0.0.1:9")


def test_a_shop_that_does_not_answer_ends_it_at_the_first_step(settings: Any) -> None:
    settings.WECHATPAY_BASE_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match=r"GET http://127\.0\.0\.1:9/api/v1/home"):
        call_command("walkthrough", shop="http://127.0.0.1:9", sandbox="http://127.0.0.1:9")


def test_answers_are_printed_short_and_without_tokens() -> None:
    token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.secret"
    assert abridged({"access": token, "images": [1, 2, 3, 4], "note": None, "detail": "x" * 70}) == {
        "access": "eyJhbG…",
        "images": [1, 2, "… (+2)"],
        "detail": "x" * 60 + "…",
    }
