"""Checks of the deployment's secrets: a shop that could not keep personal data safe does not start."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from shop.core.crypto.keys import KeyRingError, parse_key_ring

MIN_SECRET_LENGTH = 32


@register
def check_secrets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report secrets that are missing, too short or unreadable; never print them."""
    found: list[CheckMessage] = []
    for name, variable in (("SECRET_KEY", "SHOP_SECRET_KEY"), ("SHOP_HASH_KEY", "SHOP_HASH_KEY")):
        if len(getattr(settings, name)) < MIN_SECRET_LENGTH:
            found.append(
                Error(
                    f"{variable} is missing or shorter than {MIN_SECRET_LENGTH} characters.",
                    hint="python -c 'import secrets; print(secrets.token_urlsafe(48))'",
                    id="core.E010",
                )
            )
    try:
        parse_key_ring(settings.SHOP_ENCRYPTION_KEYS)
    except KeyRingError as error:
        found.append(Error(f"SHOP_ENCRYPTION_KEYS: {error}", hint="kid:<base64 of 32 bytes>", id="core.E011"))
    return found
