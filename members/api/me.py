"""The member's own account: profile, phone, consents, touches, export, closing."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.serializers import (
    CodeBody,
    ConsentAnswer,
    ConsentBody,
    MemberBody,
    ProfileBody,
    TouchBody,
    member_body,
)
from members.api.session import NO_STORE
from members.exporting import export_member
from members.models import Member
from members.queries import active_member, pending_profile
from members.rules import TouchFields
from members.services.agreements import give_consent
from members.services.closing import close_account
from members.services.phone import bind_phone
from members.services.profile import update_profile
from members.services.touches import record_touch
from shop.core.api.schema import problem_responses
from shop.core.api.views import ShopView


def _answer(member: Member) -> Response:
    return Response(member_body(member, pending_profile(member.pk)), headers=NO_STORE)


class MeView(ShopView):
    """The account."""

    @extend_schema(operation_id="get_me", responses={200: MemberBody}, tags=["member"])
    def get(self, request: Request) -> Response:
        """Show the member's own profile."""
        return _answer(active_member(self.member_id))

    @extend_schema(
        operation_id="update_me",
        request=ProfileBody,
        responses={200: MemberBody, **problem_responses(400)},
        tags=["member"],
    )
    def patch(self, request: Request) -> Response:
        """Change nickname, picture, birthday or gender.

        A nickname that WeChat's content security calls risky is refused with `content_refused`. One that it
        leaves to a person, and every new picture, appears under `pending` until it has passed.
        """
        changes = self.read_body(ProfileBody)
        return _answer(update_profile(member_id=self.member_id, changes=changes))

    @extend_schema(
        operation_id="close_account", responses={204: None, **problem_responses(409)}, tags=["member"]
    )
    def delete(self, request: Request) -> Response:
        """Close account: personal data is overwritten and every session ends.

        Refused with `member_has_open_matters` while orders or money are open; `open` says which.
        """
        close_account(actor=self.actor, member_id=self.member_id)
        return Response(status=204)


class PhoneView(ShopView):
    """The phone number that WeChat vouches for."""

    throttle_scopes = ("write", "phone")

    @extend_schema(
        operation_id="bind_phone",
        request=CodeBody,
        responses={200: MemberBody, **problem_responses(409)},
        tags=["member"],
    )
    def post(self, request: Request) -> Response:
        """Bind the phone number behind the phone button's code; it replaces an earlier one."""
        body = self.read_body(CodeBody)
        return _answer(bind_phone(member_id=self.member_id, code=body["code"]))


class ConsentView(ShopView):
    """Agreements the member has agreed to."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="give_consent", request=ConsentBody, responses={200: ConsentAnswer}, tags=["member"]
    )
    def post(self, request: Request) -> Response:
        """Record that the member agrees to a published version; repeating it keeps the first moment."""
        body = self.read_body(ConsentBody)
        consent = give_consent(member_id=self.member_id, document=body["document"], version=body["version"])
        return Response({**body, "at": consent.at})


class TouchView(ShopView):
    """How the member came here this time."""

    throttle_scopes = ("write",)

    @extend_schema(operation_id="record_touch", request=TouchBody, responses={204: None}, tags=["member"])
    def post(self, request: Request) -> Response:
        """Store who or what brought the member here; it counts when an order is paid.

        A touch that says nothing is not stored.
        """
        touch = TouchFields(**self.read_body(TouchBody))
        if touch:
            record_touch(member_id=self.member_id, touch=touch)
        return Response(status=204)


class ExportView(ShopView):
    """Everything the shop holds about the member."""

    throttle_scopes = ("export",)

    @extend_schema(operation_id="export_me", responses={200: OpenApiTypes.OBJECT}, tags=["member"])
    def get(self, request: Request) -> Response:
        """Give the member everything that the shop holds about them, as one JSON document."""
        headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="export.json"'}
        return Response(export_member(member_id=self.member_id), headers=headers)
