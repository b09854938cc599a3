"""System checks of the ground floor."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

_WECHAT_DOMAINS = ("weixin.qq.com", "wechatpay.cn")
_BASE_URLS = ("WECHAT_API_BASE_URL", "WECHATPAY_BASE_URL", "WECHATPAY_BACKUP_BASE_URL")


def is_wechat_host(url: str) -> bool:
    """Return whether ``url`` leads to WeChat itself and not to a sandbox."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == domain or host.endswith(f".{domain}") for domain in _WECHAT_DOMAINS)


@register()
def check_clock_offset(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse a shifted clock while WeChat's own hosts are configured: real money moves in real time."""
    if not settings.SHOP_CLOCK_OFFSET:
        return []
    real = [name for name in _BASE_URLS if is_wechat_host(getattr(settings, name))]
    return [
        Error(
            f"SHOP_CLOCK_OFFSET shifts the clock while {name} is WeChat's own host.",
            hint="Rehearse against the sandbox, or set SHOP_CLOCK_OFFSET to 0.",
            id="core.E001",
        )
        for name in real
    ]
