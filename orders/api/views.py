"""Checkout and orders."""

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.queries import openid_of
from orders.api.bodies import order_body, shipment_body, summary_body
from orders.api.inputs import CancelBody, OrderBody, OrdersQuery, PaymentBody, QuoteBody, order_request
from orders.api.schemas import CarriersSchema, OrderSchema, OrderSummarySchema, QuoteSchema, TrackingSchema
from orders.bodies import quote_body
from orders.carriers import carriers
from orders.payable import KIND
from orders.queries.orders import (
    OrderView,
    count_orders,
    find_orders,
    is_order_of,
    order_of_member,
    order_view,
)
from orders.services.cancelling import cancel_order
from orders.services.placing import PlacedOrder, Wishes, place_order
from orders.services.quoting import prepare_quote
from orders.services.receiving import confirm_receipt, hide_order, remind_shop
from orders.states import Status
from shop.core.api.pagination import page_of, paginate
from shop.core.api.permissions import Public
from shop.core.api.platform import client_platform
from shop.core.api.schema import IDEMPOTENCY_KEY, problem_responses
from shop.core.api.views import ShopView
from shop.core.db import read_at_once
from shop.core.errors import NotFound
from shop.core.idempotency import Claim, idempotent_call, idempotent_transaction
from shop.payments.api.serializers import StartedPaymentSerializer, started_body
from shop.payments.services.starting import StartedPayment, start_payment
from shop.payments.services.wallet_payments import pay_by_wallet

NO_STORE = {"Cache-Control": "no-store"}


class QuoteView(ShopView):
    """POST /checkout/quote."""

    @extend_schema(
        operation_id="quote_checkout",
        request=QuoteBody,
        responses={200: QuoteSchema},
        tags=["checkout"],
    )
    def post(self, request: Request) -> Response:
        """Price a request as of now. Never refused for stock: warnings tell what is short."""
        wanted = order_request(self.read_body(QuoteBody), platform=client_platform(request))
        prepared = read_at_once(partial(prepare_quote, member_id=self.member_id, request=wanted))
        return Response(quote_body(prepared), headers=NO_STORE)


class OrdersView(ShopView):
    """GET and POST /orders."""

    query_class = OrdersQuery
    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="list_orders",
        parameters=[OrdersQuery],
        responses={200: page_of(OrderSummarySchema, name="OrderPage")},
        tags=["orders"],
    )
    def get(self, request: Request) -> Response:
        """List the member's orders, newest first: of a status or tab, by number or part of a title."""
        found = find_orders(
            member_id=self.member_id, status=self.query.get("status"), text=self.query.get("q")
        )
        page = paginate(found, request=request, query=self.query, order=("-id",))
        results = [summary_body(order, list(order.lines.all())) for order in page.rows]
        return Response(page.body(results), headers=NO_STORE)

    @extend_schema(
        operation_id="place_order",
        parameters=[IDEMPOTENCY_KEY],
        request=OrderBody,
        responses={201: OrderSchema, **problem_responses(409, 422)},
        tags=["orders"],
    )
    @idempotent_transaction
    def post(self, request: Request) -> Response:
        """Place an order at the price that the member saw; goods are reserved until it is paid or closed.

        409 `quote_changed` carries the new `quote`, 409 `out_of_stock` and `purchase_limited` the `lines`.
        With `use_wallet` the wallet pays what it can here and now; an order that it pays whole is paid.
        """
        body = self.read_body(OrderBody)
        placed = place_order(
            actor=self.actor,
            request=order_request(body, platform=client_platform(request)),
            expected_payable=body["expected_payable"],
            wishes=Wishes(note=body.get("note", ""), platform=client_platform(request)),
        )
        return Response(order_body(_fresh_view(placed)), status=201, headers=NO_STORE)


class OrderCountsView(ShopView):
    """GET /orders/counts."""

    @extend_schema(
        operation_id="count_orders",
        responses={200: {"type": "object", "additionalProperties": {"type": "integer"}}},
        tags=["orders"],
    )
    def get(self, request: Request) -> Response:
        """Count the member's orders by status and by tab."""
        return Response(count_orders(self.member_id), headers=NO_STORE)


class _OrderView(ShopView):
    def answer(self, number: str, status: int = 200) -> Response:
        """Answer with the order as it stands now."""
        order = order_of_member(member_id=self.member_id, number=number)
        return Response(order_body(order_view(order)), status=status, headers=NO_STORE)


class OrderDetailView(_OrderView):
    """GET and DELETE /orders/{number}."""

    @extend_schema(operation_id="get_order", responses={200: OrderSchema}, tags=["orders"])
    def get(self, request: Request, number: str) -> Response:
        """Show one order with its timeline and what can be done with it."""
        return self.answer(number)

    @extend_schema(operation_id="hide_order", responses={204: None}, tags=["orders"])
    def delete(self, request: Request, number: str) -> Response:
        """Take an ended order out of the member's list."""
        hide_order(actor=self.actor, number=number)
        return Response(status=204)


class OrderPaymentsView(ShopView):
    """POST /orders/{number}/payments."""

    throttle_scopes = ("pay",)

    @extend_schema(
        operation_id="pay_order",
        parameters=[IDEMPOTENCY_KEY],
        request=PaymentBody,
        responses={201: StartedPaymentSerializer, **problem_responses(404, 409, 422)},
        tags=["orders"],
    )
    @idempotent_call
    def post(self, request: Request, number: str, claim: Claim) -> Response:
        """Begin to pay what is due, or hand the open payment out again, freshly signed."""
        body = self.read_body(PaymentBody)
        if not is_order_of(member_id=self.member_id, number=number):
            raise NotFound
        if body["method"] == "wallet":
            started = pay_by_wallet(
                actor=self.actor,
                payable_kind=KIND,
                payable_number=number,
                wallet_token=body.get("wallet_token"),
            )
        else:
            started = self._start(number, claim)
        return Response(started_body(started), status=201, headers=NO_STORE)

    def _start(self, number: str, claim: Claim) -> StartedPayment:
        return start_payment(
            actor=self.actor,
            payable_kind=KIND,
            payable_number=number,
            openid=openid_of(self.member_id),
            claim=claim,
        )


class OrderCancelView(_OrderView):
    """POST /orders/{number}/cancel."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="cancel_order",
        request=CancelBody,
        responses={200: OrderSchema, 202: OrderSchema, **problem_responses(404, 409)},
        tags=["orders"],
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel an order before it is on its way.

        200: closed, nothing was paid. 202: WeChat is still being asked whether it was paid, or everything
        that was paid is on its way back.
        """
        body = self.read_body(CancelBody)
        order = cancel_order(actor=self.actor, number=number, reason=body.get("reason", ""))
        ended = order.status == Status.CLOSED and order.paid == order.refunded
        return self.answer(number, 200 if ended or order.status == Status.REFUNDED else 202)


class OrderConfirmView(_OrderView):
    """POST /orders/{number}/confirm."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="confirm_order",
        request=None,
        responses={200: OrderSchema, **problem_responses(404, 409)},
        tags=["orders"],
    )
    def post(self, request: Request, number: str) -> Response:
        """Confirm that the goods have arrived."""
        confirm_receipt(actor=self.actor, number=number)
        return self.answer(number)


class OrderRemindView(_OrderView):
    """POST /orders/{number}/remind."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="remind_order",
        request=None,
        responses={200: OrderSchema},
        tags=["orders"],
    )
    def post(self, request: Request, number: str) -> Response:
        """Remind the shop to ship; once a day."""
        remind_shop(actor=self.actor, number=number)
        return self.answer(number)


class OrderTrackingView(ShopView):
    """GET /orders/{number}/tracking."""

    @extend_schema(operation_id="track_order", responses={200: TrackingSchema}, tags=["orders"])
    def get(self, request: Request, number: str) -> Response:
        """Show the order's parcels."""
        order = order_of_member(member_id=self.member_id, number=number)
        shipments = order.shipments.prefetch_related("lines")
        return Response({"shipments": [shipment_body(shipment) for shipment in shipments]}, headers=NO_STORE)


class CarriersView(ShopView):
    """GET /carriers."""

    authentication_classes = []
    permission_classes = [Public]

    @extend_schema(operation_id="list_carriers", responses={200: CarriersSchema}, tags=["orders"])
    def get(self, request: Request) -> Response:
        """List carriers by the ids that WeChat gives them."""
        return Response({"results": [{"code": one.code, "name": one.name} for one in carriers()]})


def _fresh_view(placed: PlacedOrder) -> OrderView:
    return OrderView(
        order=placed.order,
        lines=placed.lines,
        adjustments=placed.adjustments,
        shipments=[],
        events=placed.events,
        refunds=[],
        merchant_trade_no="",
    )
