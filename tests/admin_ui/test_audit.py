"""Searching the audit record: filters, readable changes, nothing writable."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.models import AuditEntry
from tests.admin_ui.conftest import Login

pytestmark = pytest.mark.django_db
LIST = "/admin/core/auditentry/"


@pytest.fixture
def entries() -> list[AuditEntry]:
    """Three deeds by three actors on two subjects."""
    return [
        audit.record(
            actor=Actor("staff", 1, "li"),
            action="core.change_setting",
            subject=("setting", "freight"),
            before={"value": 1000},
            after={"value": 1200},
            reason="spring",
        ),
        audit.record(
            actor=Actor("staff", 2, "wang"),
            action="core.run_job",
            subject=("job", "core.heartbeat_bulk"),
            after={"phone": "13812345678", "note": "<script>alert(1)</script>", "gone": None},
        ),
        audit.record(
            actor=Actor.system("orders.close"), action="orders.close_order", subject=("order", "A1")
        ),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("?actor=li", [0]),
        ("?actor=orders.close", [2]),
        ("?action=core.run_job", [1]),
        ("?subject_kind=setting&subject=freight", [0]),
        ("?subject=A1", [2]),
        ("?subject=nothing", []),
        ("?actor=li&action=core.run_job", []),
        ("?actor=%00", [2, 1, 0]),
        ("?request=r-1", []),
    ],
)
def test_filters(login: Login, entries: list[AuditEntry], query: str, found: list[int]) -> None:
    page = login("auditor").get(LIST + query)
    assert [row.pk for row in page.context["cl"].result_list] == [entries[place].pk for place in found]


def test_by_day(login: Login, entries: list[AuditEntry]) -> None:
    """Given entries of today (Beijing), then today's range finds them and no other range does."""
    browser = login("auditor")
    today = clock.now().astimezone(clock.BEIJING).date()
    day = timedelta(days=1)
    queries: tuple[tuple[dict[str, Any], int], ...] = (
        ({"at_from": today, "at_to": today}, 3),
        ({"at_from": today}, 3),
        ({"at_to": today}, 3),
        ({"at_from": today + day}, 0),
        ({"at_to": today - day}, 0),
        ({"at_from": "yesterday"}, 0),
        ({"at_to": "9999-12-31"}, 0),
    )
    for query, count in queries:
        page = browser.get(LIST, query)
        assert page.status_code == 200
        assert len(page.context["cl"].result_list) == count
    assert "没有找到结果" in page.content.decode()


def test_changes_are_readable_masked_and_escaped(login: Login, entries: list[AuditEntry]) -> None:
    browser = login("finance")
    text = browser.get(f"{LIST}{entries[0].pk}/change/").content.decode()
    assert "<del>1000</del>" in text
    assert "<ins>1200</ins>" in text
    assert "修改设置" in text
    text = browser.get(f"{LIST}{entries[1].pk}/change/").content.decode()
    assert "138****5678" in text
    assert "13812345678" not in text
    assert "<script>alert(1)" not in text


def test_a_records_history_leads_to_its_entries(login: Login) -> None:
    answer = login("owner").get("/admin/core/jobrun/7/history/")
    assert answer.headers["Location"] == f"{LIST}?subject_kind=core.jobrun&subject=7"


@pytest.mark.parametrize("role", ["owner", "auditor"])
def test_nobody_changes_or_deletes_an_entry(login: Login, entries: list[AuditEntry], role: str) -> None:
    browser = login(role)
    first = entries[0].pk
    assert browser.post(f"{LIST}{first}/change/", {"reason": "x"}).status_code == 403
    assert browser.post(f"{LIST}{first}/delete/", {"post": "yes"}).status_code == 403
    browser.post(LIST, {"action": "delete_selected", "_selected_action": [first], "post": "yes"})
    assert AuditEntry.objects.get(pk=first).reason == "spring"
    assert AuditEntry.objects.count() == 3


def test_the_number_of_queries_does_not_grow(login: Login, entries: list[AuditEntry]) -> None:
    browser = login("auditor")
    browser.get(LIST)  # the sidebar's numbers are kept for a while from here on
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST)
        counts.append(len(queries))
        for number in range(30):
            audit.record(
                actor=Actor.system(f"job{number}"), action=f"a.b{number}", subject=("x", str(number))
            )
    assert counts[0] == counts[1]


def test_changes_of_a_tables_record_are_named_by_its_columns(login: Login) -> None:
    entry = audit.record(
        actor=Actor.system("load_demo"), action="catalog.edit_home", subject=("catalog.homesection", "1"),
        before={"is_visible": True, "ends_at": None}, after={"is_visible": False, "pin": 3},
    )  # fmt: skip
    page = login("owner", language="en").get(f"{LIST}{entry.pk}/change/")
    text = page.content.decode()
    for words in (
        "<th>visible</th>",
        "<del>Yes</del>",
        "<ins>No</ins>",
        "<th>shown until</th><td><del>-</del>",
        "<th>pin</th>",
    ):
        assert words in text, words
    assert page.context["subtitle"].endswith(" Demonstration data")
