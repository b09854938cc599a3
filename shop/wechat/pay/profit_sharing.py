"""Profit sharing: splitting a frozen payment among receivers. FINISHED is not success: look at each receiver.

The order must have been placed with ``profit_sharing=True``; start at least a minute after payment and within
30 days. Source: WeChat Pay merchant documentation, "profit sharing".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

from shop.core import clock
from shop.wechat.outcomes import Outcome
from shop.wechat.pay import signing
from shop.wechat.pay.merchant import Merchant
from shop.wechat.pay.parsing import Reader, about
from shop.wechat.pay.transport import Call

T = TypeVar("T")
_BASE = "/v3/profitsharing"
DESCRIPTION_LENGTH = 80


class Run(Protocol):
    """How a call is made: ``PayClient``'s own way, with its limits and statistics."""

    def __call__(self, call: Call, parse: Callable[[Mapping[str, Any]], T]) -> Outcome[T]: ...


@dataclass(frozen=True)
class Receiver:
    """Somebody who may receive shares: kind MERCHANT_ID or PERSONAL_OPENID. ``name`` is sent encrypted."""

    kind: str
    account: str = field(repr=False)
    relation: str = ""
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class Share:
    """One receiver's part of a split, in fen."""

    kind: str
    account: str = field(repr=False)
    amount: int
    description: str
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class ShareResult:
    """What became of one part: result PENDING, SUCCESS or CLOSED (then ``fail_reason``)."""

    kind: str
    account: str = field(repr=False)
    amount: int
    description: str
    result: str
    fail_reason: str
    finish_time: datetime | None


@dataclass(frozen=True)
class SplitResult:
    """A split: state PROCESSING or FINISHED."""

    out_order_no: str
    order_id: str
    transaction_id: str
    state: str
    shares: Sequence[ShareResult]


@dataclass(frozen=True)
class ReturnResult:
    """Money taken back from a merchant receiver: result PROCESSING, SUCCESS or FAILED."""

    out_return_no: str
    out_order_no: str
    return_id: str
    amount: int
    result: str
    fail_reason: str


@dataclass(frozen=True)
class UnsplitAmount:
    """What is still frozen of a payment, in fen."""

    transaction_id: str
    amount: int


class ProfitSharing:
    """The profit-sharing calls; found at ``pay_client().profit_sharing``."""

    def __init__(self, merchant: Merchant, run: Run) -> None:
        self._merchant, self._run = merchant, run

    def add_receiver(self, receiver: Receiver) -> Outcome[None]:
        """Register a receiver before the first split to it."""
        body = self._receiver(receiver)
        body["relation_type"] = receiver.relation
        serial = ""
        if receiver.name:
            body["name"], serial = self._encrypt(receiver.name)
        call = Call("split.add_receiver", "POST", f"{_BASE}/receivers/add", body, encrypted_for=serial)
        return self._run(call, _ignore)

    def delete_receiver(self, receiver: Receiver) -> Outcome[None]:
        """Remove a receiver."""
        call = Call("split.delete_receiver", "POST", f"{_BASE}/receivers/delete", self._receiver(receiver))
        return self._run(call, _ignore)

    def create_split(
        self, *, transaction_id: str, out_order_no: str, shares: Sequence[Share], unfreeze_rest: bool
    ) -> Outcome[SplitResult]:
        """Split a payment; repeat after Unknown with the identical request."""
        receivers, serial = self._shares(shares)
        body = {
            "appid": self._merchant.appid,
            "transaction_id": transaction_id,
            "out_order_no": out_order_no,
            "receivers": receivers,
            "unfreeze_unsplit": unfreeze_rest,
        }
        call = Call("split.create", "POST", f"{_BASE}/orders", body, encrypted_for=serial)
        return self._run(call, about(_parse_split, out_order_no=out_order_no))

    def query_split(self, *, transaction_id: str, out_order_no: str) -> Outcome[SplitResult]:
        """Ask for a split."""
        query = urlencode({"transaction_id": transaction_id})
        call = Call("split.query", "GET", f"{_BASE}/orders/{quote(out_order_no, safe='')}?{query}")
        return self._run(call, about(_parse_split, out_order_no=out_order_no))

    def unfreeze(self, *, transaction_id: str, out_order_no: str, description: str) -> Outcome[SplitResult]:
        """Release what is still frozen, under a new ``out_order_no`` of its own."""
        body = {
            "transaction_id": transaction_id,
            "out_order_no": out_order_no,
            "description": description[:DESCRIPTION_LENGTH],
        }
        call = Call("split.unfreeze", "POST", f"{_BASE}/orders/unfreeze", body)
        return self._run(call, about(_parse_split, out_order_no=out_order_no))

    def create_return(
        self, *, out_order_no: str, out_return_no: str, return_mchid: str, amount: int, description: str
    ) -> Outcome[ReturnResult]:
        """Take a part back from a merchant receiver; repeat after Unknown with the identical request."""
        body = {
            "out_order_no": out_order_no,
            "out_return_no": out_return_no,
            "return_mchid": return_mchid,
            "amount": amount,
            "description": description[:DESCRIPTION_LENGTH],
        }
        call = Call("split.return", "POST", f"{_BASE}/return-orders", body)
        return self._run(call, about(_parse_return, out_return_no=out_return_no))

    def query_return(self, *, out_order_no: str, out_return_no: str) -> Outcome[ReturnResult]:
        """Ask for a return."""
        query = urlencode({"out_order_no": out_order_no})
        path = f"{_BASE}/return-orders/{quote(out_return_no, safe='')}?{query}"
        call = Call("split.query_return", "GET", path)
        return self._run(call, about(_parse_return, out_return_no=out_return_no))

    def query_unsplit_amount(self, transaction_id: str) -> Outcome[UnsplitAmount]:
        """Ask how much of a payment can still be split."""
        path = f"{_BASE}/transactions/{quote(transaction_id, safe='')}/amounts"
        return self._run(
            Call("split.amount", "GET", path), about(_parse_unsplit, transaction_id=transaction_id)
        )

    def _receiver(self, receiver: Receiver) -> dict[str, Any]:
        return {"appid": self._merchant.appid, "type": receiver.kind, "account": receiver.account}

    def _shares(self, shares: Sequence[Share]) -> tuple[list[dict[str, Any]], str]:
        serial, receivers = "", []
        for share in shares:
            receiver: dict[str, Any] = {
                "type": share.kind,
                "account": share.account,
                "amount": share.amount,
                "description": share.description[:DESCRIPTION_LENGTH],
            }
            if share.name:
                receiver["name"], serial = self._encrypt(share.name)
            receivers.append(receiver)
        return receivers, serial

    def _encrypt(self, name: str) -> tuple[str, str]:
        key = self._merchant.encryption_key(clock.wall())
        return signing.encrypt_for(key.key, name), key.serial


def _ignore(_data: Mapping[str, Any]) -> None:
    """The echo of a receiver tells nothing new."""


def _parse_split(data: Mapping[str, Any]) -> SplitResult:
    read = Reader(data)
    return SplitResult(
        out_order_no=read.text("out_order_no", required=True),
        order_id=read.text("order_id", required=True),
        transaction_id=read.text("transaction_id"),
        state=read.text("state", required=True),
        shares=tuple(_parse_share(each) for each in read.objects("receivers")),
    )


def _parse_share(read: Reader) -> ShareResult:
    return ShareResult(
        kind=read.text("type"),
        account=read.text("account"),
        amount=read.fen("amount", required=True),
        description=read.text("description"),
        result=read.text("result", required=True),
        fail_reason=read.text("fail_reason"),
        finish_time=read.moment("finish_time"),
    )


def _parse_return(data: Mapping[str, Any]) -> ReturnResult:
    read = Reader(data)
    return ReturnResult(
        out_return_no=read.text("out_return_no", required=True),
        out_order_no=read.text("out_order_no"),
        return_id=read.text("return_id") or read.text("return_no"),
        amount=read.fen("amount", required=True),
        result=read.text("result", required=True),
        fail_reason=read.text("fail_reason"),
    )


def _parse_unsplit(data: Mapping[str, Any]) -> UnsplitAmount:
    read = Reader(data)
    return UnsplitAmount(
        transaction_id=read.text("transaction_id", required=True),
        amount=read.fen("unsplit_amount", required=True),
    )
