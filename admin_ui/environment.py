"""Which shop this is: nobody should mistake a rehearsal for the shop that takes money."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

WECHAT_PAY_HOSTS = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com")


def environment_label(request: HttpRequest) -> list[str]:
    """Return the words and the colour of the label in the page's header."""
    if urlsplit(settings.WECHATPAY_BASE_URL).hostname not in WECHAT_PAY_HOSTS:
        return [_("Sandbox: no real money"), "info"]
    if settings.DEBUG:
        return [_("Real money, debug mode on"), "danger"]
    return [_("Live shop"), "success"]
