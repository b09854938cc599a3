"""What we say: request bodies exactly as WeChat's strict schemas want them, without a field too many."""

from datetime import datetime
from typing import Any

from shop.core.clock import BEIJING
from shop.wechat.pay import signing
from shop.wechat.pay.keyring import TrustedKey
from shop.wechat.pay.merchant import Merchant
from shop.wechat.pay.types import AbnormalRefundRequest, JsapiOrder, RefundRequest, TransferRequest

DESCRIPTION_LENGTH = 127
ATTACH_LENGTH = 128
REASON_LENGTH = 80
REMARK_LENGTH = 32


def beijing(moment: datetime) -> str:
    """RFC 3339 with +08:00 and whole seconds, the only form WeChat Pay takes."""
    return moment.astimezone(BEIJING).replace(microsecond=0).isoformat()


def jsapi_order(merchant: Merchant, order: JsapiOrder) -> dict[str, Any]:
    """Body of POST /v3/pay/transactions/jsapi."""
    body: dict[str, Any] = {
        "appid": merchant.appid,
        "mchid": merchant.mchid,
        "description": order.description[:DESCRIPTION_LENGTH],
        "out_trade_no": order.out_trade_no,
        "notify_url": order.notify_url,
        "amount": {"total": order.amount, "currency": "CNY"},
        "payer": {"openid": order.openid},
    }
    if order.time_expire is not None:
        body["time_expire"] = beijing(order.time_expire)
    if order.attach:
        body["attach"] = order.attach[:ATTACH_LENGTH]
    if order.profit_sharing:
        body["settle_info"] = {"profit_sharing": True}
    return body


def refund(request: RefundRequest) -> dict[str, Any]:
    """Body of POST /v3/refund/domestic/refunds. ``transaction_id`` wins where both numbers are given."""
    if not (request.transaction_id or request.out_trade_no):
        raise ValueError("A refund needs transaction_id or out_trade_no.")
    body: dict[str, Any] = {
        "out_refund_no": request.out_refund_no,
        "amount": {"refund": request.amount_refund, "total": request.amount_total, "currency": "CNY"},
    }
    if request.transaction_id:
        body["transaction_id"] = request.transaction_id
    else:
        body["out_trade_no"] = request.out_trade_no
    if request.reason:
        body["reason"] = request.reason[:REASON_LENGTH]
    if request.notify_url:
        body["notify_url"] = request.notify_url
    return body


def abnormal_refund(request: AbnormalRefundRequest, key: TrustedKey) -> dict[str, Any]:
    """Body of POST …/apply-abnormal-refund; card number and name are encrypted for WeChat."""
    body = {"out_refund_no": request.out_refund_no, "type": request.kind}
    if request.bank_type:
        body["bank_type"] = request.bank_type
    if request.bank_account:
        body["bank_account"] = signing.encrypt_for(key.key, request.bank_account)
    if request.real_name:
        body["real_name"] = signing.encrypt_for(key.key, request.real_name)
    return body


def transfer(merchant: Merchant, request: TransferRequest, key: TrustedKey | None) -> dict[str, Any]:
    """Body of POST /v3/fund-app/mch-transfer/transfer-bills; the receiver's name is encrypted for WeChat."""
    body: dict[str, Any] = {
        "appid": merchant.appid,
        "out_bill_no": request.out_bill_no,
        "transfer_scene_id": request.scene_id,
        "openid": request.openid,
        "transfer_amount": request.amount,
        "transfer_remark": request.remark[:REMARK_LENGTH],
        "transfer_scene_report_infos": [
            {"info_type": info.info_type, "info_content": info.info_content} for info in request.report_infos
        ],
    }
    if request.user_name and key is not None:
        body["user_name"] = signing.encrypt_for(key.key, request.user_name)
    if request.notify_url:
        body["notify_url"] = request.notify_url
    if request.user_recv_perception:
        body["user_recv_perception"] = request.user_recv_perception
    return body


def echo(message: str, *, secret: str, notify_url: str, key: TrustedKey) -> dict[str, Any]:
    """Body of POST /v3/security/echo."""
    body = {"echo_message": message}
    if secret:
        body["encrypted_echo_message"] = signing.encrypt_for(key.key, secret)
    if notify_url:
        body["notify_url"] = notify_url
    return body
