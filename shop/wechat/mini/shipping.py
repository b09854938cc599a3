"""Order shipping management: WeChat freezes the money of a mini-program order until it knows of the shipment.

10060001 (order not found): WeChat's index lags a minute or more behind the payment, try again later.
10060002 (already shipped), 10060003 (second re-ship used), 10060023 (nothing changed) and other 1006xxxx are
terminal. A shipment may be corrected once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.conf import settings

from shop.wechat.mini import rules
from shop.wechat.mini.host import MiniProgramHost
from shop.wechat.mini.types import PaidOrder, Parcel, ShippingState, ShippingUpload
from shop.wechat.outcomes import Outcome
from shop.wechat.pay.parsing import Reader

T = TypeVar("T")
RETRY_LATER = "10060001"
_UNIFIED, _SPLIT = 1, 2


class Run(Protocol):
    """``MiniClient``'s way to make a call."""

    def __call__(
        self,
        endpoint: str,
        call: Callable[[MiniProgramHost], Any],
        parse: Callable[[Mapping[str, Any]], T],
    ) -> Outcome[T]: ...


@dataclass(frozen=True)
class ShippingPage:
    """A page of orders; ``last_index`` asks for the next one while ``has_more``."""

    orders: Sequence[ShippingState]
    last_index: str
    has_more: bool


class Shipping:
    """The shipping calls; found at ``mini_client().shipping``."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def upload(self, upload: ShippingUpload) -> Outcome[None]:
        """Tell WeChat what was shipped for one payment."""
        return self._post("upload_shipping_info", _upload_body(upload), _nothing)

    def upload_combined(
        self, *, order: PaidOrder, uploads: Sequence[ShippingUpload], openid: str, uploaded_at: datetime
    ) -> Outcome[None]:
        """The same for a combined payment with its sub-orders."""
        sub_orders = []
        for upload in uploads:
            body = _upload_body(upload)
            sub_orders.append({name: body[name] for name in body if name not in ("payer", "upload_time")})
        body = {
            "order_key": _order_key(order),
            "sub_orders": sub_orders,
            "upload_time": rules.upload_time(uploaded_at),
            "payer": {"openid": openid},
        }
        return self._post("upload_combined_shipping_info", body, _nothing)

    def get(self, order: PaidOrder) -> Outcome[ShippingState]:
        """WeChat's view of one order; re-check here after the receipt component reports success."""
        return self._post("get_order", _plain_key(order), lambda data: _state(Reader(data).object("order")))

    def list(
        self,
        *,
        state: int | None = None,
        paid_from: datetime | None = None,
        paid_until: datetime | None = None,
        last_index: str = "",
        page_size: int = 100,
    ) -> Outcome[ShippingPage]:
        """Orders by state and payment time, page by page."""
        body: dict[str, Any] = {"page_size": page_size}
        times = {"begin_time": paid_from, "end_time": paid_until}
        given = {name: int(moment.timestamp()) for name, moment in times.items() if moment is not None}
        if given:
            body["pay_time_range"] = given
        if state is not None:
            body["order_state"] = state
        if last_index:
            body["last_index"] = last_index
        return self._post("get_order_list", body, _page)

    def remind_to_confirm(self, order: PaidOrder, *, received_at: datetime) -> Outcome[None]:
        """Have WeChat remind the member to confirm receipt; once per order, express only."""
        body = _plain_key(order) | {"received_time": int(received_at.timestamp())}
        return self._post("notify_confirm_receive", body, _nothing)

    def set_jump_path(self, path: str) -> Outcome[None]:
        """The page WeChat's shipping messages open."""
        return self._post("set_msg_jump_path", {"path": path}, _nothing)

    def is_managed(self) -> Outcome[bool]:
        """Whether WeChat manages this mini-program's trades (and freezes money until shipment)."""
        return self._post("is_trade_managed", {"appid": settings.WECHAT_APPID}, _flag("is_trade_managed"))

    def is_confirmed(self) -> Outcome[bool]:
        """Whether the merchant has finished the trade-management confirmation."""
        body = {"appid": settings.WECHAT_APPID}
        return self._post("is_trade_management_confirmation_completed", body, _flag("completed"))

    def report_special(self, *, order_id: str, kind: int, delay_to: datetime | None = None) -> Outcome[None]:
        """Announce a presale (1, with the later shipping date) or a test order (2)."""
        body: dict[str, Any] = {"order_id": order_id, "type": kind}
        if delay_to is not None:
            body["delay_to"] = int(delay_to.timestamp())
        return self._post("opspecialorder", body, _nothing)

    def _post(
        self, action: str, body: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], T]
    ) -> Outcome[T]:
        return self._run(f"shipping.{action}", lambda host: host.shipping.post(action, body), parse)


def _upload_body(upload: ShippingUpload) -> dict[str, Any]:
    body: dict[str, Any] = {
        "order_key": _order_key(upload.order),
        "logistics_type": upload.logistics_type,
        "delivery_mode": _SPLIT if upload.split else _UNIFIED,
        "shipping_list": [_parcel(parcel) for parcel in upload.parcels],
        "upload_time": rules.upload_time(upload.uploaded_at),
        "payer": {"openid": upload.openid},
    }
    if upload.split:
        body["is_all_delivered"] = upload.all_delivered
    return body


def _parcel(parcel: Parcel) -> dict[str, Any]:
    body: dict[str, Any] = {"item_desc": parcel.item_desc[: rules.ITEM_LENGTH]}
    if parcel.tracking_no:
        body["tracking_no"] = parcel.tracking_no
    if parcel.courier_id:
        body["express_company"] = parcel.courier_id
    contact = {
        "receiver_contact": parcel.receiver_contact,
        "consignor_contact": parcel.consignor_contact,
    }
    contact = {name: value for name, value in contact.items() if value}
    if contact:
        body["contact"] = contact
    return body


def _order_key(order: PaidOrder) -> dict[str, Any]:
    if order.transaction_id:
        return {"order_number_type": 2, "transaction_id": order.transaction_id}
    return {
        "order_number_type": 1,
        "mchid": settings.WECHATPAY_MCHID,
        "out_trade_no": order.out_trade_no,
    }


def _plain_key(order: PaidOrder) -> dict[str, Any]:
    if order.transaction_id:
        return {"transaction_id": order.transaction_id}
    return {"merchant_id": settings.WECHATPAY_MCHID, "merchant_trade_no": order.out_trade_no}


def _state(read: Reader) -> ShippingState:
    return ShippingState(
        transaction_id=read.text("transaction_id"),
        out_trade_no=read.text("merchant_trade_no"),
        order_state=read.integer("order_state", required=True),
        in_complaint=read.flag("in_complaint"),
    )


def _page(data: Mapping[str, Any]) -> ShippingPage:
    read = Reader(data)
    return ShippingPage(
        orders=tuple(_state(each) for each in read.objects("order_list")),
        last_index=read.text("last_index"),
        has_more=read.flag("has_more"),
    )


def _flag(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda data: Reader(data).flag(name)


def _nothing(_data: Mapping[str, Any]) -> None:
    """errcode 0 says it all."""
