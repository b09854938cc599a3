"""Every operation of the schema under random and malicious input: no 500, and every answer as documented.

All of schemathesis' checks are on: undocumented status codes, content types and bodies fail, so do accepted
nonsense, refused good input, ignored authentication, and methods that the schema does not name.
"""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import pytest_django.fixtures
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from members.models import Member
from shop.core import clock
from shop.core.auth import open_session
from shop.core.models import AuditEntry, OutboxEvent
from shop.payments.models import Payment

MEMBER_ID = 4711

BEYOND_A_SCHEMA = frozenset(
    {
        ("cursor", "invalid"),  # signed by the shop
        ("lat", "required"),  # both coordinates or none
        ("lng", "required"),
        ("phone", "invalid_phone"),
        ("province", "unknown_region"),
        ("city", "unknown_region"),
        ("district", "unknown_region"),
        ("avatar", "foreign_picture"),
        ("birthday", "out_of_range"),
        ("items", "required"),  # or from_cart
        ("code", "one_of"),  # or phone_code
        ("code", "not_yours"),
        ("phone_code", "not_yours"),
        ("package", "one_of"),  # or amount
        ("amount", "out_of_range"),  # settings of the shop
    }
)
"""What a body of the right shape may still be refused for with 400: (field, code)."""
BEYOND_ANY_SCHEMA = frozenset({"unprintable", "blank"})
"""The same for texts: characters nobody can read, and nothing but spaces."""

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("merchant")]


@pytest.fixture(autouse=True)
def generous(settings: pytest_django.fixtures.Settings) -> None:
    settings.SHOP_THROTTLE_SCALE = 10**6


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the test's connection open between requests, as Django's own test client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", WSGIHandler())

# The database is rolled back after each operation, not after each example: examples may build on each other.
bounded = hypothesis.settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def call_and_validate(case: Case, **headers: str) -> None:
    """Make the call and judge the answer; a refusal of what no schema can say is no refusal of good input."""
    response = case.call(headers=headers)
    meant = refused_for_meaning(response) or holds_integral_float(case.body)
    excluded: list[Any] = [positive_data_acceptance] if meant else []
    case.validate_response(response, excluded_checks=excluded, headers=headers)


def holds_integral_float(body: Any) -> bool:
    """Whether a whole number is written as 5.0 somewhere: integer to JSON Schema, none to the shop."""
    if isinstance(body, dict):
        return any(holds_integral_float(value) for value in body.values())
    if isinstance(body, list):
        return any(holds_integral_float(value) for value in body)
    return isinstance(body, float)


def refused_for_meaning(response: schemathesis.Response) -> bool:
    if response.status_code != 400:
        return False
    problem = response.json()
    if problem["code"] in ("content_refused", "phone_code_invalid", "media_refused"):
        return True
    errors = {(error["field"], error["code"]) for error in problem["errors"]}
    return bool(errors) and all(error in BEYOND_A_SCHEMA or error[1] in BEYOND_ANY_SCHEMA for error in errors)


@schema.parametrize()
@bounded
def test_members_requests(case: Case):
    member, _created = Member.objects.get_or_create(
        pk=MEMBER_ID, defaults={"created_at": clock.now(), "last_seen_at": clock.now()}
    )
    access = open_session(member_id=member.pk).access
    call_and_validate(case, Authorization=f"Bearer {access}")
    assert not Payment.objects.exists()
    # Closing the account and checking in are all that a random call may really do.
    harmless = ("members.member_closed", "members.checked_in")
    assert not OutboxEvent.objects.exclude(name__in=harmless).exists()
    assert not AuditEntry.objects.exclude(action="members.close_member").exists()


@schema.parametrize()
@bounded
def test_strangers_requests(case: Case):
    call_and_validate(case)
    assert not Payment.objects.exists()
