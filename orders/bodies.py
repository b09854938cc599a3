"""Quotes as clients read them: in the answer of a quote, and in the refusal that carries a new one."""

from typing import Any

from orders.pricing import Adjustment, QuoteLine, Total
from orders.services.quoting import Caveat, Prepared
from orders.wording import adjustment_label, explain


def quote_body(prepared: Prepared) -> dict[str, Any]:
    """Return a quote as the API shows it; amounts in fen, discounts negative."""
    quote = prepared.quote
    return {
        "lines": [_line_body(line, prepared) for line in quote.lines],
        "goods_total": quote.goods_total,
        "freight": quote.freight,
        "adjustments": [adjustment_body(total) for total in quote.totals],
        "payable": quote.payable,
        "wallet_amount": prepared.wallet_amount,
        "wallet_token_required": prepared.wallet_token_required,
        "due": prepared.due,
        "points_used": quote.points_used,
        "points_usable": quote.points_usable,
        "points_available": prepared.points_available,
        "coupons": {"usable": [], "unusable": []},
        "returns": [],
        "delivery": prepared.request.delivery.value,
        "warnings": [_caveat_body(caveat) for caveat in (*prepared.skipped, *prepared.warnings)],
    }


def adjustment_body(item: Adjustment | Total) -> dict[str, Any]:
    """Return a price adjustment as the API shows it."""
    return {
        "kind": item.kind,
        "label": adjustment_label(item.kind, item.label),
        "source": item.source,
        "amount": item.amount,
    }


def _line_body(line: QuoteLine, prepared: Prepared) -> dict[str, Any]:
    sku = prepared.skus[line.sku_id]
    return {
        "sku": line.sku_id,
        "product": sku.product_id,
        "title": sku.title,
        "spec": sku.spec,
        "image": sku.image,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": line.amount,
        "payable": line.payable,
        "freight": line.freight,
        "adjustments": [adjustment_body(item) for item in line.adjustments],
        "explanation": [explain(reason) for reason in line.explanation],
    }


def _caveat_body(caveat: Caveat) -> dict[str, Any]:
    body: dict[str, Any] = {"code": caveat.code, "sku": caveat.sku_id, "available": caveat.available}
    if caveat.limit is not None:
        body["limit"] = caveat.limit
    return body
