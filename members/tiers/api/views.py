"""Tiers over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.queries import active_member
from members.tiers.api.serializers import TIER_PAGE, OverviewSchema
from members.tiers.overview import Keeping, NextTier, Overview, TierView, ladder_view, overview_of
from members.tiers.rules import Distance
from shop.core.api.permissions import Public
from shop.core.api.views import ShopView

NO_STORE = {"Cache-Control": "no-store"}


class TiersView(ShopView):
    """GET /tiers."""

    authentication_classes = []
    permission_classes = [Public]

    @extend_schema(operation_id="list_tiers", responses={200: TIER_PAGE}, tags=["tiers"])
    def get(self, request: Request) -> Response:
        """List the shop's tiers, lowest first, with what reaches them and what they give; always complete.

        Empty in a shop without tiers.
        """
        views = [tier_body(view) for view in ladder_view()]
        return Response({"results": views, "next": None, "previous": None})


class MyTierView(ShopView):
    """GET /me/tier."""

    @extend_schema(operation_id="get_tier", responses={200: OverviewSchema}, tags=["tiers"])
    def get(self, request: Request) -> Response:
        """Show the member's tier, how long it is kept, how far the next one is and what it adds.

        Any one figure suffices where several are listed. `tier` is null in a shop without tiers.
        """
        active_member(self.member_id)
        return Response(overview_body(overview_of(self.member_id)), headers=NO_STORE)


def tier_body(view: TierView) -> dict[str, Any]:
    """Return a tier as anybody may see it."""
    tier = view.tier
    return {
        "id": tier.pk,
        "name": tier.name,
        "level": tier.level,
        "description": tier.description,
        "image": tier.image,
        "reached_by": {
            "growth": tier.from_growth,
            "spent": tier.from_spent,
            "orders": tier.from_orders,
        },
        "kept_months": tier.keep_months,
        "benefits": [benefit.body() for benefit in view.benefits],
    }


def overview_body(found: Overview) -> dict[str, Any]:
    """Return where a member stands as the API shows it; money in fen."""
    return {
        "tier": None if found.view is None else tier_body(found.view),
        "source": found.source or None,
        "since": found.since,
        "until": found.until,
        "growth": found.facts.growth,
        "spent": found.facts.spent,
        "orders": found.facts.orders,
        "keep": None if found.keeping is None else _keeping_body(found.keeping),
        "next": None if found.next is None else _next_body(found.next),
        "free_freight_left": found.free_freight_left,
        "is_member_day": found.member_day,
        "service_contact": "" if found.view is None else found.view.tier.service_contact,
    }


def _keeping_body(keeping: Keeping) -> dict[str, Any]:
    return {
        "until": keeping.until,
        "grace_until": keeping.last_day,
        "is_kept": keeping.is_kept,
        "needed": [_distance_body(item) for item in keeping.needed],
    }


def _next_body(found: NextTier) -> dict[str, Any]:
    return {
        "tier": tier_body(found.view),
        "distance": [_distance_body(item) for item in found.distance],
        "adds": [benefit.body() for benefit in found.adds],
    }


def _distance_body(item: Distance) -> dict[str, Any]:
    return {"basis": item.basis, "needed": item.needed, "current": item.current, "left": item.left}
