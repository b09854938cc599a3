"""A merchant of the tests' own: signs by hand, so that every wrong signature can be written as well."""

import base64
import functools
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.sandbox.listener import Delivery
from tests.sandbox_process import SandboxProcess

# Nobody listens there: the callback fails at once.
NOBODY = "http://127.0.0.1:9/notify"
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


@functools.cache
def private_key(path: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(Path(path).read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@dataclass
class Merchant:
    sandbox: SandboxProcess

    def __post_init__(self) -> None:
        env = self.sandbox.env
        self.mchid, self.appid = env["WECHATPAY_MCHID"], env["WECHAT_APPID"]
        self.serial, self.public_key_id = env["WECHATPAY_CERT_SERIAL"], env["WECHATPAY_PUBLIC_KEY_ID"]
        self.key = private_key(env["WECHATPAY_PRIVATE_KEY_FILE"])
        public = serialization.load_pem_public_key(Path(env["WECHATPAY_PUBLIC_KEY_FILE"]).read_bytes())
        assert isinstance(public, rsa.RSAPublicKey)
        self.wechat_key = public
        self.http = requests.Session()
        self.http.trust_env = False

    # -- requests ------------------------------------------------------------------------------------------

    def authorization(self, method: str, target: str, body: bytes, **override: str) -> str:
        fields = {
            "mchid": self.mchid,
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(time.time())),
            "serial_no": self.serial,
        } | override
        lines = (method, target, fields["timestamp"], fields["nonce_str"])
        message = "".join(f"{line}\n" for line in lines).encode() + body + b"\n"
        fields.setdefault("signature", self.sign(message))
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in fields.items())

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()

    def send(
        self, method: str, target: str, body: Any = None, *, headers: dict[str, str | None] | None = None,
        timeout: float = 10, **override: str,
    ) -> requests.Response:  # fmt: skip
        """Signed request; ``headers`` None-values remove a header, ``override`` falsifies Authorization."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent: dict[str, str | None] = {
            "Accept": "application/json",
            "User-Agent": "tests",
            "Wechatpay-Serial": self.public_key_id,
            "Authorization": self.authorization(method, target, raw, **override),
        }
        if raw:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        url = self.sandbox.base_url + target
        # requests removes a default header only when it is told None.
        return self.http.request(method, url, data=raw or None, headers=sent, timeout=timeout)

    def get(self, target: str, **options: Any) -> requests.Response:
        return self.send("GET", target, **options)

    def post(self, target: str, body: Any = None, **options: Any) -> requests.Response:
        return self.send("POST", target, body, **options)

    def verifies(self, headers: Any, body: bytes, key: rsa.RSAPublicKey | None = None) -> bool:
        """Is this answer or callback signed by WeChat?"""
        message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
        try:
            signature = base64.b64decode(headers["Wechatpay-Signature"], validate=True)
            (key or self.wechat_key).verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError, KeyError):
            return False
        return abs(time.time() - int(headers["Wechatpay-Timestamp"])) <= 300

    def open(self, delivery: Delivery) -> dict[str, Any]:
        """The decrypted resource of a callback."""
        resource = json.loads(delivery.body)["resource"]
        plain = AESGCM(self.sandbox.env["WECHATPAY_APIV3_KEY"].encode()).decrypt(
            resource["nonce"].encode(),
            base64.b64decode(resource["ciphertext"]),
            resource["associated_data"].encode(),
        )
        return dict(json.loads(plain))

    def encrypt(self, text: str) -> str:
        return base64.b64encode(self.wechat_key.encrypt(text.encode(), OAEP)).decode()

    # -- business ------------------------------------------------------------------------------------------

    def number(self) -> str:
        return "T" + secrets.token_hex(10).upper()

    def order(self, openid: str, notify_url: str = NOBODY, **fields: Any) -> dict[str, Any]:
        """The body of a JSAPI order."""
        return {
            "appid": self.appid,
            "mchid": self.mchid,
            "description": "苹果 5kg",
            "out_trade_no": self.number(),
            "notify_url": notify_url,
            "amount": {"total": 1000, "currency": "CNY"},
            "payer": {"openid": openid},
        } | fields

    def prepay(self, body: dict[str, Any]) -> dict[str, Any]:
        """Place the order; returns what wx.requestPayment is given."""
        answer = self.post("/v3/pay/transactions/jsapi", body)
        assert answer.status_code == 200, answer.text
        return self.payment(answer.json()["prepay_id"])

    def payment(self, prepay_id: str) -> dict[str, Any]:
        stamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        sign = self.sign("".join(f"{line}\n" for line in (self.appid, stamp, nonce, package)).encode())
        return {"timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": sign}

    def paid(self, openid: str, **fields: Any) -> dict[str, Any]:
        """A paid order, as the transaction object of a query."""
        body = self.order(openid, **fields)
        self.sandbox.pay(self.prepay(body))
        return self.query(body["out_trade_no"])

    def query(self, out_trade_no: str) -> dict[str, Any]:
        answer = self.get(f"/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={self.mchid}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def close(self, out_trade_no: str) -> requests.Response:
        return self.post(f"/v3/pay/transactions/out-trade-no/{out_trade_no}/close", {"mchid": self.mchid})

    def refund(self, order: dict[str, Any], fen: int, **fields: Any) -> requests.Response:
        body = {
            "out_trade_no": order["out_trade_no"],
            "out_refund_no": self.number(),
            "amount": {"refund": fen, "total": order["amount"]["total"], "currency": "CNY"},
        } | fields
        return self.post("/v3/refund/domestic/refunds", body)

    def transfer(self, openid: str, amount: int = 500, **fields: Any) -> dict[str, Any]:
        """The body of a commission transfer."""
        return {
            "appid": self.appid,
            "out_bill_no": self.number(),
            "transfer_scene_id": "1005",
            "openid": openid,
            "transfer_amount": amount,
            "transfer_remark": "佣金",
            "transfer_scene_report_infos": [
                {"info_type": "岗位类型", "info_content": "推广员"},
                {"info_type": "报酬说明", "info_content": "三月佣金"},
            ],
        } | fields
