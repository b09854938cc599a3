"""Categories, stores, search words: public reads of the catalog."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.serializers import (
    CategoriesBody,
    StoreBody,
    StoresQuery,
    SuggestionsQuery,
    WordsBody,
)
from catalog.queries.places import stored, stores_by_distance
from catalog.queries.searches import hot_words, suggestions
from catalog.queries.taxonomy import category_tree
from shop.core.api.pagination import page_of, paginate
from shop.core.api.permissions import Public
from shop.core.api.views import ShopView
from shop.core.errors import FieldError, InvalidInput


def _whole(results: Sequence[Any]) -> dict[str, Any]:
    """Return a list that has one page only."""
    return {"results": results, "next": None, "previous": None}


class CategoriesView(ShopView):
    """The category tree."""

    permission_classes = [Public]

    @extend_schema(operation_id="list_categories", responses={200: CategoriesBody}, tags=["catalog"])
    def get(self, request: Request) -> Response:
        """List the visible categories as a tree, in the merchant's order."""
        return Response(_whole(category_tree()))


class StoresView(ShopView):
    """Open stores."""

    permission_classes = [Public]
    query_class = StoresQuery

    @extend_schema(
        operation_id="list_stores",
        parameters=[StoresQuery],
        responses={200: page_of(StoreBody, name="StorePage")},
        tags=["catalog"],
    )
    def get(self, request: Request) -> Response:
        """List open stores, the nearest first when `lat` and `lng` are given."""
        latitude, longitude = self.query.get("lat"), self.query.get("lng")
        if (latitude is None) != (longitude is None):
            missing = "lat" if latitude is None else "lng"
            raise InvalidInput(errors=[FieldError(missing, "required", _("Send both coordinates or none."))])
        rows, order = stores_by_distance(
            latitude=latitude, longitude=longitude, product_id=self.query.get("product")
        )
        page = paginate(rows, request=request, query=self.query, order=order)
        return Response(page.body([stored(row) for row in page.rows]))


class SuggestionsView(ShopView):
    """What a search text may be the beginning of."""

    permission_classes = [Public]
    query_class = SuggestionsQuery
    throttle_scopes = ("search",)

    @extend_schema(
        operation_id="list_search_suggestions",
        parameters=[SuggestionsQuery],
        responses={200: WordsBody},
        tags=["catalog"],
    )
    def get(self, request: Request) -> Response:
        """Suggest how a search text may go on: searches, brands, categories, product titles."""
        return Response(_whole(suggestions(self.query["q"])))


class HotWordsView(ShopView):
    """What is searched for most."""

    permission_classes = [Public]

    @extend_schema(operation_id="list_hot_searches", responses={200: WordsBody}, tags=["catalog"])
    def get(self, request: Request) -> Response:
        """List hot search words: those that staff chose, then what shoppers searched most lately."""
        return Response(_whole(hot_words()))
