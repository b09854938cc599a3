"""Cursor pages: every row once, whatever comes and goes meanwhile; made-up cursors refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from shop.core.api.pagination import CursorPage, CursorQuery, paginate
from shop.core.errors import InvalidInput
from shop.core.models import AuditEntry
from tests.shopfloor.models import Note

ORDER = ("-count", "id")


def page(url: str, order: tuple[str, ...] = ORDER, rows: Any = None) -> CursorPage[Any]:
    request = Request(APIRequestFactory().get(url))
    query = CursorQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    return paginate(
        Note.objects.all() if rows is None else rows, request=request, query=query.validated_data, order=order
    )


def walk(url: str, towards: str = "next") -> list[list[int]]:
    pages, current = [], page(url)
    while True:
        pages.append([note.pk for note in current.rows])
        following = getattr(current, towards)
        if following is None:
            return pages
        current = page(following)


def fill(counts: list[int]) -> list[int]:
    Note.objects.bulk_create([Note(subject=str(count), count=count) for count in counts])
    return list(Note.objects.order_by(*ORDER).values_list("pk", flat=True))


@pytest.mark.django_db
def test_pages_cover_every_row_once_in_order_and_keep_the_other_parameters():
    expected = fill([3, 1, 3, 2, 2, 2, 1])
    pages = walk("/api/v1/notes?limit=3")
    assert pages == [expected[:3], expected[3:6], expected[6:]]
    first = page("/api/v1/notes?limit=3")
    assert first.previous is None
    assert first.next is not None
    assert first.next.startswith("/api/v1/notes?limit=3&cursor=")
    assert first.body([1]) == {"results": [1], "next": first.next, "previous": None}


@pytest.mark.django_db
def test_going_back_shows_the_same_pages():
    expected = fill([3, 1, 3, 2, 2, 2, 1])
    last = page(str(page(str(page("/n?limit=3").next)).next))
    assert last.next is None
    middle = page(str(last.previous))
    assert [note.pk for note in middle.rows] == expected[3:6]
    first = page(str(middle.previous))
    assert [note.pk for note in first.rows] == expected[:3]
    assert first.previous is None
    assert page(str(first.next)).rows == middle.rows


@pytest.mark.django_db
def test_a_row_that_appears_or_goes_meanwhile_shifts_nothing():
    expected = fill([5, 4, 3, 2, 1])
    first = page("/n?limit=2")
    Note.objects.create(subject="new", count=9)
    Note.objects.filter(pk=expected[1]).delete()
    assert [note.pk for note in page(str(first.next)).rows] == expected[2:4]


@pytest.mark.django_db
def test_an_empty_list_has_no_neighbours():
    empty = page("/n")
    assert (empty.rows, empty.next, empty.previous) == ([], None, None)


@pytest.mark.django_db
def test_values_rows_and_moments_work_too():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(3):
        AuditEntry.objects.create(
            at=now + timedelta(microseconds=number // 2), actor_kind="system", action="a"
        )
    rows = AuditEntry.objects.values("id", "at")
    first = page("/n?limit=2", ("at", "id"), rows)
    second = page(str(first.next), ("at", "id"), rows)
    assert [row["id"] for row in first.rows + second.rows] == list(
        AuditEntry.objects.order_by("at", "id").values_list("id", flat=True)
    )


@pytest.mark.django_db
def test_a_cursor_that_is_altered_or_of_another_list_is_refused():
    fill([1, 2, 3])
    link = str(page("/n?limit=1").next)
    for url, order in (
        (link[:-1] + ("A" if link[-1] != "A" else "B"), ORDER),
        ("/n?cursor=x", ORDER),
        (link, ("id",)),
    ):
        with pytest.raises(InvalidInput) as refused:
            page(url, order)
        assert [(error.field, error.code) for error in refused.value.errors] == [("cursor", "invalid")]
    with override_settings(SECRET_KEY="z" * 50), pytest.raises(InvalidInput):
        page(link)


@pytest.mark.django_db
def test_one_page_is_one_query(django_assert_num_queries: Any):
    fill([1, 2, 3])
    with django_assert_num_queries(1):
        page("/n?limit=1")


class EveryRowOnce(TestCase):
    @given(counts=st.lists(st.integers(0, 4), max_size=25), limit=st.integers(1, 7))
    @settings(max_examples=30, deadline=None)
    def test_forwards(self, counts: list[int], limit: int) -> None:
        Note.objects.all().delete()
        expected = fill(counts)
        pages = walk(f"/n?limit={limit}")
        assert [key for rows in pages for key in rows] == expected
        assert all(len(rows) == limit for rows in pages[:-1])
