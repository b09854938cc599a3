"""Verified messages of WeChat, straight from the inbox."""

from collections.abc import Mapping
from typing import Any

from shop.payments.services.confirm import CALLBACK, confirm_attempt
from shop.payments.services.refund_calls import apply_refund_result
from shop.payments.services.transfer_calls import apply_transfer_result
from shop.wechat.pay.parsing import parse_refund, parse_transaction, parse_transfer


def payment_succeeded(message: object, resource: Mapping[str, Any]) -> None:
    """TRANSACTION.SUCCESS: a member has paid."""
    confirm_attempt(transaction=parse_transaction(resource), source=CALLBACK)


def refund_changed(message: object, resource: Mapping[str, Any]) -> None:
    """REFUND.SUCCESS, REFUND.ABNORMAL, REFUND.CLOSED."""
    apply_refund_result(result=parse_refund(resource), source=CALLBACK)


def transfer_finished(message: object, resource: Mapping[str, Any]) -> None:
    """MCHTRANSFER.BILL.FINISHED: received, failed or cancelled."""
    apply_transfer_result(result=parse_transfer(resource), source=CALLBACK)
