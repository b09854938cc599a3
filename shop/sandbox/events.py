"""Message pushes: events that WeChat sends to the merchant's server by itself."""

import hashlib
from typing import Any

from shop.sandbox import callbacks
from shop.sandbox.box import Box


def queue_event(box: Box, event: str, openid: str, fields: dict[str, Any], *, reference: str = "") -> int:
    """Queue one event in the mode and format of the settings; without a push address it stays silent."""
    message: dict[str, Any] = {
        "ToUserName": original_id(box),
        "FromUserName": openid,
        "CreateTime": int(box.now()),
        "MsgType": "event",
        "Event": event,
    }
    return callbacks.queue(
        box,
        kind="push",
        reference=reference or event,
        url=box.push_url,
        event_type=event,
        body=message | fields,
    )


def original_id(box: Box) -> str:
    """The gh_… name of the mini program, derived from its appid."""
    return "gh_" + hashlib.sha256(box.identity.appid.encode()).hexdigest()[:12]
