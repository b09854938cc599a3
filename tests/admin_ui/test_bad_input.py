"""Forms of the console with input nobody means: a message beside the field, never an error page."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.admin_ui.access_table import PAGES
from tests.admin_ui.conftest import Login, StaffMaker
from tests.admin_ui.test_pages import address

pytestmark = [pytest.mark.lasts(15), pytest.mark.django_db]

BAD = {
    "empty": "",
    "word": "not a number",
    "long": "x" * 3_000,
    "nul": "a\0b",
    "negative": "-5",
    "huge": "9" * 30,
    "beyond bigint": "9223372036854775808",
    "infinite": "1e400",
    "not a number": "NaN",
}
QUICK = ("nul", "huge")
PLAUSIBLE = {
    "number": "1",
    "date": "2026-01-01",
    "time": "09:00",
    "email": "a@example.com",
    "url": "https://a.b",
}
KEPT = ("csrfmiddlewaretoken", "next", "language", "action")


class Forms(HTMLParser):
    """Collects the forms of a page that are posted: address, and fields as (name, type, value)."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str, str]]]] = []
        self._open = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("method", "").lower() == "post"
            if self._open:
                self.forms.append((given.get("action", ""), []))
        elif self._open:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name, fields = given.get("name", ""), self.forms[-1][1]
        kind = given.get("type", "text")
        if tag == "textarea" and name:
            fields.append((name, "textarea", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and given.get("value"):
            fields.append((self._select, "select", given["value"]))
            self._select = ""
        elif tag == "input" and name and kind not in ("submit", "button", "file", "checkbox", "radio"):
            fields.append((name, kind, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


def forms_of(browser: Client, path: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The forms of a page that take input of people, with the addresses to which they are posted."""
    answer = browser.get(path)
    assert answer.status_code == 200, path
    parser = Forms()
    parser.feed(answer.content.decode() if answer["Content-Type"].startswith("text/html") else "")
    for action, fields in parser.forms:
        where = action or path
        typed = [kind for name, kind, _value in fields if kind != "hidden" and name not in KEPT]
        if typed and where.startswith("/") and "language" not in where and "logout" not in where:
            yield where, fields


def filled(fields: list[tuple[str, str, str]], bad: str, only: str = "") -> dict[str, str]:
    """Fill a form: every field people type into is bad, or only one is and the rest is plausible."""
    data: dict[str, str] = {}
    for name, kind, value in fields:
        if kind == "hidden" or name in KEPT:
            data[name] = value
        elif not only or name == only:
            data[name] = bad
        else:
            data[name] = value or PLAUSIBLE.get(kind, "7")
    return data


def pages() -> list[str]:
    """Every page with a form that the owner may open: add pages, and pages that are no model's."""
    names = [name for name, roles in PAGES.items() if "owner" in roles and not name.endswith("_changelist")]
    return [address(name) for name in names]


@pytest.mark.parametrize("kinds", [QUICK, pytest.param(tuple(BAD), marks=pytest.mark.full)], ids=len)
def test_no_form_fails_whatever_is_typed(login: Login, staff: StaffMaker, kinds: tuple[str, ...]) -> None:
    """Given every field of a form filled with the same nonsense, then the answer is a page or a refusal."""
    staff("clerk")  # the first account is the one whose page is filled in: not the one that fills in
    browser = login("owner")
    browser.raise_request_exception = False
    failed: list[tuple[str, str, int]] = []
    posted = 0
    for path in pages():
        for where, fields in forms_of(browser, path):
            for name in kinds:
                posted += 1
                status = browser.post(where, filled(fields, BAD[name])).status_code
                failed += [] if status < 500 else [(where, name, status)]
    assert failed == []
    assert posted >= 20 * len(kinds)


@pytest.mark.full
def test_one_bad_field_is_named_and_nothing_is_written(login: Login) -> None:
    """Given one field with a NUL, a word or a giant and the rest plausible, then the message is beside it."""
    browser = login("owner")
    browser.raise_request_exception = False
    failed: list[tuple[str, str, str, Any]] = []
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}_add"
        if "owner" not in PAGES.get(label, ()):
            continue
        path = reverse(f"admin:{label}")
        context = browser.get(path).context
        if "adminform" not in context:
            continue  # a page of its own
        form = context["adminform"].form
        for where, fields in forms_of(browser, path):
            for name, kind, _value in fields:
                if name not in form.fields and name.rsplit("_", 1)[0] not in form.fields:
                    continue
                failed += [
                    (where, name, why, found)
                    for why in ("nul", "beyond bigint", "huge")
                    if (found := tried(browser, where, filled(fields, BAD[why], only=name), name, why, kind))
                ]
    assert failed == []


def tried(browser: Client, where: str, data: dict[str, str], name: str, why: str, kind: str) -> str:
    """Post a form with one bad field; return what is wrong with the answer."""
    answer = browser.post(where, data)
    if answer.status_code >= 500:
        return f"status {answer.status_code}"
    if why != "nul" or answer.status_code == 302 or kind == "hidden":
        return "" if why != "nul" else "stored a NUL"
    errors = answer.context["adminform"].form.errors
    return "" if name in errors or name.rsplit("_", 1)[0] in errors else f"beside {sorted(errors)}"
