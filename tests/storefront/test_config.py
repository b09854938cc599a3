"""GET /config: what a client asks when it starts."""

from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client

from members.queries import current_agreements
from shop.core import runtime
from shop.core.actors import Actor

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_client_learns_what_this_shop_runs(client: Client) -> None:
    # given a shop, when a stranger's client starts
    answer = client.get("/api/v1/config")
    # then it is told the capabilities there are, where claims go, and what to agree to
    assert answer.status_code == 200
    body = answer.json()
    assert datetime.fromisoformat(body.pop("server_time")).tzinfo is not None
    assert body == {
        "templates": [],
        "agreements": [
            {"document": found.document, "version": found.version, "title": found.title, "url": found.url}
            for found in current_agreements()
        ],
        "claims_base_url": f"{settings.SHOP_BASE_URL}/api/v1",
        "features": ["wallet", "points", "invites", "tasks", "check_in"],
    }


def test_it_learns_what_was_switched_on(client: Client) -> None:
    for name in ("tiers_enabled", "cards_enabled", "points_deduction"):
        runtime.set_value(actor=Actor.system("test"), name=name, value=True)
    runtime.set_value(actor=Actor.system("test"), name="check_in_open", value=False)
    found = client.get("/api/v1/config").json()["features"]
    assert found == ["wallet", "points", "invites", "tasks", "tiers", "cards", "points_deduction"]
