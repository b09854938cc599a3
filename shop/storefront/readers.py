"""Who reads the storefront: anybody, and prices may depend on the tier of whoever is logged in."""

from dataclasses import dataclass

from django.http import HttpRequest

from shop.core.api.authentication import bearer_token
from shop.core.auth.tokens import decode_access
from shop.core.errors import ShopError

NO_TIER = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """The caller of a public read; ``member_id`` is None for a stranger."""

    member_id: int | None
    tier: str


def reader_of(request: HttpRequest) -> Reader:
    """Return who reads. A token that is spent, forged or malformed makes a stranger, never a refusal.

    The signature and the time decide; whether the session was closed since is not asked, because nothing
    here is personal and checkout prices everything anew.
    """
    try:
        token = bearer_token(request)
        member_id = decode_access(token).member_id if token else None
    except ShopError:
        member_id = None
    return Reader(member_id, tier_of(member_id))


def tier_of(member_id: int | None) -> str:
    """Return the member's tier, as it takes part in cache keys: composed reads are kept once per tier.

    Nobody has a tier until the shop has member tiers: this is where they plug in.
    """
    return NO_TIER
