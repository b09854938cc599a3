"""What a client asks when it starts."""

from typing import Any, Final

from django.conf import settings

from members.queries import current_agreements
from shop.core import clock, runtime

ALWAYS: Final = ("wallet", "points", "invites", "tasks")
OPTIONAL: Final = {
    "tiers": "tiers_enabled",
    "cards": "cards_enabled",
    "points_deduction": "points_deduction",
    "check_in": "check_in_open",
}
"""Name of a capability that a shop may do without -> the setting that switches it."""


def features() -> list[str]:
    """Return what this shop can do, by name: clients leave out what is not there. Asks no database."""
    return [*ALWAYS, *(name for name, setting in OPTIONAL.items() if runtime.value(setting))]


def config() -> dict[str, Any]:
    """Return the configuration at this moment; one query.

    ``claims_base_url`` is where flash-sale claims go: the API itself. ``templates`` lists the subscription
    messages that the client may ask the member to allow.
    """
    return {
        "server_time": clock.now(),
        "templates": [],
        "agreements": [
            {"document": found.document, "version": found.version, "title": found.title, "url": found.url}
            for found in current_agreements()
        ],
        "claims_base_url": f"{settings.SHOP_BASE_URL}/api/v1",
        "features": features(),
    }
