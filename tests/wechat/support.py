"""Small helpers for the tests of this folder."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from shop.core import ids
from shop.wechat.outcomes import Success
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.types import JsapiOrder, RefundRequest, ReportInfo, TransferRequest

NOWHERE = "http://127.0.0.1:9/notify"


def apply_merchant(settings: Any, env: dict[str, str]) -> None:
    """Set what the deployment would read from merchant.env."""
    for name, value in env.items():
        if name.endswith("_FILE"):
            setattr(settings, name.removesuffix("_FILE"), Path(value).read_text())
        else:
            setattr(settings, name, value)


def new_order(openid: str, **changes: Any) -> JsapiOrder:
    """An order of 10 yuan without a deadline of its own, because tests move the sandbox's clock."""
    order = JsapiOrder(
        out_trade_no=ids.new_number(),
        description="苹果 5 斤",
        amount=1000,
        openid=openid,
        notify_url=NOWHERE,
    )
    return replace(order, **changes)


def new_refund(out_trade_no: str, **changes: Any) -> RefundRequest:
    """A refund of 4 of 10 yuan."""
    request = RefundRequest(
        out_refund_no=ids.new_number(),
        amount_refund=400,
        amount_total=1000,
        reason="不想要了",
        out_trade_no=out_trade_no,
    )
    return replace(request, **changes)


def new_transfer(openid: str, **changes: Any) -> TransferRequest:
    """A commission of 5 yuan."""
    request = TransferRequest(
        out_bill_no=ids.new_number(),
        scene_id="1005",
        openid=openid,
        amount=500,
        remark="佣金",
        report_infos=(ReportInfo("岗位类型", "推广员"), ReportInfo("报酬说明", "三月佣金")),
    )
    return replace(request, **changes)


def paid_order(sandbox: Any, openid: str, client: PayClient | None = None, **changes: Any) -> JsapiOrder:
    """Place an order and pay it; no callback."""
    client = client or pay_client()
    order = new_order(openid, **changes)
    prepay = client.create_jsapi_order(order)
    assert isinstance(prepay, Success), prepay
    sandbox.pay(client.invoke_parameters(prepay.value.prepay_id), notify="never")
    return order


def mark(sandbox: Any) -> int:
    """Where the sandbox's log of requests ends now (it is read page by page)."""
    line = 0
    while True:
        page = sandbox.get(f"/log?since={line}")
        if not page["results"]:
            return line
        line = page["next"]


def since(sandbox: Any, line: int) -> list[dict[str, Any]]:
    """What the sandbox received after ``line``."""
    return list(sandbox.log(line))
