"""The bill on the order page: every step from the goods to the sum on a line of its own."""

import pytest
from django.urls import reverse

from orders.models import OrderAdjustment
from tests.admin_ui.conftest import Login
from tests.orders.console.orders import any_order

pytestmark = pytest.mark.django_db

STEPS = (
    ("card", "年卡", 9_900, "Card bought: 年卡", "购买会员卡：年卡"),
    ("card_discount", "年卡", -255, "Card discount: 年卡", "会员卡优惠：年卡"),
    ("tier_price", "金卡", -300, "Member price: 金卡", "会员价：金卡"),
    ("tier_discount", "金卡", -45, "Member discount: 金卡", "会员折扣：金卡"),
    ("points", "", -100, "Points deducted", "积分抵扣"),
    ("coupon", "春茶券", -500, "春茶券", "春茶券"),
    ("tier_free_shipping", "金卡", -800, "Free freight: 金卡", "会员包邮：金卡"),
    ("tier_monthly_free_shipping", "金卡", -50, "Free freight of the month: 金卡", "本月会员包邮：金卡"),
)


@pytest.mark.parametrize(("language", "place"), [("en", 3), ("zh-CN", 4)])
def test_every_step_has_a_line(login: Login, language: str, place: int) -> None:
    """Given an order with every kind of rule, then none is merged with another of the same name."""
    total = sum(step[2] for step in STEPS)
    order = any_order(
        goods_total=5_100, freight=850, adjustment_total=total, payable=5_950 + total, due=5_950 + total
    )
    for kind, label, amount, _english, _chinese in STEPS:
        OrderAdjustment.objects.create(order=order, kind=kind, label=label, amount=amount)
    OrderAdjustment.objects.create(order=order, kind="points", label="", amount=0)

    page = login("owner", language=language).get(reverse("admin:orders_order_change", args=[order.pk]))

    labels = [row["label"] for row in page.context["totals"]]
    words = [step[place] for step in STEPS]
    assert labels[1:7] == words[:6]
    assert labels[8:] == words[6:]
    assert labels[0] == ("Goods" if language == "en" else "商品")
    assert "¥99.00" in page.context["totals"][1]["amount"]
    assert "2.55" in page.context["totals"][2]["amount"]
