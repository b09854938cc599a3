"""Every route of the project against the permission table, and every console page against strangers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from members.models import Member
from shop.core import clock
from shop.core.auth import open_session
from tests.contract.permission_table import CONSOLE_PREFIX, TABLE, Row

pytestmark = pytest.mark.lasts(40)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REMOTE = "10.9.8.7"


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver("shop.urls").url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def methods_of(client: Client, route: str, callback: Any) -> set[str]:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is not None:
        return {method for method in METHODS if hasattr(view, method.lower())}
    # A plain function says what it takes when it refuses something else.
    answer = client.generic("BREW", f"/{route}", REMOTE_ADDR=REMOTE)
    assert answer.status_code == 405, route
    return set(answer["Allow"].split(", ")) & set(METHODS)


def test_the_table_lists_exactly_the_routes_that_exist(client: Client):
    listed = [(row.route, row.method) for row in TABLE]
    assert len(listed) == len(set(listed))
    assert set(listed) == {
        (route, method)
        for route, callback in routes()
        if not route.startswith(CONSOLE_PREFIX)
        for method in methods_of(client, route, callback)
    }


def fresh_member() -> str:
    """Return the access token of a member who has just joined and owns nothing."""
    now = clock.now()
    member = Member.objects.create(created_at=now, last_seen_at=now)
    return open_session(member_id=member.pk).access


@pytest.mark.usefixtures("merchant")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.route}")
def test_every_route_answers_strangers_and_members_as_listed(client: Client, row: Row):
    answer = client.generic(row.method, row.path, REMOTE_ADDR=REMOTE)
    assert answer.status_code == row.anonymous
    access = fresh_member()
    answer = client.generic(
        row.method, row.path, REMOTE_ADDR=REMOTE, headers={"Authorization": f"Bearer {access}"}
    )
    assert answer.status_code == row.member


@pytest.mark.django_db(transaction=True)
def test_no_unlisted_method_is_served_to_anybody(client: Client):
    listed = {(row.route, row.method) for row in TABLE}
    access = fresh_member()
    for row in {row.route: row for row in TABLE}.values():
        for method in METHODS:
            if (row.route, method) in listed:
                continue
            for headers in ({}, {"Authorization": f"Bearer {access}"}):
                answer = client.generic(method, row.path, REMOTE_ADDR=REMOTE, headers=headers)
                assert answer.status_code in (401, 403, 405), (method, row.route, answer.status_code)


@pytest.mark.django_db
def test_no_console_page_opens_for_strangers_or_for_users_who_are_not_staff(
    client: Client, django_user_model: Any
):
    user = django_user_model.objects.create_user("shopper", password="x")
    paths = {
        "/" + route
        for route, _callback in routes()
        if route.startswith(CONSOLE_PREFIX) and "<" not in route and "(" not in route
    }
    open_to_all = {"/admin/login/", "/admin/logout/", "/admin/jsi18n/"}
    assert len(paths) > 10
    for login in (False, True):
        if login:
            client.force_login(user)
        for path in sorted(paths - open_to_all):
            assert client.get(path).status_code in (302, 403, 404), path
