"""The points room's console pages: look, adjust with two people, rules, the mall."""

import pytest
from django.contrib.admin.templatetags.admin_list import result_headers
from django.test import Client
from django.urls import reverse

from members.points.errors import InsufficientPoints
from members.points.models import POINTS, MallGoods, PendingReward, Redemption, RewardRule
from members.points.permissions import ADJUST_POINTS
from members.points.services import add_growth, spend_points
from members.points.services.adjusting import request_adjustment
from members.points.services.mall_editing import change_goods
from shop.core import approvals, clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InsufficientBalance, InvalidInput, NotFound
from shop.core.models import AuditEntry
from shop.core.models.approvals import Approval
from shop.core.permissions import Role
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.catalog.factories import make_sku
from tests.members.points.savers import Saver
from tests.members.wallet.test_console import page, press
from tests.orders.staff import staff as new_staff

pytestmark = pytest.mark.django_db
__all__ = ["login", "roles", "staff"]  # the console's fixtures


def test_entries_and_accounts_are_listed_and_found(login: Login, saver: Saver) -> None:
    saver.given(500)
    spend_points(member_id=saver.id, amount=123, reason="order_points", reference="ORDER1")
    add_growth(member_id=saver.id, amount=77, reason="gift", reference="G")
    browser = login("service")

    entries = page(browser, "members_pointsentry_changelist")
    one = page(browser, "members_pointsentry_changelist", query="?q=ORDER1")
    none = page(browser, "members_pointsentry_changelist", query=f"?q={saver.id + 1}")

    assert "-123" in entries
    assert "-123" in one
    assert "-123" not in none
    assert "77" in page(browser, "members_growthentry_changelist")
    accounts = page(browser, "members_pointsaccount_changelist", query=f"?q={saver.id}")
    assert ("377" in accounts, "77" in accounts) == (True, True)


def test_the_member_page_shows_points_growth_and_lots(login: Login, saver: Saver) -> None:
    saver.given(501)
    add_growth(member_id=saver.id, amount=77, reason="gift", reference="G")
    text = page(login("service"), "members_member_change", saver.id)
    assert ("501" in text, "77" in text) == (True, True)


def test_adjusting_waits_for_a_second_person(login: Login, saver: Saver) -> None:
    saver.given(100)

    press(
        login("service"),
        "members_member",
        saver.id,
        "adjust_points",
        account="points",
        amount="-30",
        reason="重复发放",
    )

    assert Approval.objects.get().payload == {"member": saver.id, "points": -30}
    assert saver.points == 100


def asked(saver: Saver, account: str, amount: int) -> Approval:
    return request_adjustment(
        actor=new_staff(Role.SERVICE), member_id=saver.id, account=account, amount=amount, reason="更正"
    )


def confirmed(approval: Approval) -> None:
    approvals.approve(actor=new_staff(Role.FINANCE), approval_id=approval.pk)


@pytest.mark.parametrize(
    ("account", "amount", "expected"),
    [
        ("points", 40, (140, 50)),
        ("points", -40, (60, 50)),
        ("growth", 5, (100, 55)),
        ("growth", -5, (100, 45)),
    ],
)
def test_a_confirmed_adjustment_is_posted_and_recorded(
    saver: Saver, account: str, amount: int, expected: tuple[int, int]
) -> None:
    saver.given(100)
    add_growth(member_id=saver.id, amount=50, reason="gift", reference="G")

    confirmed(asked(saver, account, amount))

    assert (saver.points, saver.growth) == expected
    entry = AuditEntry.objects.filter(action=ADJUST_POINTS, after__has_key=account).latest("pk")
    assert entry.after[account] - entry.before[account] == amount


def test_nobody_is_adjusted_below_zero(saver: Saver) -> None:
    saver.given(10)
    held = asked(saver, "points", -10)
    spend_points(member_id=saver.id, amount=1, reason="order_points", reference="O")

    with pytest.raises(InsufficientPoints):
        confirmed(held)
    with pytest.raises(InsufficientBalance):
        asked(saver, "growth", -1)
    assert saver.points == 9


def test_what_cannot_be_adjusted_is_refused(saver: Saver, db: None) -> None:
    for account, amount in (("money", 1), ("points", 0), ("points", 10**12)):
        with pytest.raises(InvalidInput):
            asked(saver, account, amount)
    with pytest.raises(NotFound):
        request_adjustment(actor=new_staff(Role.SERVICE), member_id=0, account="points", amount=1, reason="x")
    with pytest.raises(Forbidden):
        request_adjustment(
            actor=Actor.member(saver.id), member_id=saver.id, account="points", amount=1, reason="x"
        )
    assert not Approval.objects.exists()


def test_who_may_not_adjust_sees_no_button_and_cannot_press_it(login: Login, saver: Saver) -> None:
    browser = login("finance")
    path = reverse("admin:members_member_adjust_points", args=[saver.id])
    assert path not in page(browser, "members_member_change", saver.id)
    assert browser.post(path, {"account": "points", "amount": "1", "reason": "x"}).status_code == 403
    assert not Approval.objects.exists()


def save(browser: Client, name: str, *args: object, **data: object) -> str:
    answer = browser.post(reverse(f"admin:{name}", args=args), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_rule_is_written_and_recorded(login: Login) -> None:
    save(
        login("operations"),
        "members_rewardrule_add",
        kind="order",
        points="2",
        growth="1",
        per_fen="1.00",
        points_per_day="500",
        is_active="on",
    )

    found = RewardRule.objects.get()
    assert (found.kind, found.points, found.per_fen, found.points_per_day) == ("order", 2, 100, 500)
    assert AuditEntry.objects.filter(action="members.edit_earning_rule").count() == 1
    assert "500" in page(login("auditor"), "members_rewardrule_changelist")


def offered(browser: Client, **changes: object) -> str:
    data = {
        "points": "500",
        "cash": "9.90",
        "quota": "10",
        "is_active": "on",
        "position": "0",
    }
    return save(browser, "members_mallgoods_add", **{**data, **changes})


def test_goods_are_offered_by_sku_code(login: Login) -> None:
    sku = make_sku()
    browser = login("operations")

    offered(browser, sku_code="NO-SUCH")
    assert not MallGoods.objects.exists()
    begins, ends = ("2026-02-01", "00:00"), ("2026-01-01", "00:00")
    dates = {"starts_at_0": begins[0], "starts_at_1": begins[1], "ends_at_0": ends[0], "ends_at_1": ends[1]}
    offered(browser, sku_code=sku.code, **dates)
    assert not MallGoods.objects.exists()
    offered(browser, sku_code=sku.code)

    goods = MallGoods.objects.get()
    assert (goods.sku_id, goods.points, goods.cash, goods.quota) == (sku.pk, 500, 990, 10)
    assert AuditEntry.objects.filter(action="members.edit_points_mall").count() == 1
    assert sku.code in page(browser, "members_mallgoods_changelist")


def test_changing_an_offer_leaves_alone_what_is_taken(login: Login) -> None:
    goods = MallGoods.objects.create(sku=make_sku(), points=500, quota=10, sold=4)
    browser = login("operations")
    assert goods.sku.code in page(browser, "members_mallgoods_change", goods.pk)
    data = {"points": "400", "cash": "0.00", "is_active": "on", "position": "0"}

    save(browser, "members_mallgoods_change", goods.pk, **data, quota="3")
    goods.refresh_from_db()
    assert (goods.points, goods.quota) == (500, 10)
    save(browser, "members_mallgoods_change", goods.pk, **data, quota="4")

    goods.refresh_from_db()
    assert (goods.points, goods.quota, goods.sold) == (400, 4, 4)
    change_goods(actor=new_staff(Role.OPERATIONS), goods_id=goods.pk, changes={})
    assert AuditEntry.objects.filter(action="members.edit_points_mall").count() == 1
    page(browser, "members_mallgoods_changelist")
    MallGoods.objects.update(is_active=False)
    page(browser, "members_mallgoods_changelist")


def test_rewards_and_redemptions_are_listed(login: Login, saver: Saver) -> None:
    PendingReward.objects.create(
        member_id=saver.id, reference="ORDER7", points=41, growth=0, created_at=clock.now()
    )
    goods = MallGoods.objects.create(sku=make_sku(), points=500, quota=10)
    Redemption.objects.create(
        goods=goods, member_id=saver.id, reference="ORDER8", quantity=1, points=500, created_at=clock.now()
    )
    browser = login("finance")

    assert "ORDER7" in page(browser, "members_pendingreward_changelist", query="?q=ORDER7")
    assert "ORDER8" in page(browser, "members_redemption_changelist")


@pytest.mark.parametrize(
    ("language", "points", "growth", "title"),
    [("en", "Points", "Growth", "Welcome gift"), ("zh-CN", "积分", "成长值", "注册奖励")],
)
def test_points_and_growth_are_not_headed_as_money(
    login: Login, saver: Saver, language: str, points: str, growth: str, title: str
) -> None:
    saver.given(1)
    entry = POINTS.post(account_id=saver.id, amount=5, reason="sign_up", reference="sign_up")
    add_growth(member_id=saver.id, amount=7, reason="gift", reference="G")
    browser = login("service", language=language)
    for name, heading in (("pointsentry", points), ("growthentry", growth)):
        listed = browser.get(reverse(f"admin:members_{name}_changelist"))
        headers = [str(header["text"]) for header in result_headers(listed.context["cl"])]
        assert heading.lower() in [text.lower() for text in headers]
        assert {"amount", "金额"} & {text.lower() for text in headers} == set()
    shown = browser.get(reverse("admin:members_pointsentry_change", args=[entry.pk]))
    assert shown.context["subtitle"] == title
    assert "sign_up" not in shown.context["subtitle"]
