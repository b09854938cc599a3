"""From WeChat's verified JSON to our types. Anything that does not fit raises ``Unparsable``, never guesses.

The same readers serve answers and decrypted notifications (whose refunds say ``refund_status``).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from shop.core.money import MAX_FEN
from shop.wechat.pay.types import EchoResult, Prepay, RefundResult, Transaction, TransferResult

T = TypeVar("T")


class Unparsable(Exception):
    """An authentic message that does not have the documented shape; says which field, never its value."""


class Mismatch(Exception):
    """An authentic answer about something we did not ask for."""


class Reader:
    """Typed access to a JSON object."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def text(self, name: str, *, required: bool = False) -> str:
        """A string; empty when absent."""
        value = self._data.get(name)
        if value is None or value == "":
            if required:
                raise Unparsable(name)
            return ""
        if not isinstance(value, str):
            raise Unparsable(name)
        return value

    def fen(self, name: str, *, required: bool = False) -> int:
        """An amount in fen, never negative; 0 when absent."""
        value = self.integer(name, required=required)
        if not 0 <= value <= MAX_FEN:
            raise Unparsable(name)
        return value

    def integer(self, name: str, *, required: bool = False) -> int:
        """A whole number; 0 when absent."""
        value = self._data.get(name)
        if value is None and not required:
            return 0
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unparsable(name)
        return value

    def flag(self, name: str) -> bool:
        """A boolean; False when absent."""
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise Unparsable(name)
        return value

    def moment(self, name: str) -> datetime | None:
        """An RFC 3339 time with offset; None when absent."""
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Unparsable(name) from None
        if moment.tzinfo is None:
            raise Unparsable(name)
        return moment

    def object(self, name: str) -> "Reader":
        """A nested object; an empty one when absent."""
        value = self._data.get(name)
        if value is None:
            return Reader({})
        if not isinstance(value, dict):
            raise Unparsable(name)
        return Reader(value)

    def objects(self, name: str) -> list["Reader"]:
        """A list of objects; empty when absent."""
        value = self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise Unparsable(name)
        return [Reader(each) for each in value]


def parse_prepay(data: Mapping[str, Any]) -> Prepay:
    """The answer of a JSAPI order."""
    return Prepay(prepay_id=Reader(data).text("prepay_id", required=True))


def parse_nothing(_data: Mapping[str, Any]) -> None:
    """The answer of a call that returns 204."""


def parse_transaction(data: Mapping[str, Any]) -> Transaction:
    """A queried payment, or the decrypted resource of TRANSACTION.SUCCESS."""
    read = Reader(data)
    amount, payer = read.object("amount"), read.object("payer")
    state = read.text("trade_state", required=True)
    paid = state in ("SUCCESS", "REFUND")
    return Transaction(
        out_trade_no=read.text("out_trade_no", required=True),
        transaction_id=read.text("transaction_id", required=paid),
        trade_state=state,
        trade_state_desc=read.text("trade_state_desc"),
        trade_type=read.text("trade_type"),
        amount_total=amount.fen("total", required=paid),
        payer_total=amount.fen("payer_total"),
        currency=amount.text("currency") or "CNY",
        payer_openid=payer.text("openid"),
        success_time=read.moment("success_time"),
        bank_type=read.text("bank_type"),
        attach=read.text("attach"),
        appid=read.text("appid"),
        mchid=read.text("mchid"),
    )


def parse_refund(data: Mapping[str, Any]) -> RefundResult:
    """A refund's answer or query, or the decrypted resource of REFUND.*, which says ``refund_status``."""
    read = Reader(data)
    amount = read.object("amount")
    return RefundResult(
        out_refund_no=read.text("out_refund_no", required=True),
        refund_id=read.text("refund_id", required=True),
        out_trade_no=read.text("out_trade_no"),
        transaction_id=read.text("transaction_id"),
        status=read.text("status") or read.text("refund_status", required=True),
        amount_refund=amount.fen("refund", required=True),
        amount_total=amount.fen("total", required=True),
        payer_refund=amount.fen("payer_refund"),
        payer_total=amount.fen("payer_total"),
        channel=read.text("channel"),
        user_received_account=read.text("user_received_account"),
        success_time=read.moment("success_time"),
        create_time=read.moment("create_time"),
        mchid=read.text("mchid"),
    )


def parse_transfer(data: Mapping[str, Any]) -> TransferResult:
    """A transfer's answer or query, or the decrypted resource of MCHTRANSFER.BILL.FINISHED."""
    read = Reader(data)
    return TransferResult(
        out_bill_no=read.text("out_bill_no", required=True),
        transfer_bill_no=read.text("transfer_bill_no", required=True),
        state=read.text("state", required=True),
        package_info=read.text("package_info"),
        fail_reason=read.text("fail_reason"),
        amount=read.fen("transfer_amount"),
        openid=read.text("openid"),
        mchid=read.text("mch_id") or read.text("mchid"),
        create_time=read.moment("create_time"),
        update_time=read.moment("update_time"),
    )


def parse_echo(data: Mapping[str, Any]) -> EchoResult:
    """The answer of the security self test."""
    read = Reader(data)
    return EchoResult(echo_message=read.text("echo_message"), encrypted=read.text("encrypted_echo_message"))


def about(parse: Callable[[Mapping[str, Any]], T], **expected: str | int) -> Callable[[Mapping[str, Any]], T]:
    """Wrap a parser: the parsed value must carry these attributes, else ``Mismatch``.

    A signature proves who answered, not what was asked; so the numbers in the answer are compared too.
    """

    def checked(data: Mapping[str, Any]) -> T:
        value = parse(data)
        for name, wanted in expected.items():
            if getattr(value, name) != wanted:
                raise Mismatch(name)
        return value

    return checked
