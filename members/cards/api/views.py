"""Cards on offer, the member's cards, buying and redeeming."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.cards.api.purchases import NO_STORE, CardPaymentView
from members.cards.api.serializers import (
    OFFER,
    STARTED_CARD,
    CardBody,
    CardCodeBody,
    PeriodSchema,
    card_body,
    period_body,
)
from members.cards.queries import cards_on_offer, periods_of, purchase_of_member
from members.cards.services.codes import redeem_code
from members.cards.services.purchases import create_purchase
from members.queries import openid_of
from shop.core import clock
from shop.core.api.pagination import CursorQuery, page_of, paginate
from shop.core.api.permissions import Public
from shop.core.api.platform import client_platform
from shop.core.api.schema import IDEMPOTENCY_KEY, problem_responses
from shop.core.api.views import ShopView
from shop.core.idempotency import Claim, idempotent_call


class CardsOnOfferView(ShopView):
    """GET /member-cards."""

    authentication_classes = []
    permission_classes = [Public]

    @extend_schema(operation_id="list_member_cards", responses={200: OFFER}, tags=["cards"])
    def get(self, request: Request) -> Response:
        """List the cards on offer; `renewal_price` counts while a card of the same series runs."""
        return Response({"results": [card_body(card) for card in cards_on_offer()]})


class MyCardsView(CardPaymentView):
    """GET and POST /me/cards."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_my_cards",
        parameters=[CursorQuery],
        responses={200: page_of(PeriodSchema, name="CardPeriodPage")},
        tags=["cards"],
    )
    def get(self, request: Request) -> Response:
        """List the member's cards, newest first: running, upcoming, over, taken back."""
        page = paginate(periods_of(self.member_id), request=request, query=self.query, order=("-id",))
        now = clock.now()
        return Response(page.body([period_body(row, now) for row in page.rows]), headers=NO_STORE)

    @extend_schema(
        operation_id="buy_card",
        parameters=[IDEMPOTENCY_KEY],
        request=CardBody,
        responses={201: STARTED_CARD, **problem_responses(409)},
        tags=["cards"],
    )
    @idempotent_call
    def post(self, request: Request, claim: Claim) -> Response:
        """Buy a card, or go on with a purchase under the same key; it runs as soon as it is paid.

        `payment` is null for a card that costs nothing: it runs at once. 409 `card_unavailable`,
        `card_trial_used`, `card_owned_forever`, `ios_virtual_payment`.
        """
        body = self.read_body(CardBody)
        openid_of(self.member_id)
        if claim.attempt:
            purchase = purchase_of_member(member_id=self.member_id, number=claim.attempt)
        else:
            purchase = create_purchase(
                member_id=self.member_id,
                card_id=body["card"],
                platform=client_platform(request),
                claim=claim,
            )
        return self.start(purchase)


class RedemptionsView(ShopView):
    """POST /me/cards/redemptions."""

    throttle_scopes = ("write", "redeem")

    @extend_schema(
        operation_id="redeem_card_code",
        parameters=[IDEMPOTENCY_KEY],
        request=CardCodeBody,
        responses={201: PeriodSchema, **problem_responses(409, 429)},
        tags=["cards"],
    )
    @idempotent_call
    def post(self, request: Request, claim: Claim) -> Response:
        """Redeem a card code; it is good once. Wrong codes are counted and then refused for a while."""
        body: dict[str, Any] = self.read_body(CardCodeBody)
        period = redeem_code(member_id=self.member_id, code=body["code"])
        return Response(period_body(period, clock.now()), status=201, headers=NO_STORE)
