"""Wechatpay-* headers: how answers and callbacks are signed, and how a signature is spoiled on order."""

import secrets
import time

from shop.sandbox import crypto
from shop.sandbox.identity import Identity

STALE_SECONDS = 600


def signature_headers(identity: Identity, body: bytes, serial: str, fault: str = "") -> dict[str, str]:
    """Sign ``body`` with the key behind ``serial``; ``fault`` names a planned distortion.

    Raises ValueError for a serial that is not ours.
    """
    key = identity.signer(serial)
    if key is None:
        raise ValueError("not a serial of ours")
    stamp = str(int(time.time()) - (STALE_SECONDS if fault == "stale" else 0))
    nonce = secrets.token_hex(16)
    message = crypto.join_lines(stamp, nonce, body + (b" " if fault.startswith("bad_signature") else b""))
    signature = crypto.sign(key, message)
    if fault == "signtest":
        signature = "WECHATPAY/SIGNTEST/" + signature
    return {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": secrets.token_hex(20).upper() if fault == "wrong_serial" else serial,
        "Wechatpay-Signature": signature,
        "Wechatpay-Signature-Type": crypto.SIGNATURE_TYPE,
    }
