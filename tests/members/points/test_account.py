"""What members see of their points, and the rewards of joining and of a whole profile."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from members.points.demo import load_rules
from members.points.jobs import announce_expiry, expire_points, purge_reward_days
from members.points.models import MallGoods, MallTally, PointsLot, RewardDay, RewardRule
from members.points.services import add_growth, grant_rule, spend_points
from members.points.wording import reason_text
from members.rules import TouchFields
from members.services.closing import close_account
from members.services.login import Device, enter
from members.services.profile import update_profile
from shop.core import clock
from shop.core.actors import Actor
from shop.wechat.mini.types import Session
from tests.catalog.factories import make_sku
from tests.members.points.savers import Saver, rule
from tests.members.shoppers import Browser, problem
from tests.orders.test_query_counts import settled

pytestmark = pytest.mark.django_db

PICTURE = "https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132"


def test_a_member_without_anything_sees_zeros(saver: Saver) -> None:
    assert saver.phone.get("/me/points").json() == {
        "balance": 0,
        "pending": 0,
        "expiring": 0,
        "expiring_at": None,
    }
    assert saver.phone.get("/me/growth").json() == {"balance": 0, "pending": 0}
    assert saver.phone.get("/me/points/entries").json()["results"] == []
    assert problem(Browser().get("/me/points"))[0] == 401


def test_points_and_what_expires_soon(saver: Saver) -> None:
    soon = clock.now() + timedelta(days=3)
    saver.given(100, until=clock.now() + timedelta(days=60)).given(30, until=soon).given(7)

    body = saver.phone.get("/me/points").json()

    assert (body["balance"], body["expiring"]) == (137, 30)
    assert body["expiring_at"].startswith(soon.strftime("%Y-%m-%dT"))


def test_entries_newest_first_page_by_page_and_only_ones_own(saver: Saver, stranger: Browser) -> None:
    rule("share", points=2, growth=1)
    for number in range(3):
        grant_rule(kind="share", member_id=saver.id, reference=f"S{number}")
    spend_points(member_id=saver.id, amount=1, reason="order_points", reference="O1")

    first = saver.phone.get("/me/points/entries?limit=3").json()
    rest = saver.phone.get(first["next"].split("/api/v1", 1)[1]).json()

    assert [(row["amount"], row["balance_after"]) for row in first["results"]] == [(-1, 5), (2, 6), (2, 4)]
    assert [row["reason"] for row in rest["results"]] == ["share"]
    assert first["results"][1]["title"] == reason_text("share") != "share"
    assert [row["amount"] for row in saver.phone.get("/me/growth/entries").json()["results"]] == [1, 1, 1]
    for path in ("/me/points/entries", "/me/growth/entries", "/me/points/pending"):
        assert stranger.get(path).json()["results"] == []


def test_the_pages_take_few_statements_however_much_there_is(saver: Saver) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert saver.phone.get(path).status_code == 200
        return settled(queries)

    saver.given(1)
    for path in ("/me/points", "/me/points/entries"):
        count(path)
    before = [count("/me/points"), count("/me/points/entries")]
    for _n in range(10):
        saver.given(1)
    assert [count("/me/points"), count("/me/points/entries")] == before == [3, 1]


def test_joining_is_rewarded_once(db: None) -> None:
    rule("sign_up", points=100, growth=10)
    session = Session("o-newcomer")

    logins = [enter(session=session, touch=TouchFields(), device=Device()) for _n in range(2)]

    saver = Saver(logins[0].member)
    assert [login.is_new for login in logins] == [True, False]
    assert (saver.points, saver.growth) == (100, 10)


def test_a_whole_profile_is_rewarded_once(saver: Saver) -> None:
    rule("profile", points=50)
    Member.objects.filter(pk=saver.id).update(nickname="小明")
    update_profile(member_id=saver.id, changes={"birthday": date(1990, 2, 28), "gender": "male"})
    assert saver.points == 0

    update_profile(member_id=saver.id, changes={"avatar": PICTURE})
    update_profile(member_id=saver.id, changes={"gender": "female"})

    assert saver.entries() == [("profile", 50, 50)]


def test_the_jobs_work_until_nothing_is_left(saver: Saver, shift_clock: Callable[[float], None]) -> None:
    saver.given(5, until=clock.now() + timedelta(days=2)).given(6, until=clock.now() + timedelta(days=3))
    RewardDay.objects.create(member_id=saver.id, kind="share", day=clock.today() - timedelta(days=401))
    RewardDay.objects.create(member_id=saver.id, kind="share", day=clock.today() - timedelta(days=390))

    assert (announce_expiry(), announce_expiry()) == (2, 0)
    assert expire_points() == 0
    shift_clock(4 * 86_400)
    assert (expire_points(), expire_points()) == (2, 0)
    assert purge_reward_days() == 1


def test_the_export_tells_everything(saver: Saver) -> None:
    rule("share", points=2, growth=1)
    grant_rule(kind="share", member_id=saver.id, reference="S")

    section = saver.phone.get("/me/export").json()["points"]

    assert (section["points"], section["growth"], section["rewards"]) == (2, 1, [])
    assert [(lot["amount"], lot["left"]) for lot in section["lots"]] == [(2, 2)]
    assert [entry["amount"] for entry in section["points_entries"]] == [2]


def test_points_do_not_keep_an_account_open(saver: Saver) -> None:
    saver.given(5)
    close_account(actor=Actor.member(saver.id), member_id=saver.id)
    assert Member.objects.get(pk=saver.id).state == "closed"


def test_the_audit_ends_with_one_for_each_kind_of_drift(
    saver: Saver, capsys: pytest.CaptureFixture[str]
) -> None:
    saver.given(100)
    spend_points(member_id=saver.id, amount=10, reason="order_points", reference="O1")
    add_growth(member_id=saver.id, amount=1, reason="gift", reference="G")
    call_command("audit_points")
    assert "consistent" in capsys.readouterr().out

    PointsLot.objects.update(left=80)
    with pytest.raises(SystemExit) as ended:
        call_command("audit_points")

    assert ended.value.code == 1
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["lots", "lot"]


def test_the_audit_sees_mall_goods_that_orders_do_not_explain(
    saver: Saver, capsys: pytest.CaptureFixture[str]
) -> None:
    goods = MallGoods.objects.create(sku=make_sku(), points=1, quota=5, sold=2)
    MallTally.objects.create(goods=goods, member_id=saver.id, pieces=1)

    with pytest.raises(SystemExit):
        call_command("audit_points")

    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["mall", "mall_member"]


def test_the_demonstration_puts_rules_in_force_once(db: None) -> None:
    assert (load_rules(), load_rules()) == ("7 earning rules", "0 earning rules")
    assert RewardRule.objects.get(kind="order").points == 1
