"""The members' console pages: masked, found by whole phone, revealed on the record, decided, published."""

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Agreement, Member, ProfileCheck
from members.services.addresses import create_address
from shop.core import clock
from shop.core.crypto import hash_phone
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.members.shoppers import address, new_member

pytestmark = pytest.mark.django_db
__all__ = ["login", "roles", "staff"]  # the console's fixtures

PHONE = "13812345678"
SECRETS = (PHONE, "王小明", "人民大道185号", "o-secret-openid")


@pytest.fixture
def shopper(db: None) -> Member:
    member = new_member(
        "o-secret-openid", appid="wx-1", nickname="小集", phone=PHONE, phone_hash=hash_phone(PHONE)
    )
    create_address(member_id=member.pk, fields=address())
    new_member("o-other", appid="wx-1", nickname="路人")
    return member


def page(browser: Client, name: str, *args: object, query: str = "") -> str:
    answer = browser.get(reverse(f"admin:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_lists_and_records_show_personal_data_masked(login: Login, shopper: Member):
    browser = login("owner")
    for text in (
        page(browser, "members_member_changelist"),
        page(browser, "members_member_change", shopper.pk),
    ):
        assert "138****5678" in text
        for secret in SECRETS:
            assert secret not in text
    record = page(browser, "members_member_change", shopper.pk)
    assert "王**" in record
    assert "人民大道18****" in record


@pytest.mark.parametrize("term", [PHONE, "+86 138-1234-5678", "小集"])
def test_members_are_found_by_whole_phone_or_nickname(login: Login, shopper: Member, term: str):
    text = page(login("service"), "members_member_changelist", query=f"?q={term.replace('+', '%2B')}")
    assert "小集" in text
    assert "路人" not in text


def test_members_are_found_by_number_and_not_by_part_of_a_phone(login: Login, shopper: Member):
    browser = login("service")
    assert "小集" in page(browser, "members_member_changelist", query=f"?q={shopper.pk}")
    assert "小集" not in page(browser, "members_member_changelist", query="?q=1381234")


def test_revealing_asks_for_a_reason_and_is_recorded(login: Login, shopper: Member):
    browser = login("service")
    path = reverse("admin:reveal_member", args=[shopper.pk])
    asked = browser.get(path).content.decode()
    refused = browser.post(path, {"reason": " "}).content.decode()
    for text in (asked, refused):
        assert PHONE not in text
    assert AuditEntry.objects.filter(action="members.reveal_member").count() == 0
    answer = browser.post(path, {"reason": "快递找不到地址"})
    shown = answer.content.decode()
    for secret in SECRETS[:3]:
        assert secret in shown
    assert "no-store" in answer.headers["Cache-Control"]
    entry = AuditEntry.objects.get(action="members.reveal_member")
    assert (entry.actor_label, entry.reason, entry.subject_id) == (
        "service",
        "快递找不到地址",
        str(shopper.pk),
    )
    assert PHONE not in str((entry.before, entry.after))


def test_revealing_is_for_those_who_may_and_for_members_who_exist(login: Login, shopper: Member):
    auditor = login("auditor")
    path = reverse("admin:reveal_member", args=[shopper.pk])
    assert auditor.get(path).status_code == 403
    assert auditor.post(path, {"reason": "x"}).status_code == 403
    assert login("service").get(reverse("admin:reveal_member", args=[999999])).status_code == 404
    assert AuditEntry.objects.count() == 0


def test_the_button_leads_to_the_page_and_only_for_those_who_may(login: Login, shopper: Member):
    path = f"/admin/members/member/{shopper.pk}/reveal/"
    assert login("service").get(path).headers["Location"].endswith(f"/members/{shopper.pk}/reveal/")
    assert "show in clear" not in page(login("auditor"), "members_member_change", shopper.pk).lower()


def test_staff_close_an_account_with_a_reason(login: Login, shopper: Member):
    browser = login("service")
    path = f"/admin/members/member/{shopper.pk}/close/"
    browser.post(path, {"reason": ""})
    shopper.refresh_from_db()
    assert shopper.state == "active"
    browser.post(path, {"reason": "本人来电要求"})
    shopper.refresh_from_db()
    assert (shopper.state, shopper.nickname, shopper.phone) == ("closed", "", "")
    assert AuditEntry.objects.get().reason == "本人来电要求"


def test_held_nicknames_are_shown_or_refused(login: Login, shopper: Member):
    check = ProfileCheck.objects.create(
        member=shopper, field="nickname", value="新名字", state="review", created_at=clock.wall()
    )
    browser = login("operations")
    assert "新名字" in page(browser, "members_profilecheck_changelist")
    browser.post(f"/admin/members/profilecheck/{check.pk}/show/", {"reason": ""})
    shopper.refresh_from_db()
    assert (shopper.nickname, ProfileCheck.objects.count()) == ("新名字", 0)


def test_a_draft_is_written_in_the_console_and_published_by_the_owner(login: Login):
    editor = login("operations")
    form = {"document": "terms", "version": "3.0", "title": "新协议", "body": "正文"}
    assert editor.post(reverse("admin:members_agreement_add"), form).status_code == 302
    draft = Agreement.objects.get()
    assert (draft.version, draft.published_at) == ("3.0", None)
    assert editor.post(f"/admin/members/agreement/{draft.pk}/publish/", {"reason": ""}).status_code == 403
    again = editor.post(reverse("admin:members_agreement_add"), form)
    assert again.status_code == 200
    assert Agreement.objects.count() == 1
    owner = login("owner")
    owner.post(f"/admin/members/agreement/{draft.pk}/publish/", {"reason": "上线"})
    draft.refresh_from_db()
    assert draft.published_at is not None
    change = reverse("admin:members_agreement_change", args=[draft.pk])
    owner.post(change, {**form, "body": "偷偷改"})
    draft.refresh_from_db()
    assert draft.body == "正文"
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["members.edit_agreement", "members.publish_agreement"]
