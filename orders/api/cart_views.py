"""The cart."""

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.bodies import cart_body
from orders.api.inputs import ItemBody, ItemChange, Selection
from orders.api.schemas import CartSchema
from orders.queries.cart import cart_of
from orders.services.cart import add_to_cart, change_cart_item, remove_from_cart, select_cart_items
from shop.core.api.views import ShopView
from shop.core.db import read_at_once


class _CartView(ShopView):
    def cart(self, status: int = 200) -> Response:
        """Answer with the whole cart, so that the client need not ask again."""
        cart = read_at_once(partial(cart_of, self.member_id))
        return Response(cart_body(cart), status=status, headers={"Cache-Control": "no-store"})


class CartView(_CartView):
    """GET /cart."""

    @extend_schema(operation_id="get_cart", responses={200: CartSchema}, tags=["cart"])
    def get(self, request: Request) -> Response:
        """Show the cart with live prices; lines that cannot be bought say why."""
        return self.cart()


class CartItemsView(_CartView):
    """POST /cart/items."""

    throttle_scopes = ("write",)

    @extend_schema(operation_id="add_cart_item", request=ItemBody, responses={201: CartSchema}, tags=["cart"])
    def post(self, request: Request) -> Response:
        """Put pieces of a SKU into the cart, on top of those that are there."""
        body = self.read_body(ItemBody)
        add_to_cart(member_id=self.member_id, sku_id=body["sku"], quantity=body["quantity"])
        return self.cart(201)


class CartItemView(_CartView):
    """PATCH and DELETE /cart/items/{id}."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="change_cart_item", request=ItemChange, responses={200: CartSchema}, tags=["cart"]
    )
    def patch(self, request: Request, item_id: int) -> Response:
        """Set an item's quantity or selection."""
        body = self.read_body(ItemChange)
        change_cart_item(
            member_id=self.member_id,
            item_id=item_id,
            quantity=body.get("quantity"),
            is_selected=body.get("selected"),
        )
        return self.cart()

    @extend_schema(operation_id="remove_cart_item", responses={204: None}, tags=["cart"])
    def delete(self, request: Request, item_id: int) -> Response:
        """Take an item out of the cart."""
        remove_from_cart(member_id=self.member_id, item_id=item_id)
        return Response(status=204)


class CartSelectView(_CartView):
    """POST /cart/select."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="select_cart_items", request=Selection, responses={200: CartSchema}, tags=["cart"]
    )
    def post(self, request: Request) -> Response:
        """Select or unselect items, all of them when none is named."""
        body = self.read_body(Selection)
        select_cart_items(member_id=self.member_id, item_ids=body.get("items"), is_selected=body["selected"])
        return self.cart()
