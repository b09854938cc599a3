"""The settings page: typed, validated, audited, and it never takes back a colleague's change."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from shop.core import runtime
from shop.core.actors import Actor
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login

pytestmark = pytest.mark.django_db
PAGE = "/admin/settings/"


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four settings of this test's own beside whatever the shop declares."""
    monkeypatch.setattr(runtime._state, "settings", dict(runtime._state.settings))
    runtime.declare(
        name="t_seconds", default=60, minimum=1, maximum=600, unit="seconds", title="Wait", group="Test"
    )
    runtime.declare(name="t_amount", default=1050, minimum=0, unit="fen", title="Freight", group="Test")
    runtime.declare(name="t_switch", default=True, title="Open", group="Test")
    runtime.declare(
        name="t_text", default="hi", title="Greeting", group="Test", maximum=20, help="Shown first"
    )
    runtime.declare(
        name="t_choice", default="a", title="Way", group="Test", choices=(("a", "First"), ("b", "Second"))
    )
    runtime.forget()
    yield
    runtime.forget()


def shown(browser: Client) -> dict[str, str]:
    """Return what the browser would post if nothing were touched."""
    form = browser.get(PAGE).context["form"]
    fields: dict[str, str] = {"reason": ""}
    for name in form.fields:
        if name == "reason":
            continue
        value = form[name].value()
        fields[f"initial-{name}"] = str(value)
        if value is not False:
            fields[name] = str(value)
    return fields


def present(*names: str) -> list[Any]:
    stored = runtime.values()
    return [stored[name] for name in names]


def test_change_every_kind(login: Login) -> None:
    browser = login("owner")
    fields = shown(browser)
    assert fields["t_amount"] == "10.50"
    fields |= {"t_seconds": "90", "t_amount": "12.3", "t_text": " 你好 ", "t_choice": "b", "reason": "spring"}
    del fields["t_switch"]
    page = browser.post(PAGE, fields, follow=True)
    assert "已保存" in page.content.decode()
    assert present("t_seconds", "t_amount", "t_switch", "t_text", "t_choice") == [
        90,
        1230,
        False,
        "你好",
        "b",
    ]
    entries = {entry.subject_id: entry for entry in AuditEntry.objects.all()}
    assert set(entries) == {"t_seconds", "t_amount", "t_switch", "t_text", "t_choice"}
    assert (entries["t_amount"].before, entries["t_amount"].after) == ({"value": 1050}, {"value": 1230})
    assert entries["t_amount"].reason == "spring"
    text = browser.get(PAGE).content.decode()
    assert "默认值：¥10.50" in text
    assert "最近由 owner 于" in text


def test_saving_untouched_changes_nothing(login: Login) -> None:
    browser = login("owner")
    page = browser.post(PAGE, shown(browser), follow=True)
    assert "没有任何修改" in page.content.decode()
    assert AuditEntry.objects.count() == 0


def test_a_page_that_was_open_long_does_not_take_back_a_colleagues_change(login: Login) -> None:
    browser = login("owner")
    fields = shown(browser)
    runtime.set_value(actor=Actor.system("colleague"), name="t_seconds", value=300)
    browser.post(PAGE, fields | {"t_choice": "b"})
    assert present("t_seconds", "t_choice") == [300, "b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("t_seconds", "0"),
        ("t_seconds", "601"),
        ("t_seconds", "soon"),
        ("t_seconds", "9" * 40),
        ("t_seconds", ""),
        ("t_amount", "-1"),
        ("t_amount", "1.234"),
        ("t_amount", "1e3"),
        ("t_amount", "NaN"),
        ("t_text", "x" * 21),
        ("t_text", "a\x00b"),
        ("t_choice", "c"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_else_is_saved(login: Login, name: str, value: str) -> None:
    browser = login("owner")
    answer = browser.post(PAGE, shown(browser) | {name: value, "t_switch": ""})
    assert answer.status_code == 400
    assert answer.context["form"].errors[name]
    assert present("t_seconds", "t_amount", "t_switch", "t_text", "t_choice") == [60, 1050, True, "hi", "a"]
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("role", ["operations", "service", "warehouse", "finance", "clerk", "auditor", None])
def test_only_the_owner_changes_settings(login: Login, role: str | None) -> None:
    answer = login(role).post(PAGE, {"t_seconds": "90", "initial-t_seconds": "60"})
    assert answer.status_code == 403
    assert present("t_seconds") == [60]
    assert AuditEntry.objects.count() == 0


def test_the_librarys_own_page_is_gone(login: Login) -> None:
    assert login("owner").get("/admin/constance/config/").status_code == 404
