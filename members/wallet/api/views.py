"""The member's wallet."""

from datetime import date

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.queries import active_member
from members.wallet.api.serializers import (
    STATEMENT,
    WALLET,
    WALLET_TOKEN,
    EntriesQuery,
    EntrySchema,
    PasswordBody,
    VerificationBody,
    balance_body,
    entry_body,
    movement_body,
)
from members.wallet.queries import Movement, balance_of, entries_of, has_password, statement_of
from members.wallet.services.authority import TOKEN_SECONDS
from members.wallet.services.passwords import Proof, set_wallet_password, verify_wallet_password
from shop.core.api.pagination import page_of, paginate
from shop.core.api.schema import problem_responses
from shop.core.api.views import ShopView
from shop.core.runtime import value

NO_STORE = {"Cache-Control": "no-store"}


class WalletView(ShopView):
    """GET /me/wallet."""

    @extend_schema(operation_id="get_wallet", responses={200: WALLET}, tags=["wallet"])
    def get(self, request: Request) -> Response:
        """Show what is in the wallet and when its payment password is asked for."""
        active_member(self.member_id)
        body = {
            **balance_body(balance_of(self.member_id)),
            "has_password": has_password(self.member_id),
            "password_required": value("wallet_password_required"),
            "free_payment": value("wallet_free_payment_fen"),
            "free_day": value("wallet_free_day_fen"),
        }
        return Response(body, headers=NO_STORE)


class EntriesView(ShopView):
    """GET /me/wallet/entries."""

    query_class = EntriesQuery

    @extend_schema(
        operation_id="list_wallet_entries",
        parameters=[EntriesQuery],
        responses={200: page_of(EntrySchema, name="WalletEntryPage")},
        tags=["wallet"],
    )
    def get(self, request: Request) -> Response:
        """List what happened to both balances, or to one, newest first."""
        entries = entries_of(self.member_id)
        if account := self.query.get("account"):
            entries = entries.filter(account=account)
        page = paginate(entries, request=request, query=self.query, order=("-created_at", "-id"))
        return Response(page.body([entry_body(entry) for entry in page.rows]), headers=NO_STORE)


class StatementView(ShopView):
    """GET /me/wallet/statements/{month}."""

    @extend_schema(operation_id="get_wallet_statement", responses={200: STATEMENT}, tags=["wallet"])
    def get(self, request: Request, month: date) -> Response:
        """Show a month (`YYYY-MM`, Beijing): opening balance, what came in and went out, closing balance."""
        found = statement_of(member_id=self.member_id, month=month)
        both = Movement(
            found.principal.opening + found.gift.opening,
            found.principal.incoming + found.gift.incoming,
            found.principal.outgoing + found.gift.outgoing,
        )
        body = {
            "month": f"{month:%Y-%m}",
            **movement_body(both),
            "principal": movement_body(found.principal),
            "gift": movement_body(found.gift),
        }
        return Response(body, headers=NO_STORE)


class PasswordView(ShopView):
    """POST /me/wallet/password."""

    throttle_scopes = ("write", "phone")

    @extend_schema(
        operation_id="set_wallet_password",
        request=PasswordBody,
        responses={204: None, **problem_responses(400)},
        tags=["wallet"],
    )
    def post(self, request: Request) -> Response:
        """Set or change the payment password, proven by a fresh `wx.login` code or phone-button code.

        Earlier wallet tokens are void, and a lock after wrong guesses ends.
        """
        body = self.read_body(PasswordBody)
        proof = Proof(code=body.get("code", ""), phone_code=body.get("phone_code", ""))
        set_wallet_password(member_id=self.member_id, password=body["password"], proof=proof)
        return Response(status=204)


class VerificationView(ShopView):
    """POST /me/wallet/verifications."""

    throttle_scopes = ("pay",)

    @extend_schema(
        operation_id="verify_wallet_password",
        request=VerificationBody,
        responses={200: WALLET_TOKEN, **problem_responses(409, 429)},
        tags=["wallet"],
    )
    def post(self, request: Request) -> Response:
        """Exchange the payment password for a wallet token that is good for some minutes of paying."""
        body = self.read_body(VerificationBody)
        token = verify_wallet_password(member_id=self.member_id, password=body["password"])
        return Response({"wallet_token": token, "expires_in": TOKEN_SECONDS}, headers=NO_STORE)
