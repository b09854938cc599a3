"""The endpoints wechatpy 1.8 lacks, as API classes of its kind: they shape requests and nothing else.

Sources: Mini Program server API documentation, by path.
"""

from collections.abc import Mapping
from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

_HOST = "https://api.weixin.qq.com/"


class _API(BaseWeChatAPI):
    API_BASE_URL = _HOST

    def call(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST a JSON body with the access token."""
        return self._post(path, data=dict(body))


class LoginAPI(_API):
    """``sns/jscode2session``: authenticated by the secret, never with a token."""

    def code_to_session(self, code: str) -> Any:
        """Exchange a ``wx.login`` code; it can be used once."""
        params = {
            "appid": self.appid,
            "secret": self.secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        return self._get("sns/jscode2session", params=params, with_token=False)


class PhoneAPI(_API):
    """``wxa/business/getuserphonenumber``."""

    def get(self, code: str) -> Any:
        """Exchange the phone button's code; it can be used once."""
        return self.call("wxa/business/getuserphonenumber", {"code": code})


class CodeAPI(_API):
    """Mini-program codes, links and schemes."""

    def unlimited(self, body: Mapping[str, Any]) -> Any:
        """``wxa/getwxacodeunlimit``: a picture, or a JSON error."""
        return self.call("wxa/getwxacodeunlimit", body)

    def url_link(self, body: Mapping[str, Any]) -> Any:
        """``wxa/generate_urllink``."""
        return self.call("wxa/generate_urllink", body)

    def scheme(self, body: Mapping[str, Any]) -> Any:
        """``wxa/generatescheme``."""
        return self.call("wxa/generatescheme", body)


class SubscribeAPI(_API):
    """``cgi-bin/message/subscribe/send``."""

    def send(self, body: Mapping[str, Any]) -> Any:
        """Send one subscribe message."""
        return self.call("cgi-bin/message/subscribe/send", body)


class SafetyAPI(_API):
    """Content security, version 2."""

    def check_text(self, body: Mapping[str, Any]) -> Any:
        """``wxa/msg_sec_check``."""
        return self.call("wxa/msg_sec_check", {"version": 2, **body})

    def check_media(self, body: Mapping[str, Any]) -> Any:
        """``wxa/media_check_async``: the verdict comes by message push."""
        return self.call("wxa/media_check_async", {"version": 2, **body})


class ShippingAPI(_API):
    """Order shipping management, ``wxa/sec/order/*``."""

    def post(self, action: str, body: Mapping[str, Any]) -> Any:
        """One of the shipping actions."""
        return self.call(f"wxa/sec/order/{action}", body)


class DeliveryAPI(_API):
    """``cgi-bin/express/delivery/open_msg/*``."""

    def companies(self) -> Any:
        """The couriers WeChat knows, with the ids shipping upload wants."""
        return self.call("cgi-bin/express/delivery/open_msg/get_delivery_list", {})
