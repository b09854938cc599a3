"""Where WeChat shall call us."""

from django.conf import settings
from django.urls import reverse


def notify_url(kind: str) -> str:
    """Return the callback address for ``pay``, ``refund`` or ``transfer``."""
    return f"{settings.WECHATPAY_NOTIFY_BASE_URL}{reverse(f'wechat-{kind}-notify')}"
