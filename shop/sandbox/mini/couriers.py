"""The couriers WeChat knows (a selection of get_delivery_list)."""

from typing import Any, Final

from shop.sandbox.box import Box
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.schema import shape

NOTHING: Final = shape()

COURIERS: Final = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "YD": "韵达速递",
    "STO": "申通快递",
    "JTSD": "极兔速递",
    "EMS": "EMS",
    "YZPY": "邮政快递包裹",
    "JD": "京东物流",
    "DBL": "德邦快递",
    "HTKY": "百世快递",
    "ZJS": "宅急送",
    "HHTT": "天天快递",
    "UC": "优速快递",
    "ANE": "安能物流",
    "CNSD": "菜鸟速递",
    "FEDEX": "联邦快递",
    "DHL": "DHL",
}


def delivery_list(_box: Box, _call: MiniCall) -> dict[str, Any]:
    couriers = [{"delivery_id": key, "delivery_name": name} for key, name in COURIERS.items()]
    return {"errcode": 0, "errmsg": "ok", "delivery_list": couriers, "count": len(couriers)}
