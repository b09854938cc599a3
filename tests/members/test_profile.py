"""GET and PATCH /me: nickname and picture under content security, birthday, gender; the phone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from members.errors import ContentUnchanged
from members.handlers import picture_judged
from members.jobs import check_profiles
from members.models import Member, ProfileCheck
from members.queries import members_by_phone
from members.services.checks import MOST_ATTEMPTS, decide_check
from shop.core import clock
from shop.core.errors import Forbidden
from shop.core.models import AuditEntry
from shop.core.roof import roof_table
from tests.members.shoppers import Browser, browser_of, fields_of, new_member, problem
from tests.payments.staff import staff
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shopper(sandbox: SandboxProcess) -> Member:
    """A member whose WeChat account the sandbox knows."""
    return new_member(sandbox.create_user(phone="13812345678")["openid"])


@pytest.fixture
def me(shopper: Member) -> Browser:
    return browser_of(shopper)


def judged(sandbox: SandboxProcess, suggest: str, **changes: Any) -> None:
    """What WeChat pushes about the picture that was submitted last."""
    trace = ProfileCheck.objects.get().trace_id
    resource = {"trace_id": trace, "errcode": 0, "result": {"suggest": suggest, "label": 100}, **changes}
    picture_judged(None, resource)


def make_due() -> None:
    ProfileCheck.objects.update(due_at=clock.wall() - timedelta(seconds=1))


def test_a_good_nickname_and_the_rest_are_changed_at_once(me: Browser, shopper: Member):
    changes = {"nickname": "小集", "birthday": "2000-02-29", "gender": "female"}
    answer = me.patch("/me", changes)
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in changes} == changes
    shopper.refresh_from_db()
    assert (shopper.nickname, str(shopper.birthday), shopper.gender) == ("小集", "2000-02-29", "female")
    assert me.patch("/me", {"birthday": None, "nickname": ""}).json()["birthday"] is None
    shopper.refresh_from_db()
    assert (shopper.nickname, shopper.birthday, shopper.gender) == ("", None, "female")


def test_a_risky_nickname_is_refused_and_nothing_changes(me: Browser, shopper: Member):
    me.patch("/me", {"nickname": "小集"})
    answer = me.patch("/me", {"nickname": "赌博大王", "gender": "male"})
    assert problem(answer) == (400, "content_refused")
    assert fields_of(answer) == [("nickname", "content_refused")]
    shopper.refresh_from_db()
    assert (shopper.nickname, shopper.gender, ProfileCheck.objects.count()) == ("小集", "unknown", 0)


def test_a_doubtful_nickname_waits_for_staff_and_only_the_member_sees_it(me: Browser, shopper: Member):
    me.patch("/me", {"nickname": "小集"})
    answer = me.patch("/me", {"nickname": "代购小王", "gender": "male"}).json()
    assert (answer["nickname"], answer["pending"]) == ("小集", {"nickname": "代购小王"})
    assert answer["gender"] == "male"
    check = ProfileCheck.objects.get()
    assert (check.state, check.due_at) == ("review", None)
    with pytest.raises(Forbidden):
        decide_check(actor=staff("clerk"), check_id=check.pk, approve=True)
    decide_check(actor=staff("service", "members.review_profile"), check_id=check.pk, approve=True)
    shown = me.get("/me").json()
    assert (shown["nickname"], shown["pending"]) == ("代购小王", {})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after) == (
        "members.review_profile",
        {"field": "nickname", "approved": True},
    )


def test_staff_cannot_decide_about_what_they_have_not_seen(me: Browser):
    me.patch("/me", {"nickname": "代购一"})
    seen = ProfileCheck.objects.get().pk
    me.patch("/me", {"nickname": "代购二"})
    with pytest.raises(ContentUnchanged):
        decide_check(actor=staff("service", "members.review_profile"), check_id=seen, approve=True)
    assert me.get("/me").json()["pending"] == {"nickname": "代购二"}
    assert AuditEntry.objects.count() == 0


def test_a_refused_nickname_leaves_the_old_one(me: Browser):
    me.patch("/me", {"nickname": "小集"})
    me.patch("/me", {"nickname": "代购小王"})
    check = ProfileCheck.objects.get()
    decide_check(actor=staff("service", "members.review_profile"), check_id=check.pk, approve=False)
    assert me.get("/me").json()["nickname"] == "小集"
    assert ProfileCheck.objects.count() == 0


def test_with_wechat_away_a_nickname_waits_and_the_job_asks_again(me: Browser, sandbox: SandboxProcess):
    sandbox.offline()
    answer = me.patch("/me", {"nickname": "小集"})
    assert answer.status_code == 200
    assert (answer.json()["nickname"], answer.json()["pending"]) == ("", {"nickname": "小集"})
    assert check_profiles() == 0
    sandbox.offline(False)
    make_due()
    assert check_profiles() == 1
    assert me.get("/me").json()["nickname"] == "小集"
    assert check_profiles() == 0


def test_a_nickname_that_turns_out_risky_later_is_dropped(me: Browser, sandbox: SandboxProcess):
    sandbox.offline()
    me.patch("/me", {"nickname": "赌博"})
    sandbox.offline(False)
    make_due()
    check_profiles()
    shown = me.get("/me").json()
    assert (shown["nickname"], shown["pending"]) == ("", {})


def test_after_many_silent_answers_a_person_decides(me: Browser, sandbox: SandboxProcess):
    sandbox.offline()
    me.patch("/me", {"nickname": "小集"})
    ProfileCheck.objects.update(attempts=MOST_ATTEMPTS, due_at=clock.wall() - timedelta(seconds=1))
    check_profiles()
    check = ProfileCheck.objects.get()
    assert (check.state, check.due_at) == ("review", None)


@pytest.mark.parametrize(
    ("suggest", "avatar", "pending", "left"),
    [
        ("pass", "/media/u/1.png", {}, 0),
        ("risky", "", {}, 0),
        ("review", "", {"avatar": "/media/u/1.png"}, 1),
    ],
)
def test_a_picture_appears_when_wechat_has_passed_it(
    me: Browser,
    sandbox: SandboxProcess,
    suggest: str,
    avatar: str,
    pending: dict[str, str],
    left: int,
):
    answer = me.patch("/me", {"avatar": "/media/u/1.png"}).json()
    assert (answer["avatar"], answer["pending"]) == ("", {"avatar": "/media/u/1.png"})
    assert check_profiles() == 1
    sent = [entry for entry in sandbox.log() if entry["path"] == "/wxa/media_check_async"][-1]
    assert "/media/u/1.png" in str(sent)
    assert ProfileCheck.objects.get().state == "asked"
    judged(sandbox, suggest)
    shown = me.get("/me").json()
    assert (shown["avatar"], shown["pending"]) == (avatar, pending)
    assert ProfileCheck.objects.filter(state="review").count() == left


def test_a_check_that_wechat_could_not_make_is_left_to_staff(me: Browser, sandbox: SandboxProcess):
    me.patch("/me", {"avatar": "/media/u/1.png"})
    check_profiles()
    judged(sandbox, "pass", errcode=-1008)
    assert ProfileCheck.objects.get().state == "review"
    assert me.get("/me").json()["avatar"] == ""


def test_a_verdict_nobody_waits_for_changes_nothing(me: Browser):
    assert roof_table("INBOX")["wxa_media_check"] == "members.handlers.picture_judged"
    me.patch("/me", {"avatar": "/media/u/1.png"})
    picture_judged(None, {"trace_id": "unknown", "errcode": 0, "result": {"suggest": "pass"}})
    picture_judged(None, {"errcode": 0, "result": {"suggest": "pass"}})
    assert me.get("/me").json()["avatar"] == ""


def test_wechats_own_picture_needs_no_check(me: Browser):
    url = "https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132"
    answer = me.patch("/me", {"avatar": url}).json()
    assert (answer["avatar"], answer["pending"]) == (url, {})
    assert me.patch("/me", {"avatar": ""}).json()["avatar"] == ""


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"avatar": "https://evil.example/1.png"}, "avatar", "foreign_picture"),
        ({"avatar": "https://thirdwx.qlogo.cn@evil.example/1.png"}, "avatar", "foreign_picture"),
        ({"avatar": "/media/../admin/"}, "avatar", "foreign_picture"),
        ({"avatar": "javascript:alert(1)"}, "avatar", "foreign_picture"),
        ({"birthday": "1899-12-31"}, "birthday", "out_of_range"),
        ({"birthday": "2999-01-01"}, "birthday", "out_of_range"),
        ({"birthday": "2001-02-29"}, "birthday", "invalid"),
        ({"gender": "m"}, "gender", "invalid_choice"),
        ({"nickname": "x" * 31}, "nickname", "max_length"),
        ({"nickname": "a\u202eb"}, "nickname", "unprintable"),
        ({"phone": "13800000000"}, "phone", "unknown_field"),
    ],
)
def test_what_cannot_be_is_refused(
    me: Browser, shopper: Member, changes: dict[str, Any], field: str, code: str
):
    before = me.get("/me").json()
    answer = me.patch("/me", changes)
    assert (problem(answer), fields_of(answer)) == ((400, "invalid_input"), [(field, code)])
    assert me.get("/me").json() == before


def test_the_phone_that_wechat_vouches_for_is_bound_encrypted_and_found(
    me: Browser, shopper: Member, sandbox: SandboxProcess, capture_log: Any
):
    openid = shopper.identities.get().openid
    answer = me.post("/me/phone", {"code": sandbox.phone_code(openid)})
    assert (answer.status_code, answer.json()["phone"]) == (200, "13812345678")
    assert list(members_by_phone("+86 138-1234-5678")) == [shopper]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == (
        "members.bind_phone",
        {"phone": ""},
        {"phone": "138****5678"},
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM members_member m")
        assert "13812345678" not in cursor.fetchone()[0]
    assert "13812345678" not in str(capture_log())


def test_binding_the_same_number_again_changes_nothing(me: Browser, shopper: Member, sandbox: SandboxProcess):
    openid = shopper.identities.get().openid
    for _time in range(2):
        assert me.post("/me/phone", {"code": sandbox.phone_code(openid)}).status_code == 200
    assert AuditEntry.objects.count() == 1


def test_a_phone_of_another_member_is_refused(me: Browser, shopper: Member, sandbox: SandboxProcess):
    other = sandbox.create_user(phone="13812345678")["openid"]
    first = browser_of(new_member(other))
    assert first.post("/me/phone", {"code": sandbox.phone_code(other)}).status_code == 200
    answer = me.post("/me/phone", {"code": sandbox.phone_code(shopper.identities.get().openid)})
    assert problem(answer) == (409, "phone_in_use")
    shopper.refresh_from_db()
    assert (shopper.phone, shopper.phone_hash) == ("", "")


def test_a_bad_phone_code_is_bad_input_and_an_absent_wechat_is_busy(
    me: Browser, shopper: Member, sandbox: SandboxProcess
):
    answer = me.post("/me/phone", {"code": "nonsense"})
    assert (problem(answer), fields_of(answer)) == ((400, "phone_code_invalid"), [("code", "invalid")])
    code = sandbox.phone_code(shopper.identities.get().openid)
    sandbox.offline()
    assert problem(me.post("/me/phone", {"code": code})) == (503, "wechat_busy")
    shopper.refresh_from_db()
    assert shopper.phone == ""
