"""The member's points and growth, and what points buy."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.queries import sellable_skus
from members.points.api.serializers import (
    GRANTED,
    GROWTH,
    POINTS,
    MallGoodsSchema,
    PendingSchema,
    PointsEntrySchema,
    entry_body,
    goods_body,
    pending_body,
)
from members.points.mall import goods_on_offer
from members.points.queries import (
    growth_entries_of,
    growth_of,
    pending_of,
    points_entries_of,
    points_of,
)
from members.points.services.sharing import record_share
from members.queries import active_member
from shop.core.api.pagination import CursorQuery, page_of, paginate
from shop.core.api.permissions import Public
from shop.core.api.views import ShopView

NO_STORE = {"Cache-Control": "no-store"}


class PointsView(ShopView):
    """GET /me/points."""

    @extend_schema(operation_id="get_points", responses={200: POINTS}, tags=["points"])
    def get(self, request: Request) -> Response:
        """Show what can be spent, what is on its way, and what expires next."""
        active_member(self.member_id)
        found = points_of(self.member_id)
        body = {
            "balance": found.balance,
            "pending": found.pending,
            "expiring": found.expiring,
            "expiring_at": found.expiring_at,
        }
        return Response(body, headers=NO_STORE)


class PointsEntriesView(ShopView):
    """GET /me/points/entries."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_points_entries",
        parameters=[CursorQuery],
        responses={200: page_of(PointsEntrySchema, name="PointsEntryPage")},
        tags=["points"],
    )
    def get(self, request: Request) -> Response:
        """List what happened to the member's points, newest first."""
        entries = points_entries_of(self.member_id)
        page = paginate(entries, request=request, query=self.query, order=("-id",))
        return Response(page.body([entry_body(entry) for entry in page.rows]), headers=NO_STORE)


class PendingView(ShopView):
    """GET /me/points/pending."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_pending_points",
        parameters=[CursorQuery],
        responses={200: page_of(PendingSchema, name="PendingPointsPage")},
        tags=["points"],
    )
    def get(self, request: Request) -> Response:
        """List what the member's orders will earn once nobody can return them any more."""
        page = paginate(pending_of(self.member_id), request=request, query=self.query, order=("-id",))
        return Response(page.body([pending_body(reward) for reward in page.rows]), headers=NO_STORE)


class GrowthView(ShopView):
    """GET /me/growth."""

    @extend_schema(operation_id="get_growth", responses={200: GROWTH}, tags=["points"])
    def get(self, request: Request) -> Response:
        """Show the member's growth, and what is on its way."""
        active_member(self.member_id)
        found = growth_of(self.member_id)
        return Response({"balance": found.balance, "pending": found.pending}, headers=NO_STORE)


class GrowthEntriesView(ShopView):
    """GET /me/growth/entries."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_growth_entries",
        parameters=[CursorQuery],
        responses={200: page_of(PointsEntrySchema, name="GrowthEntryPage")},
        tags=["points"],
    )
    def get(self, request: Request) -> Response:
        """List what happened to the member's growth, newest first."""
        entries = growth_entries_of(self.member_id)
        page = paginate(entries, request=request, query=self.query, order=("-id",))
        return Response(page.body([entry_body(entry) for entry in page.rows]), headers=NO_STORE)


class ShareView(ShopView):
    """PUT /me/shares/{product_id}."""

    throttle_scopes = ("write",)

    @extend_schema(operation_id="share_product", request=None, responses={200: GRANTED}, tags=["points"])
    def put(self, request: Request, product_id: int) -> Response:
        """Tell that the member shared a product; repeated on the same day, it earns nothing more."""
        granted = record_share(member_id=self.member_id, product_id=product_id)
        return Response({"points": granted.points, "growth": granted.growth}, headers=NO_STORE)


class MallView(ShopView):
    """GET /points-mall."""

    authentication_classes = []
    permission_classes = [Public]
    query_class = CursorQuery

    @extend_schema(
        operation_id="list_points_mall",
        parameters=[CursorQuery],
        responses={200: page_of(MallGoodsSchema, name="PointsMallPage")},
        tags=["points"],
    )
    def get(self, request: Request) -> Response:
        """List the goods that points buy, in the merchant's order; two queries.

        Buy with `activity: {kind: points_mall, id}` and the goods' SKU as the only item.
        """
        page = paginate(goods_on_offer(), request=request, query=self.query, order=("position", "id"))
        skus = sellable_skus({goods.sku_id for goods in page.rows})
        return Response(page.body([goods_body(goods, skus[goods.sku_id]) for goods in page.rows]))
