"""The member's card purchases: look, pay, cancel."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.cards.api.serializers import STARTED_CARD, PurchaseSchema, purchase_body
from members.cards.models import CardPurchase
from members.cards.queries import purchase_of_member, purchases_of
from members.cards.services.purchases import KIND
from members.queries import openid_of
from members.wallet.platforms import refuse_virtual_on_ios
from shop.core.api.pagination import CursorQuery, page_of, paginate
from shop.core.api.platform import client_platform
from shop.core.api.schema import IDEMPOTENCY_KEY, problem_responses
from shop.core.api.views import ShopView
from shop.core.errors import NotFound
from shop.core.idempotency import Claim, idempotent_call
from shop.payments.api.serializers import StartedPaymentSerializer
from shop.payments.services.closing import close_payable, pursue_closing
from shop.payments.services.starting import start_payment

NO_STORE = {"Cache-Control": "no-store"}


class CardPaymentView(ShopView):
    """Begins to pay a card."""

    throttle_scopes = ("pay",)

    def start(self, purchase: CardPurchase) -> Response:
        """Begin to pay a purchase, or hand its open payment out again, freshly signed."""
        body: dict[str, Any] = {"number": purchase.number, "payment": None}
        if purchase.amount:
            started = start_payment(
                actor=self.actor,
                payable_kind=KIND,
                payable_number=purchase.number,
                openid=openid_of(self.member_id),
            )
            body["payment"] = StartedPaymentSerializer(started).data
        return Response(body, status=201, headers=NO_STORE)


class PurchasesView(ShopView):
    """GET /me/cards/purchases."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_card_purchases",
        parameters=[CursorQuery],
        responses={200: page_of(PurchaseSchema, name="CardPurchasePage")},
        tags=["cards"],
    )
    def get(self, request: Request) -> Response:
        """List the member's card purchases, newest first, also those made with an order."""
        page = paginate(purchases_of(self.member_id), request=request, query=self.query, order=("-id",))
        return Response(page.body([purchase_body(row) for row in page.rows]), headers=NO_STORE)


class PurchaseView(ShopView):
    """GET /me/cards/purchases/{number}."""

    @extend_schema(operation_id="get_card_purchase", responses={200: PurchaseSchema}, tags=["cards"])
    def get(self, request: Request, number: str) -> Response:
        """Show one purchase."""
        found = purchase_of_member(member_id=self.member_id, number=number)
        return Response(purchase_body(found), headers=NO_STORE)


class PurchasePaymentsView(CardPaymentView):
    """POST /me/cards/purchases/{number}/payments."""

    @extend_schema(
        operation_id="pay_card",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: STARTED_CARD, **problem_responses(404, 409)},
        tags=["cards"],
    )
    @idempotent_call
    def post(self, request: Request, number: str, claim: Claim) -> Response:
        """Go on paying a card that was left unpaid; one of an order is paid with its order."""
        purchase = own_purchase(self.member_id, number)
        refuse_virtual_on_ios(client_platform(request))
        return self.start(purchase)


class PurchaseCancelView(ShopView):
    """POST /me/cards/purchases/{number}/cancel."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="cancel_card_purchase",
        request=None,
        responses={200: PurchaseSchema, **problem_responses(404, 409)},
        tags=["cards"],
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel an unpaid purchase: closed, or closing until WeChat confirms that nothing was paid."""
        own_purchase(self.member_id, number)
        close_payable(actor=self.actor, payable_kind=KIND, payable_number=number, reason="member")
        pursue_closing(payable_kind=KIND, payable_number=number)
        found = purchase_of_member(member_id=self.member_id, number=number)
        return Response(purchase_body(found), headers=NO_STORE)


def own_purchase(member_id: int, number: str) -> CardPurchase:
    """Return a purchase that is paid by itself; ``NotFound`` for any other."""
    purchase = purchase_of_member(member_id=member_id, number=number)
    if purchase.order_number:
        raise NotFound
    return purchase
