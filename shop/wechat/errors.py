"""Refusals this room raises. ``wechat_busy`` itself lives in ``shop.core.errors``."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import NotAuthenticated, Unavailable


class WechatCodeInvalid(NotAuthenticated):
    """The login code is spent, expired or not WeChat's; the client calls ``wx.login`` again."""

    code = "wechat_code_invalid"
    status = 401
    title = _("This WeChat login code is not valid any more.")


class WechatNotConfigured(Unavailable):
    """The merchant's WeChat settings are missing or unusable; ``setting`` names one, never its value."""

    code = "wechat_not_configured"
    status = 503
    title = _("WeChat is not set up in this shop.")

    def __init__(self, *, setting: str) -> None:
        super().__init__(setting=setting)
        self.setting = setting
