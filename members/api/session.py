"""POST /auth/wechat."""

import re

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.serializers import LoginAnswer, LoginBody, member_body
from members.queries import pending_profile
from members.rules import TouchFields
from members.services.login import Device, login_with_wechat
from shop.core.api.permissions import Public
from shop.core.api.platform import client_platform
from shop.core.api.sessions import pair_body
from shop.core.api.views import ShopView

_DEVICE_ID = re.compile(r"[\w.:\-]{1,64}", re.ASCII)
NO_STORE = {"Cache-Control": "no-store"}


class WechatLoginView(ShopView):
    """Log in with WeChat. A token in the header is ignored: it has usually expired."""

    authentication_classes = []
    permission_classes = [Public]
    throttle_scopes = ("login",)

    @extend_schema(
        operation_id="login_with_wechat", request=LoginBody, responses={200: LoginAnswer}, tags=["session"]
    )
    def post(self, request: Request) -> Response:
        """Exchange the code of `wx.login` for a session of the shop.

        Whoever comes for the first time becomes a member. A code that is spent or not WeChat's answers 401
        `wechat_code_invalid`: call `wx.login` again. The touch is stored before the answer.
        """
        body = self.read_body(LoginBody)
        touch = body.get("touch") or {}
        result = login_with_wechat(code=body["code"], touch=TouchFields(**touch), device=device_of(request))
        answer = {
            **pair_body(result.tokens),
            "member": member_body(result.member, pending_profile(result.member.pk)),
            "is_new": result.is_new,
        }
        return Response(answer, headers=NO_STORE)


def device_of(request: Request) -> Device:
    """Return what the client says of itself; anything unexpected is left out."""
    device_id = request.headers.get("X-Device-Id", "").strip()
    return Device(
        platform=client_platform(request),
        device_id=device_id if _DEVICE_ID.fullmatch(device_id) else "",
    )
