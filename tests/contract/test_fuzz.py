"""Every operation of the schema under random and malicious input: no 500, and every answer as documented.

All of schemathesis' checks are on: undocumented status codes, content types and bodies fail, so do accepted
nonsense, refused good input, ignored authentication, and methods that the schema does not name.
"""

from collections.abc import Iterator

import hypothesis
import pytest
import pytest_django.fixtures
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from schemathesis import Case

from shop.core.auth import open_session
from shop.core.models import AuditEntry, OutboxEvent
from shop.payments.models import Payment

MEMBER_ID = 4711

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


@schema.parametrize()
@bounded
def test_members_requests(case: Case):
    access = open_session(member_id=MEMBER_ID).access
    case.call_and_validate(headers={"Authorization": f"Bearer {access}"})
    assert not Payment.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert not AuditEntry.objects.exists()


@schema.parametrize()
@bounded
def test_strangers_requests(case: Case):
    case.call_and_validate()
    assert not Payment.objects.exists()
