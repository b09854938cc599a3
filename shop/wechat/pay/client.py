"""The money calls. Every one ends as Success, Refused or Unknown (``shop.wechat.outcomes``).

No call may be made inside a database transaction. In-request clients get three seconds in total and raise
``WechatBusy`` *before* anything is sent when too many calls are under way or WeChat has been failing.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from shop.wechat.outcomes import Outcome
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


class PayClient:
    """One merchant's WeChat Pay; get it from ``pay_client()``."""

    def create_jsapi_order(self, order: JsapiOrder) -> Outcome[Prepay]:
        """POST /v3/pay/transactions/jsapi. Repeat after Unknown with the identical order."""
        raise NotImplementedError

    def query_order(
        self, *, out_trade_no: str | None = None, transaction_id: str | None = None
    ) -> Outcome[Transaction]:
        """Ask for a payment; give exactly one number. A missing order is Refused ORDER_NOT_EXIST."""
        raise NotImplementedError

    def close_order(self, out_trade_no: str) -> Outcome[None]:
        """Close an unpaid order. Refused ORDER_PAID means: query, it was paid."""
        raise NotImplementedError

    def create_refund(self, request: RefundRequest) -> Outcome[RefundResult]:
        """Ask for a refund. Success means accepted: look at ``status``."""
        raise NotImplementedError

    def query_refund(self, out_refund_no: str) -> Outcome[RefundResult]:
        """Ask for a refund; Refused RESOURCE_NOT_EXISTS can also appear briefly after acceptance."""
        raise NotImplementedError

    def apply_abnormal_refund(self, request: AbnormalRefundRequest) -> Outcome[RefundResult]:
        """Send an ABNORMAL refund to a bank card instead."""
        raise NotImplementedError

    def create_transfer(self, request: TransferRequest) -> Outcome[TransferResult]:
        """Start a transfer to a member. Never Refused: any answer but 200 is Unknown until queried."""
        raise NotImplementedError

    def query_transfer(self, out_bill_no: str) -> Outcome[TransferResult]:
        """Ask for a transfer; a missing one is Refused NOT_FOUND."""
        raise NotImplementedError

    def cancel_transfer(self, out_bill_no: str) -> Outcome[TransferResult]:
        """Withdraw a transfer the member has not confirmed. Never Refused, like ``create_transfer``."""
        raise NotImplementedError

    def download_trade_bill(self, day: date, bill_type: str = "ALL", *, destination: Path) -> Outcome[BillFile]:
        """Fetch one day's trade bill (ALL, SUCCESS or REFUND) as a CSV file at ``destination``."""
        raise NotImplementedError

    def download_fund_flow_bill(
        self, day: date, account_type: str = "BASIC", *, destination: Path
    ) -> Outcome[BillFile]:
        """Fetch one day's fund flow (BASIC, OPERATION or FEES) as a CSV file at ``destination``."""
        raise NotImplementedError

    def echo(self, message: str, *, secret: str = "", notify_url: str = "") -> Outcome[EchoResult]:
        """POST /v3/security/echo: tests signing, encryption and, with ``notify_url``, one callback."""
        raise NotImplementedError

    def invoke_parameters(self, prepay_id: str) -> Mapping[str, str]:
        """What ``wx.requestPayment`` needs, freshly signed. No network."""
        raise NotImplementedError


def pay_client(*, in_request: bool = False) -> PayClient:
    """The configured merchant's client; ``in_request`` for calls a shopper waits for."""
    raise NotImplementedError
