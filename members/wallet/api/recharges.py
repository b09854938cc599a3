"""Recharge packages and recharges."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.queries import openid_of
from members.wallet.api.serializers import (
    STARTED_RECHARGE,
    OfferSchema,
    RechargeBody,
    RechargeSchema,
    package_body,
    recharge_body,
)
from members.wallet.payable import KIND
from members.wallet.platforms import refuse_virtual_on_ios
from members.wallet.queries import packages_on_offer, recharge_of_member, recharges_of
from members.wallet.services.recharges import RechargeWish, create_recharge
from shop.core.api.pagination import CursorQuery, page_of, paginate
from shop.core.api.permissions import Public
from shop.core.api.platform import client_platform
from shop.core.api.schema import IDEMPOTENCY_KEY, problem_responses
from shop.core.api.views import ShopView
from shop.core.idempotency import Claim, idempotent_call
from shop.core.runtime import value
from shop.payments.api.serializers import started_body
from shop.payments.services.closing import close_payable, pursue_closing
from shop.payments.services.starting import start_payment

NO_STORE = {"Cache-Control": "no-store"}


class PackagesView(ShopView):
    """GET /recharge-packages."""

    authentication_classes = []
    permission_classes = [Public]

    @extend_schema(operation_id="list_recharge_packages", responses={200: OfferSchema}, tags=["wallet"])
    def get(self, request: Request) -> Response:
        """List the packages, which free amounts are taken, and the gift for a first recharge."""
        gift = value("recharge_opening_gift_fen")
        body = {
            "results": [package_body(package) for package in packages_on_offer()],
            "free": _free_bounds(),
            "opening_gift": {"amount": gift, "from": value("recharge_opening_from_fen")} if gift else None,
        }
        return Response(body)


class _RechargeView(ShopView):
    throttle_scopes = ("pay",)

    def start(self, number: str) -> Response:
        """Begin to pay a recharge, or hand its open payment out again, freshly signed."""
        started = start_payment(
            actor=self.actor, payable_kind=KIND, payable_number=number, openid=openid_of(self.member_id)
        )
        body: dict[str, Any] = {"number": number, "payment": started_body(started)}
        return Response(body, status=201, headers=NO_STORE)


class RechargesView(_RechargeView):
    """GET and POST /me/wallet/recharges."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_recharges",
        parameters=[CursorQuery],
        responses={200: page_of(RechargeSchema, name="RechargePage")},
        tags=["wallet"],
    )
    def get(self, request: Request) -> Response:
        """List the member's recharges, newest first."""
        page = paginate(recharges_of(self.member_id), request=request, query=self.query, order=("-id",))
        return Response(page.body([recharge_body(row) for row in page.rows]), headers=NO_STORE)

    @extend_schema(
        operation_id="create_recharge",
        parameters=[IDEMPOTENCY_KEY],
        request=RechargeBody,
        responses={201: STARTED_RECHARGE, **problem_responses(409)},
        tags=["wallet"],
    )
    @idempotent_call
    def post(self, request: Request, claim: Claim) -> Response:
        """Recharge a package or a free amount; the money is in the wallet as soon as it is paid.

        409 `ios_virtual_payment` where the shop sells nothing virtual on iOS.
        """
        body = self.read_body(RechargeBody)
        openid_of(self.member_id)
        number = claim.attempt
        if not number:
            wish = RechargeWish(body.get("package"), body.get("amount"), client_platform(request))
            number = create_recharge(member_id=self.member_id, wish=wish, claim=claim).number
        return self.start(number)


class RechargeView(ShopView):
    """GET /me/wallet/recharges/{number}."""

    @extend_schema(operation_id="get_recharge", responses={200: RechargeSchema}, tags=["wallet"])
    def get(self, request: Request, number: str) -> Response:
        """Show one recharge."""
        found = recharge_of_member(member_id=self.member_id, number=number)
        return Response(recharge_body(found), headers=NO_STORE)


class RechargePaymentsView(_RechargeView):
    """POST /me/wallet/recharges/{number}/payments."""

    @extend_schema(
        operation_id="pay_recharge",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: STARTED_RECHARGE, **problem_responses(409)},
        tags=["wallet"],
    )
    @idempotent_call
    def post(self, request: Request, number: str, claim: Claim) -> Response:
        """Go on paying a recharge that was left unpaid."""
        recharge_of_member(member_id=self.member_id, number=number)
        refuse_virtual_on_ios(client_platform(request))
        return self.start(number)


class RechargeCancelView(ShopView):
    """POST /me/wallet/recharges/{number}/cancel."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="cancel_recharge",
        request=None,
        responses={200: RechargeSchema, **problem_responses(409)},
        tags=["wallet"],
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel an unpaid recharge: closed, or closing until WeChat confirms that nothing was paid."""
        recharge_of_member(member_id=self.member_id, number=number)
        close_payable(actor=self.actor, payable_kind=KIND, payable_number=number, reason="member")
        pursue_closing(payable_kind=KIND, payable_number=number)
        found = recharge_of_member(member_id=self.member_id, number=number)
        return Response(recharge_body(found), headers=NO_STORE)


def _free_bounds() -> dict[str, int] | None:
    if not value("recharge_free_amount"):
        return None
    return {"minimum": value("recharge_minimum_fen"), "maximum": value("recharge_maximum_fen")}
