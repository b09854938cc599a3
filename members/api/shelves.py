"""What the member keeps and has looked at."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.serializers import FavouriteBody, VisitBody, card_body
from members.products import product_cards
from members.queries import favourites_of, visits_of
from members.services.shelves import add_favourite, forget_visits, record_visit, remove_favourite
from shop.core.api.pagination import CursorQuery, page_of, paginate
from shop.core.api.views import ShopView


class FavouritesView(ShopView):
    """Everything the member keeps."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_favourites",
        parameters=[CursorQuery],
        responses={200: page_of(FavouriteBody, name="FavouritePage")},
        tags=["member"],
    )
    def get(self, request: Request) -> Response:
        """List the favourites, newest first."""
        page = paginate(favourites_of(self.member_id), request=request, query=self.query, order=("-id",))
        cards = product_cards(row.product_id for row in page.rows)
        rows = [
            {"product": card_body(cards[row.product_id]), "added_at": row.created_at} for row in page.rows
        ]
        return Response(page.body(rows))

    @extend_schema(operation_id="clear_favourites", responses={204: None}, tags=["member"])
    def delete(self, request: Request) -> Response:
        """Keep nothing any more."""
        remove_favourite(member_id=self.member_id)
        return Response(status=204)


class FavouriteView(ShopView):
    """One product the member keeps."""

    throttle_scopes = ("write",)

    @extend_schema(operation_id="add_favourite", request=None, responses={204: None}, tags=["member"])
    def put(self, request: Request, product_id: int) -> Response:
        """Keep a product; repeating it changes nothing."""
        add_favourite(member_id=self.member_id, product_id=product_id)
        return Response(status=204)

    @extend_schema(operation_id="remove_favourite", responses={204: None}, tags=["member"])
    def delete(self, request: Request, product_id: int) -> Response:
        """Stop keeping a product; safe to repeat."""
        remove_favourite(member_id=self.member_id, product_id=product_id)
        return Response(status=204)


class HistoryView(ShopView):
    """Everything the member has looked at."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_history",
        parameters=[CursorQuery],
        responses={200: page_of(VisitBody, name="HistoryPage")},
        tags=["member"],
    )
    def get(self, request: Request) -> Response:
        """List what the member looked at, latest first."""
        page = paginate(
            visits_of(self.member_id), request=request, query=self.query, order=("-visited_at", "-id")
        )
        cards = product_cards(row.product_id for row in page.rows)
        rows = [
            {"product": card_body(cards[row.product_id]), "visited_at": row.visited_at} for row in page.rows
        ]
        return Response(page.body(rows))

    @extend_schema(operation_id="clear_history", responses={204: None}, tags=["member"])
    def delete(self, request: Request) -> Response:
        """Forget all of it."""
        forget_visits(member_id=self.member_id)
        return Response(status=204)


class VisitView(ShopView):
    """One product the member looks at."""

    throttle_scopes = ("write",)

    @extend_schema(operation_id="record_visit", request=None, responses={204: None}, tags=["member"])
    def put(self, request: Request, product_id: int) -> Response:
        """Note that the member looks at this product now."""
        record_visit(member_id=self.member_id, product_id=product_id)
        return Response(status=204)

    @extend_schema(operation_id="forget_visit", responses={204: None}, tags=["member"])
    def delete(self, request: Request, product_id: int) -> Response:
        """Forget that the member looked at this product."""
        forget_visits(member_id=self.member_id, product_id=product_id)
        return Response(status=204)
