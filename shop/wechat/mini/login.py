"""Login codes are good for one call to WeChat; a double tap sends the same code twice.

So the answer to a code is kept for a minute under a keyed hash of it, encrypted, and whoever comes second
with the same code waits for the first one's answer instead of spending the code again. Redis down: both ask
WeChat, the second is refused and the client calls ``wx.login`` anew.
"""

import json
import time
from collections.abc import Callable

from shop.core.crypto import DecryptionError, decrypt, encrypt, keyed_hash
from shop.core.network import Deadline
from shop.core.redis import attempt
from shop.wechat.mini.types import Session
from shop.wechat.outcomes import Outcome, Success, Unknown, UnknownReason

KEPT_SECONDS = 60
_CLAIM_SECONDS = 5
_WAIT_SECONDS = 3.0
_POLL_SECONDS = 0.05
_PURPOSE = "wechat_login"
_PLACE = "wechat.login_code"


def exchange_once(code: str, exchange: Callable[[], Outcome[Session]]) -> Outcome[Session]:
    """Return what this code was exchanged for before, or exchange it and remember a success."""
    key = f"wechat:code:{keyed_hash(code, purpose='login-code')}"
    deadline = Deadline(_WAIT_SECONDS)
    while True:
        found = _read(key)
        if found is not None:
            return Success(found)
        claimed = attempt(
            _PURPOSE,
            lambda connection: (connection.set(f"{key}:claim", "1", nx=True, ex=_CLAIM_SECONDS),),
        )
        if claimed is None or claimed[0]:
            break
        if deadline.expired:
            # The first tap's call is still under way; spending the code a second time would only spoil it.
            return Unknown(UnknownReason.TIMEOUT, sent=False)
        time.sleep(_POLL_SECONDS)
    try:
        # Whoever held the claim before may have stored the answer just after we had looked.
        found = _read(key)
        if found is not None:
            return Success(found)
        outcome = exchange()
        if isinstance(outcome, Success):
            _write(key, outcome.value)
    finally:
        attempt(_PURPOSE, lambda connection: (connection.delete(f"{key}:claim"),))
    return outcome


def _read(key: str) -> Session | None:
    found = attempt(_PURPOSE, lambda connection: (connection.get(key),))
    if found is None or found[0] is None:
        return None
    raw = found[0]
    try:
        stored = json.loads(decrypt(raw if isinstance(raw, str) else raw.decode(), place=_PLACE))
    except DecryptionError:
        return None
    return Session(openid=stored["openid"], unionid=stored["unionid"])


def _write(key: str, session: Session) -> None:
    text = encrypt(json.dumps({"openid": session.openid, "unionid": session.unionid}), place=_PLACE)
    attempt(_PURPOSE, lambda connection: (connection.set(key, text, ex=KEPT_SECONDS),))
