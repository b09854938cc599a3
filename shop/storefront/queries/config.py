"""What a client asks when it starts."""

from typing import Any

from django.conf import settings

from members.queries import current_agreements
from shop.core import clock

FEATURES: tuple[str, ...] = ("wallet",)
"""Names of optional capabilities that this shop runs, such as ``wallet``; each feature adds its own."""


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
        "features": list(FEATURES),
    }
