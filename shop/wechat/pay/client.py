"""The money calls. Every one ends as Success, Refused or Unknown (``shop.wechat.outcomes``).

No call may be made inside a database transaction. In-request clients get three seconds in total and raise
``WechatBusy`` *before* anything is sent when too many calls are under way or WeChat has been failing.
Sources: WeChat Pay merchant documentation, "JSAPI order", "domestic refunds", "trade bill", "transfer bills".
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from shop.core import clock
from shop.wechat import guard
from shop.wechat.http import BACKGROUND, IN_REQUEST, Limits
from shop.wechat.outcomes import Outcome
from shop.wechat.pay import bodies, downloads, parsing, signing
from shop.wechat.pay.merchant import Merchant, merchant
from shop.wechat.pay.parsing import about
from shop.wechat.pay.profit_sharing import ProfitSharing
from shop.wechat.pay.transport import Call, PayTransport
from shop.wechat.pay.types import (
    AbnormalRefundRequest,
    BillFile,
    EchoResult,
    JsapiOrder,
    Prepay,
    RefundRequest,
    RefundResult,
    Transaction,
    TransferRequest,
    TransferResult,
)

T = TypeVar("T")
_ORDERS = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"
_TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"


class PayClient:
    """One merchant's WeChat Pay; get it from ``pay_client()``. Cheap to make, safe to share."""

    def __init__(self, merchant: Merchant, limits: Limits) -> None:
        self.merchant, self.limits = merchant, limits
        self._transport = PayTransport(merchant, limits)
        self.profit_sharing = ProfitSharing(merchant, self._run)

    def create_jsapi_order(self, order: JsapiOrder) -> Outcome[Prepay]:
        """POST /v3/pay/transactions/jsapi. Repeat after Unknown with the identical order."""
        call = Call("pay.create", "POST", f"{_ORDERS}/jsapi", bodies.jsapi_order(self.merchant, order))
        return self._run(call, parsing.parse_prepay)

    def query_order(
        self, *, out_trade_no: str | None = None, transaction_id: str | None = None
    ) -> Outcome[Transaction]:
        """Ask for a payment; give exactly one number. A missing order is Refused ORDER_NOT_EXIST."""
        if (out_trade_no is None) == (transaction_id is None):
            raise ValueError("Give out_trade_no or transaction_id, not both.")
        query = urlencode({"mchid": self.merchant.mchid})
        if out_trade_no is not None:
            path, expected = (
                f"{_ORDERS}/out-trade-no/{_segment(out_trade_no)}",
                {"out_trade_no": out_trade_no},
            )
        else:
            number = transaction_id or ""
            path, expected = f"{_ORDERS}/id/{_segment(number)}", {"transaction_id": number}
        parse = about(parsing.parse_transaction, mchid=self.merchant.mchid, **expected)
        return self._run(Call("pay.query", "GET", f"{path}?{query}"), parse)

    def close_order(self, out_trade_no: str) -> Outcome[None]:
        """Close an unpaid order. Refused ORDER_PAID means: query, it was paid."""
        path = f"{_ORDERS}/out-trade-no/{_segment(out_trade_no)}/close"
        return self._run(
            Call("pay.close", "POST", path, {"mchid": self.merchant.mchid}), parsing.parse_nothing
        )

    def create_refund(self, request: RefundRequest) -> Outcome[RefundResult]:
        """Ask for a refund. Success means accepted: look at ``status``. Repeat with the identical request."""
        parse = about(
            parsing.parse_refund, out_refund_no=request.out_refund_no, amount_refund=request.amount_refund
        )
        return self._run(Call("refund.create", "POST", _REFUNDS, bodies.refund(request)), parse)

    def query_refund(self, out_refund_no: str) -> Outcome[RefundResult]:
        """Ask for a refund; Refused RESOURCE_NOT_EXISTS can also appear briefly after acceptance."""
        parse = about(parsing.parse_refund, out_refund_no=out_refund_no)
        return self._run(Call("refund.query", "GET", f"{_REFUNDS}/{_segment(out_refund_no)}"), parse)

    def apply_abnormal_refund(self, request: AbnormalRefundRequest) -> Outcome[RefundResult]:
        """Send an ABNORMAL refund to a bank card instead."""
        key = self.merchant.encryption_key(clock.wall())
        call = Call(
            "refund.abnormal",
            "POST",
            f"{_REFUNDS}/{_segment(request.refund_id)}/apply-abnormal-refund",
            bodies.abnormal_refund(request, key),
            encrypted_for=key.serial,
        )
        return self._run(call, about(parsing.parse_refund, out_refund_no=request.out_refund_no))

    def create_transfer(self, request: TransferRequest) -> Outcome[TransferResult]:
        """Start a transfer to a member. Never Refused: any answer but 200 is Unknown until queried.

        Repeat with the identical request; a new number only after a query shows FAIL or CANCELLED, or that
        WeChat does not know this one.
        """
        key = self.merchant.encryption_key(clock.wall()) if request.user_name else None
        call = Call(
            "transfer.create",
            "POST",
            _TRANSFERS,
            bodies.transfer(self.merchant, request, key),
            refusals_definite=False,
            encrypted_for=key.serial if key else "",
        )
        return self._run(call, about(parsing.parse_transfer, out_bill_no=request.out_bill_no))

    def query_transfer(self, out_bill_no: str) -> Outcome[TransferResult]:
        """Ask for a transfer; a missing one is Refused NOT_FOUND."""
        call = Call("transfer.query", "GET", f"{_TRANSFERS}/out-bill-no/{_segment(out_bill_no)}")
        return self._run(call, about(parsing.parse_transfer, out_bill_no=out_bill_no))

    def cancel_transfer(self, out_bill_no: str) -> Outcome[TransferResult]:
        """Withdraw a transfer the member has not confirmed. Never Refused, like ``create_transfer``."""
        path = f"{_TRANSFERS}/out-bill-no/{_segment(out_bill_no)}/cancel"
        call = Call("transfer.cancel", "POST", path, refusals_definite=False)
        return self._run(call, about(parsing.parse_transfer, out_bill_no=out_bill_no))

    def download_trade_bill(
        self, day: date, bill_type: str = "ALL", *, destination: Path
    ) -> Outcome[BillFile]:
        """Fetch one day's trade bill (ALL, SUCCESS or REFUND) as a CSV file at ``destination``.

        Refused NO_STATEMENT_EXIST: no data that day; STATEMENT_CREATING: not ready (after 10:00 next day).
        """
        return self._bill("tradebill", day, "bill_type", bill_type, destination)

    def download_fund_flow_bill(
        self, day: date, account_type: str = "BASIC", *, destination: Path
    ) -> Outcome[BillFile]:
        """Fetch one day's fund flow (BASIC, OPERATION or FEES) as a CSV file at ``destination``."""
        return self._bill("fundflowbill", day, "account_type", account_type, destination)

    def echo(self, message: str, *, secret: str = "", notify_url: str = "") -> Outcome[EchoResult]:
        """POST /v3/security/echo: tests signing, encryption and, with ``notify_url``, one callback."""
        key = self.merchant.encryption_key(clock.wall())
        body = bodies.echo(message, secret=secret, notify_url=notify_url, key=key)
        call = Call("security.echo", "POST", "/v3/security/echo", body, encrypted_for=key.serial)
        return self._run(call, about(parsing.parse_echo, echo_message=message))

    def invoke_parameters(self, prepay_id: str) -> dict[str, str]:
        """What ``wx.requestPayment`` needs, freshly signed. No network."""
        timestamp, nonce = str(int(clock.wall().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        signature = signing.pay_sign(
            self.merchant.private_key,
            appid=self.merchant.appid,
            timestamp=timestamp,
            nonce=nonce,
            package=package,
        )
        return {
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }

    def _run(self, call: Call, parse: Callable[[Mapping[str, Any]], T]) -> Outcome[T]:
        return guard.perform(
            endpoint=call.endpoint, limits=self.limits, call=lambda: self._transport.exchange(call, parse)
        )

    def _bill(self, kind: str, day: date, parameter: str, value: str, destination: Path) -> Outcome[BillFile]:
        query = urlencode({"bill_date": day.isoformat(), parameter: value, "tar_type": "GZIP"})
        call = Call(f"bill.{kind}", "GET", f"/v3/bill/{kind}?{query}")
        announced = self._run(call, downloads.parse_announcement)
        return downloads.fetch(
            self._transport, announced, day=day, kind=f"{kind}:{value}", destination=destination
        )


def pay_client(*, in_request: bool = False) -> PayClient:
    """The configured merchant's client; ``in_request`` for calls a shopper waits for.

    Raises WechatNotConfigured (503) naming the setting when the merchant is not set up.
    """
    return PayClient(merchant(), IN_REQUEST if in_request else BACKGROUND)


def _segment(number: str) -> str:
    return quote(number, safe="")
