"""A real HTTP server that answers as told, signed as WeChat Pay signs, and a merchant that trusts it.

For answers that neither WeChat's documentation nor the sandbox knows: proxies, half files, other servers.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shop.core import clock
from shop.wechat.pay import signing
from shop.wechat.pay.keyring import KeyRing, TrustedKey
from shop.wechat.pay.merchant import Merchant

KEY_ID = "PUB_KEY_ID_SCRIPTED"
WECHATS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Reply:
    """What to answer; ``signed`` adds WeChat's five headers over the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    signed: bool = True
    breaks_off: bool = False

    def all_headers(self) -> dict[str, str]:
        stamp = str(int(clock.wall().timestamp()))
        signature = signing.sign(WECHATS_KEY, signing.answer_message(stamp, "n", self.body))
        proof = {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": "n",
            "Wechatpay-Serial": KEY_ID,
            "Wechatpay-Signature": signature,
        }
        return self.headers | (proof if self.signed else {})


Script = Callable[[str, str, bytes], Reply]
"""Method, path and body, to what is answered."""


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """Serve on a free port; yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = script(self.command, self.path, sent)
            self.send_response_only(reply.status)
            for name, value in reply.all_headers().items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + (9 if reply.breaks_off else 0)))
            self.end_headers()
            self.wfile.write(reply.body)

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, *_args: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def merchant_of(base_url: str, *, backup: str = "") -> Merchant:
    """A merchant whose WeChat is the scripted server."""
    return Merchant(
        appid="wx1",
        mchid="1900000001",
        serial="AB",
        private_key=OURS,
        apiv3_key=b"k" * 32,
        public_key_id=KEY_ID,
        ring=KeyRing([TrustedKey(KEY_ID, WECHATS_KEY.public_key())]),
        base_url=base_url,
        backup_base_url=backup,
    )


def configure(settings: Any, base_url: str) -> None:
    """The shop's own settings say that this merchant is theirs, for both hosts."""
    private = OURS.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = WECHATS_KEY.public_key().public_bytes(serialization.Encoding.PEM, form)
    for name, value in {
        "WECHAT_APPID": "wx1",
        "WECHAT_SECRET": "s" * 32,
        "WECHAT_API_BASE_URL": base_url,
        "WECHATPAY_MCHID": "1900000001",
        "WECHATPAY_CERT_SERIAL": "AB",
        "WECHATPAY_PRIVATE_KEY": private.decode(),
        "WECHATPAY_APIV3_KEY": "k" * 32,
        "WECHATPAY_PUBLIC_KEY_ID": KEY_ID,
        "WECHATPAY_PUBLIC_KEY": public.decode(),
        "WECHATPAY_PLATFORM_CERTS": "",
        "WECHATPAY_BASE_URL": base_url,
        "WECHATPAY_BACKUP_BASE_URL": "",
    }.items():
        setattr(settings, name, value)
