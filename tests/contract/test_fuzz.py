"""schemathesis over the whole schema, all checks on: no 500, and schema and shop agree on every input."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from shop.core.auth import open_session

pytestmark = [pytest.mark.django_db(transaction=True)]

application = get_wsgi_application()
schema = schemathesis.openapi.from_wsgi("/api/schema/", application)


@schema.parametrize()
def test_every_operation_keeps_the_contract(case: schemathesis.Case):
    # A new login each time: without one everything ends at 401, and a lucky input may log out.
    with override_settings(ALLOWED_HOSTS=["*"], SHOP_THROTTLE_SCALE=1_000_000):
        access = open_session(member_id=4242).access
        case.call_and_validate(headers={"Authorization": f"Bearer {access}"})
