"""schemathesis over the whole schema, all checks on: no 500, nothing outside the contract, nothing let through."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application

from shop.core.auth import open_session

pytestmark = [pytest.mark.django_db(transaction=True)]

application = get_wsgi_application()
schema = schemathesis.openapi.from_wsgi("/api/schema/", application)


@pytest.fixture
def headers(settings: Any) -> Iterator[dict[str, str]]:
    """A member's header: without one, everything ends at 401 before it is read."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SHOP_THROTTLE_SCALE = 1_000_000
    yield {"Authorization": f"Bearer {open_session(member_id=4242).access}"}


@schema.parametrize()
def test_every_operation_keeps_the_contract(case: schemathesis.Case, headers: dict[str, str]):
    case.call_and_validate(headers=headers)
