"""The base classes of all console pages, tried on the tests' own tables."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import clear_url_caches, set_urlconf

from shop.core.console import (
    ReadOnlyAdmin,
    ShopModelAdmin,
    YuanField,
    actor_of,
    console_action,
    masked_column,
    may,
    yuan_column,
)
from shop.core.console.columns import money_html, money_text
from shop.core.errors import Conflict, FieldError, InvalidInput
from shop.core.masking import mask_phone
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login
from tests.shopfloor.models import Note, PurseAccount

pytestmark = pytest.mark.django_db
NOTES = "/admin/shopfloor/note/"
PURSES = "/admin/shopfloor/purseaccount/"


class NoteAdmin(ShopModelAdmin):
    view_permission = "core.see_operations"
    add_permission = change_permission = delete_permission = "core.pause_job"
    list_display = ("subject", masked_column("text", "Phone", mask_phone))
    search_fields = ("subject",)
    actions = ("refuse", "mark")
    actions_detail = ("mark",)

    @console_action(permission="core.run_job", title="Refuse", confirm="Sure?")
    def refuse(self, request: Any, note: Note, data: dict[str, Any]) -> None:
        raise Conflict("not today")

    @console_action(permission="core.run_job", title="Mark", reason_required=True)
    def mark(self, request: Any, note: Note, data: dict[str, Any]) -> str:
        Note.objects.filter(pk=note.pk).update(text=f"{actor_of(request)}: {data['reason']}")
        return "marked"

    def save_model(self, request: Any, obj: Note, form: Any, change: bool) -> None:
        if obj.subject == "wrong":
            Note.objects.create(subject="must not stay")
            raise InvalidInput(errors=[FieldError("subject", "wrong", "wrong word")])
        if obj.subject == "busy":
            raise Conflict("shelf is locked")
        super().save_model(request, obj, form, change)


class PurseAdmin(ReadOnlyAdmin):
    view_permission = "core.see_operations"
    list_display = ("id", yuan_column("balance", "Balance"))
    fields = ("balance",)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """Put the tests' pages into the console for one test."""
    pages = {Note: NoteAdmin, PurseAccount: PurseAdmin}
    for model, page in pages.items():
        admin.site.register(model, page)
    _reload_routes()
    yield
    for model in pages:
        admin.site.unregister(model)
    _reload_routes()


def _reload_routes() -> None:
    import importlib

    import shop.urls

    importlib.reload(shop.urls)
    clear_url_caches()
    set_urlconf(None)


def test_money_is_shown_in_yuan(login: Login) -> None:
    purse = PurseAccount.objects.create(balance=123456)
    browser = login("auditor")
    assert "¥1234.56" in browser.get(PURSES).content.decode()
    assert browser.get(f"{PURSES}{purse.pk}/change/").status_code == 200
    assert "/add/" not in browser.get(PURSES).content.decode()


def test_a_read_only_page_saves_nothing_even_for_the_owner(login: Login) -> None:
    purse = PurseAccount.objects.create(balance=100)
    browser = login("owner")
    assert browser.post(f"{PURSES}{purse.pk}/change/", {"balance": "9.99"}).status_code == 403
    assert browser.post(f"{PURSES}{purse.pk}/delete/", {"post": "yes"}).status_code == 403
    purse.refresh_from_db()
    assert purse.balance == 100


def test_personal_data_is_masked_in_lists(login: Login) -> None:
    Note.objects.create(subject="s", text="13812345678")
    text = login("auditor").get(NOTES).content.decode()
    assert "138****5678" in text
    assert "13812345678" not in text


@pytest.mark.parametrize(
    ("role", "sees", "changes"),
    [("owner", True, True), ("operations", True, False), ("auditor", True, False), ("clerk", False, False)],
)
def test_each_permission_by_itself(login: Login, role: str, sees: bool, changes: bool) -> None:
    note = Note.objects.create(subject="old")
    browser = login(role)
    assert browser.get(NOTES).status_code == (200 if sees else 403)
    assert browser.get(f"{NOTES}add/").status_code == (200 if changes else 403)
    browser.post(f"{NOTES}{note.pk}/change/", {"subject": "new", "text": "t", "count": "0"})
    browser.post(f"{NOTES}add/", {"subject": "extra", "text": "t", "count": "0"})
    note.refresh_from_db()
    assert note.subject == ("new" if changes else "old")
    assert Note.objects.count() == (2 if changes else 1)
    browser.post(f"{NOTES}{note.pk}/delete/", {"post": "yes"})
    assert Note.objects.filter(pk=note.pk).exists() is not changes
    assert AuditEntry.objects.count() == (3 if changes else 0)


def test_a_plain_save_is_recorded_with_what_changed(login: Login) -> None:
    note = Note.objects.create(subject="old", text="t")
    login("owner").post(f"{NOTES}{note.pk}/change/", {"subject": "new", "text": "t", "count": "3"})
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"subject": "old", "count": 0}, {"subject": "new", "count": 3})
    assert (entry.actor_label, entry.subject_kind, entry.subject_id) == (
        "owner",
        "shopfloor.note",
        str(note.pk),
    )


def test_a_refused_save_keeps_what_was_typed_and_writes_nothing(login: Login) -> None:
    note = Note.objects.create(subject="old")
    browser = login("owner")
    answer = browser.post(f"{NOTES}{note.pk}/change/", {"subject": "wrong", "text": "typed", "count": "0"})
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert form.errors == {"subject": ["wrong word"]}
    assert form["text"].value() == "typed"
    answer = browser.post(f"{NOTES}add/", {"subject": "busy", "text": "t", "count": "0"})
    assert "shelf is locked" in answer.context["adminform"].form.non_field_errors()[0]
    assert list(Note.objects.values_list("subject", flat=True)) == ["old"]
    assert AuditEntry.objects.count() == 0


def test_an_action_asks_first_and_acts_by_post_only(login: Login) -> None:
    note = Note.objects.create(subject="s")
    browser = login("operations")
    assert browser.get(f"{NOTES}{note.pk}/mark/").status_code == 200
    without_reason = browser.post(f"{NOTES}{note.pk}/mark/", {"reason": ""})
    assert without_reason.status_code == 200
    note.refresh_from_db()
    assert note.text == ""
    page = browser.post(f"{NOTES}{note.pk}/mark/", {"reason": "looks good"}, follow=True)
    note.refresh_from_db()
    assert note.text == "operations: looks good"
    assert "marked" in page.content.decode()


def test_an_action_in_a_dialog_answers_with_a_redirect_for_the_script(login: Login) -> None:
    note = Note.objects.create(subject="s")
    browser = login("operations")
    headers = {"hx-request": "true", "hx-current-url": f"http://testserver{NOTES}?q=s"}
    asked = browser.get(f"{NOTES}{note.pk}/mark/", headers=headers)
    assert 'id="dialog"' in asked.content.decode()
    assert "<html" not in asked.content.decode()
    done = browser.post(f"{NOTES}{note.pk}/mark/", {"reason": "x"}, headers=headers)
    assert done.headers["HX-Redirect"] == f"http://testserver{NOTES}?q=s"
    evil = browser.post(
        f"{NOTES}{note.pk}/mark/",
        {"reason": "x"},
        headers={**headers, "hx-current-url": "https://evil.example/"},
    )
    assert evil.headers["HX-Redirect"] == NOTES


def test_an_action_needs_its_token_against_forged_posts(login: Login) -> None:
    note = Note.objects.create(subject="s")
    strict = Client(enforce_csrf_checks=True)
    login("operations")
    strict.force_login(User.objects.get())
    assert strict.post(f"{NOTES}{note.pk}/mark/", {"reason": "x"}).status_code == 403
    note.refresh_from_db()
    assert note.text == ""


@pytest.mark.parametrize("role", ["auditor", "clerk", None])
def test_an_action_is_denied_and_hidden_without_its_permission(login: Login, role: str | None) -> None:
    note = Note.objects.create(subject="s")
    browser = login(role)
    assert browser.post(f"{NOTES}{note.pk}/mark/", {"reason": "x"}).status_code == 403
    browser.post(NOTES, {"action": "mark", "_selected_action": [note.pk], "_confirmed": "1", "reason": "x"})
    note.refresh_from_db()
    assert note.text == ""
    if role == "auditor":
        assert "/mark/" not in browser.get(f"{NOTES}{note.pk}/change/").content.decode()
        assert 'value="mark"' not in browser.get(NOTES).content.decode()


def test_a_bulk_action_lists_what_was_chosen_then_reports(login: Login) -> None:
    notes = [Note.objects.create(subject=f"n{number}") for number in range(3)]
    browser = login("operations")
    chosen = {"_selected_action": [note.pk for note in notes]}
    asked = browser.post(NOTES, {"action": "refuse", **chosen}).content.decode()
    assert "Sure?" in asked
    assert "已选择 3 条记录" in asked
    text = browser.post(
        NOTES, {"action": "refuse", "_confirmed": "1", **chosen}, follow=True
    ).content.decode()
    assert "3 条被拒绝" in text
    assert "not today" in text


def test_a_bulk_action_has_a_limit(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop.core.console.actions.BULK_LIMIT", 2)
    notes = [Note.objects.create(subject=f"n{number}") for number in range(3)]
    fields = {"action": "mark", "_confirmed": "1", "reason": "x", "_selected_action": [n.pk for n in notes]}
    text = login("operations").post(NOTES, fields, follow=True).content.decode()
    assert "每次最多选择 2 条记录" in text
    assert Note.objects.exclude(text="").count() == 0


def test_an_action_on_a_missing_record_is_a_message(login: Login) -> None:
    assert login("operations").post(f"{NOTES}999/mark/", {"reason": "x"}).status_code == 404


def test_no_codename_means_nobody() -> None:
    everything = User(username="root", is_staff=True, is_superuser=True)
    assert not may(everything, None)
    assert not may(everything, "")
    assert may(everything, "core.run_job")


@pytest.mark.parametrize(("fen", "text"), [(0, "¥0.00"), (5, "¥0.05"), (-1234, "¥-12.34"), (None, "-")])
def test_amounts_as_text(fen: int | None, text: str) -> None:
    assert money_text(fen) == text


def test_negative_amounts_are_marked() -> None:
    assert "console-money--negative" in money_html(-1)
    assert "console-money--negative" not in money_html(0)


def test_the_money_field_reads_and_shows_yuan() -> None:
    field = YuanField(min_fen=0, max_fen=10_000)
    assert field.clean("12.3") == 1230
    assert field.prepare_value(1230) == "12.30"
    assert 'inputmode="decimal"' in field.widget.render("x", "12.30")
