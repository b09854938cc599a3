"""POST /auth/wechat: who logs in, as whom, and what is stored."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from members.models import Member, Touch, WechatIdentity
from members.services.closing import close_account
from members.services.touches import ensure_scene
from shop.core import clock
from shop.core.actors import Actor
from shop.core.models import OutboxEvent
from shop.core.models.auth import SessionFamily
from tests.members.shoppers import Browser, log_in, problem
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def counts() -> tuple[int, int, int, int]:
    return (
        Member.objects.count(),
        WechatIdentity.objects.count(),
        Touch.objects.count(),
        SessionFamily.objects.count(),
    )


def test_the_first_login_makes_a_member_and_the_second_finds_them(sandbox: SandboxProcess):
    user = sandbox.create_user()
    first = log_in(sandbox, user["openid"])
    assert first.status_code == 200, first.content
    body = first.json()
    assert set(body) == {"access", "refresh", "expires_in", "member", "is_new"}
    assert (body["is_new"], body["expires_in"]) == (True, 7200)
    member = Member.objects.get()
    assert body["member"] == {
        "id": member.pk,
        "nickname": "",
        "avatar": "",
        "phone": "",
        "birthday": None,
        "gender": "unknown",
        "created_at": body["member"]["created_at"],
        "pending": {},
    }
    assert first.headers["Cache-Control"] == "no-store"
    assert Browser(access=body["access"]).get("/me").json() == body["member"]

    second = log_in(sandbox, user["openid"]).json()
    assert (second["is_new"], second["member"]["id"]) == (False, member.pk)
    assert counts() == (1, 1, 0, 2)


def test_what_is_stored_of_an_identity_is_encrypted_and_the_session_key_is_nowhere(
    sandbox: SandboxProcess, capture_log: Callable[[], list[dict[str, Any]]]
):
    user = sandbox.create_user()
    log_in(sandbox, user["openid"])
    identity = WechatIdentity.objects.get()
    assert identity.openid == user["openid"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT i::text, m::text FROM members_wechatidentity i, members_member m")
        stored = " ".join(cursor.fetchone())
    assert user["openid"] not in stored
    assert user["unionid"] not in stored
    assert "session_key" not in stored
    assert user["openid"] not in json.dumps(capture_log())


def test_a_member_who_joins_is_told_to_the_floors_above_with_the_touch(sandbox: SandboxProcess):
    scene = ensure_scene(page="pages/item", query={"id": "7", "promoter": "P1"}, channel="poster")
    touch = {"scene": scene.name, "invite": "I9"}
    answer = log_in(sandbox, sandbox.create_user()["openid"], touch=touch)
    member = answer.json()["member"]["id"]
    event = OutboxEvent.objects.get()
    assert (event.name, event.aggregate) == ("members.member_joined", f"member:{member}")
    said = {"promoter": "P1", "invite": "I9", "scene": scene.name, "channel": "poster"}
    assert event.payload == {"member_id": member, **said}
    stored = Touch.objects.values("promoter", "invite", "scene", "channel").get(member_id=member)
    assert stored == said


def test_a_later_login_stores_its_touch_and_tells_nobody_again(sandbox: SandboxProcess):
    openid = sandbox.create_user()["openid"]
    log_in(sandbox, openid, touch={})
    log_in(sandbox, openid, touch={"promoter": "P2", "channel": "group"})
    assert list(Touch.objects.values_list("promoter", "scene", "channel")) == [("P2", "", "group")]
    assert OutboxEvent.objects.count() == 1


@pytest.mark.parametrize("code", ["nonsense", "x" * 128])
def test_a_code_that_is_not_wechats_is_refused(sandbox: SandboxProcess, code: str):
    answer = Browser().post("/auth/wechat", {"code": code})
    assert problem(answer) == (401, "wechat_code_invalid")
    assert counts() == (0, 0, 0, 0)


def test_a_code_shown_twice_within_a_minute_is_the_same_login(sandbox: SandboxProcess):
    code = sandbox.login_code(sandbox.create_user()["openid"])
    answers = [Browser().post("/auth/wechat", {"code": code}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["is_new"] for answer in answers] == [True, False]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "code", "required"),
        ({"code": ""}, "code", "blank"),
        ({"code": 5}, "code", "invalid"),
        ({"code": "x" * 129}, "code", "max_length"),
        ({"code": "x", "openid": "o"}, "openid", "unknown_field"),
        ({"code": "x", "touch": {"promoter": "p" * 33}}, "touch.promoter", "max_length"),
        ({"code": "x", "touch": {"friend": "p"}}, "touch.friend", "unknown_field"),
    ],
)
def test_a_body_of_another_shape_is_refused(db: None, body: Any, field: str, code: str):
    answer = Browser().post("/auth/wechat", body)
    assert problem(answer) == (400, "invalid_input")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40163, (401, "wechat_code_invalid")),
        (40226, (403, "wechat_user_blocked")),
        (45011, (503, "wechat_busy")),
        (-1, (503, "wechat_busy")),
        (40125, (503, "wechat_not_configured")),
    ],
)
def test_what_wechat_refuses_reads_as_what_the_shopper_can_do(
    sandbox: SandboxProcess, errcode: int, expected: tuple[int, str]
):
    code = sandbox.login_code(sandbox.create_user()["openid"])
    sandbox.fault("errcode", path="/sns/jscode2session", errcode=errcode)
    answer = Browser().post("/auth/wechat", {"code": code})
    assert problem(answer) == expected
    assert counts() == (0, 0, 0, 0)


def test_wechat_that_is_not_there_is_a_503_with_retry_after(sandbox: SandboxProcess):
    code = sandbox.login_code(sandbox.create_user()["openid"])
    sandbox.offline()
    answer = Browser().post("/auth/wechat", {"code": code})
    assert problem(answer) == (503, "wechat_busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert counts() == (0, 0, 0, 0)


def test_two_mini_programs_of_one_person_are_one_member(sandbox: SandboxProcess):
    user = sandbox.create_user()
    first = log_in(sandbox, user["openid"]).json()["member"]["id"]
    # The shop knew this person through another mini-program before: only the unionid is the same.
    WechatIdentity.objects.update(appid="wx-the-other-one", openid_hash="0" * 64)
    answer = log_in(sandbox, user["openid"]).json()
    assert (answer["is_new"], answer["member"]["id"]) == (False, first)
    assert counts() == (1, 2, 0, 2)


def test_a_unionid_that_wechat_gives_later_is_kept(sandbox: SandboxProcess):
    user = sandbox.create_user()
    log_in(sandbox, user["openid"])
    Member.objects.update(unionid_hash="")
    log_in(sandbox, user["openid"])
    assert len(Member.objects.get().unionid_hash) == 64


def test_a_unionid_of_another_member_is_left_with_them(sandbox: SandboxProcess):
    user = sandbox.create_user()
    log_in(sandbox, user["openid"])
    member = Member.objects.get()
    taken = member.unionid_hash
    Member.objects.update(unionid_hash="")
    other = Member.objects.create(unionid_hash=taken, created_at=clock.now(), last_seen_at=clock.now())
    answer = log_in(sandbox, user["openid"]).json()
    assert answer["member"]["id"] == member.pk
    member.refresh_from_db()
    other.refresh_from_db()
    assert (member.unionid_hash, other.unionid_hash) == ("", taken)


def test_whoever_closed_their_account_comes_back_as_a_new_member(sandbox: SandboxProcess):
    user = sandbox.create_user()
    old = log_in(sandbox, user["openid"]).json()
    close_account(actor=Actor.member(old["member"]["id"]), member_id=old["member"]["id"])
    assert problem(Browser(access=old["access"]).get("/me")) == (401, "token_invalid")
    new = log_in(sandbox, user["openid"]).json()
    assert new["is_new"] is True
    assert new["member"]["id"] != old["member"]["id"]


def test_the_device_is_noted_and_nonsense_is_not(sandbox: SandboxProcess):
    openid = sandbox.create_user()["openid"]
    for platform, device in (("ios", "A-1"), ("palm", "x y")):
        Browser().post(
            "/auth/wechat",
            {"code": sandbox.login_code(openid)},
            **{"X-Client-Platform": platform, "X-Device-Id": device},
        )
    families = SessionFamily.objects.order_by("opened_at").values_list("platform", "device_id")
    assert list(families) == [("ios", "A-1"), ("", "")]


def test_logins_from_one_address_are_limited(sandbox: SandboxProcess, settings: Any):
    settings.SHOP_THROTTLES = {**settings.SHOP_THROTTLES, "login": (1, 60, "ip")}
    Browser().post("/auth/wechat", {"code": "a"})
    assert problem(Browser().post("/auth/wechat", {"code": "b"})) == (429, "throttled")
