"""Which shop this is: nobody should mistake a rehearsal for the shop that takes money."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from shop.core.checks import is_wechat_host


def environment_label(request: HttpRequest) -> list[str]:
    """Return the words and the colour of the label in the page's header."""
    if not is_wechat_host(settings.WECHATPAY_BASE_URL):
        return [_("Sandbox: no real money"), "info"]
    if settings.DEBUG:
        return [_("Real money, debug mode on"), "danger"]
    return [_("Live shop"), "success"]
