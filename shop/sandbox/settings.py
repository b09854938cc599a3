"""Switches of the sandbox: how WeChat behaves today. Set through ``POST /_sandbox/settings``."""

from typing import Any, Final

DEFAULTS: Final[dict[str, Any]] = {
    # WeChat Pay
    "certificates": False,  # serve /v3/certificates (a merchant that still has platform certificates)
    "notify_key": "public_key",  # public_key | certificate | mixed: which key signs callbacks
    "order_paid_code": "ORDER_PAID",  # older pages spell it ORDERPAID
    "not_enough": [],  # any of refund, transfer, profitsharing: the account has no money for it
    "fee_basis_points": 60,
    "opening_balance": 100_000_000,
    "refund_outcome": "SUCCESS",  # SUCCESS | ABNORMAL | CLOSED | HOLD (stays PROCESSING)
    "refund_delay_seconds": 0.5,
    "refund_spacing_seconds": 60,
    "transfer_start": "WAIT_USER_CONFIRM",  # or ACCEPTED, PROCESSING
    "transfer_delay_seconds": 0.5,
    "transfer_scenes": ["1000", "1005"],  # scenes granted to the merchant
    "transfer_ip_allowed": True,
    "split_cap_percent": 30,
    "split_delay_seconds": 0.5,
    "split_result": "SUCCESS",  # or CLOSED
    "profit_sharing_granted": True,
    "bill_ready_hour": 10,
    # mini program
    "ip_allowed": True,
    "shipping_delay_seconds": 60,  # how long after a payment WeChat's shipping index lags
    "trade_managed": True,
    "pages": [],  # published pages; empty: any page exists
    "templates": [],  # known templates; empty: any id exists
    "risky_words": ["违禁", "赌博", "forbidden"],
    "review_words": ["加微信", "代购", "suspicious"],
    # message push
    "push_mode": "safe",  # safe | plain
    "push_format": "json",  # json | xml
    # delivery
    "hold_callbacks": False,  # keep callbacks until /_sandbox/callbacks/release
    "offline": "",  # "" | drop | hang: WeChat is unreachable
}


class BadSettingError(ValueError):
    """Unknown name or wrong type."""


def checked(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes, if every name is known and every value has its default's type."""
    for name, value in changes.items():
        if name not in DEFAULTS:
            raise BadSettingError(f"unknown setting {name}")
        default = DEFAULTS[name]
        kinds: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
        if not isinstance(value, kinds) or (isinstance(value, bool) and not isinstance(default, bool)):
            raise BadSettingError(f"{name} must be of type {type(default).__name__}")
    return changes
