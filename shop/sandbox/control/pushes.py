"""Message pushes on order: any event, and the console's check of the push address."""

import http.client
import secrets
from typing import Any

from shop.sandbox import outgoing
from shop.sandbox.box import Box
from shop.sandbox.control.gate import Order
from shop.sandbox.errors import ControlError
from shop.sandbox.events import queue_event


def push(box: Box, order: Order) -> dict[str, Any]:
    """{event, openid?, fields?}: push this event to the merchant."""
    event = order.text("event")
    fields = order.body.get("fields") or {}
    if not event or not isinstance(fields, dict):
        raise ControlError(400, "BAD_REQUEST", "event is needed, fields must be an object")
    return {"notification": queue_event(box, event, order.text("openid") or "", fields)}


def verify_address(box: Box, _order: Order) -> dict[str, Any]:
    """What the console does when the push address is saved: GET with echostr, expects it back."""
    if not box.push_url:
        raise ControlError(409, "NO_PUSH_URL", "the sandbox was started without --push-url")
    echo = secrets.token_hex(8)
    try:
        status, text = outgoing.request("GET", outgoing.verification_url(box, box.push_url, echo), {}, b"")
    except (OSError, http.client.HTTPException) as error:
        return {"verified": False, "status": 0, "why": type(error).__name__}
    return {"verified": status == 200 and text.strip() == echo, "status": status}
