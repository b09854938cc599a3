"""Every fault of the other side against every money call: Success, Refused, or Unknown and then resolved.

Whatever happens, a query with the same number tells the truth and the same call again succeeds, once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.core import ids
from shop.wechat.http import Limits
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.pay.client import PayClient
from shop.wechat.pay.merchant import merchant
from shop.wechat.pay.profit_sharing import Receiver, Share
from shop.wechat.pay.types import AbnormalRefundRequest
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import mark, new_order, new_refund, new_transfer, paid_order, since

IMPATIENT = Limits(connect=2.0, read=0.7, total=5.0, guarded=False)

COMMITTED = {
    "timeout_after_commit": UnknownReason.TIMEOUT,
    "bad_signature_after_commit": UnknownReason.BAD_SIGNATURE,
    "500_after_commit": UnknownReason.SERVER_ERROR,
    "empty_body": UnknownReason.EMPTY_BODY,
    "stale": UnknownReason.BAD_SIGNATURE,
    "wrong_serial": UnknownReason.BAD_SIGNATURE,
    "signtest": UnknownReason.BAD_SIGNATURE,
    "drop_after_commit": UnknownReason.BROKEN_CONNECTION,
}
NOT_COMMITTED = {
    "timeout_before_commit": UnknownReason.TIMEOUT,
    "429": UnknownReason.RATE_LIMITED,
    "500": UnknownReason.SERVER_ERROR,
    "unsigned_4xx": UnknownReason.UNTIL_QUERIED,
    "drop": UnknownReason.BROKEN_CONNECTION,
}
FAULTS = COMMITTED | NOT_COMMITTED


@dataclass(frozen=True)
class Case:
    """A money call, the path the fault waits at, and the query that shows whether it happened."""

    path: str
    call: Callable[[], Outcome[Any]]
    happened: Callable[[], bool]


def create_order(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    now = datetime.fromisoformat(sandbox.post("/clock")["now"])
    order = new_order(openid, time_expire=now + timedelta(minutes=15), attach="附言")
    return Case(
        "/v3/pay/transactions/jsapi",
        lambda: client.create_jsapi_order(order),
        lambda: known(client.query_order(out_trade_no=order.out_trade_no), "ORDER_NOT_EXIST"),
    )


def close_order(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    order = new_order(openid)
    assert isinstance(client.create_jsapi_order(order), Success)

    def closed() -> bool:
        outcome = client.query_order(out_trade_no=order.out_trade_no)
        assert isinstance(outcome, Success)
        return outcome.value.trade_state == "CLOSED"

    path = f"/v3/pay/transactions/out-trade-no/{order.out_trade_no}/close"
    return Case(path, lambda: client.close_order(order.out_trade_no), closed)


def create_refund(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    refund = new_refund(paid_order(sandbox, openid, client).out_trade_no)
    return Case(
        "/v3/refund/domestic/refunds",
        lambda: client.create_refund(refund),
        lambda: known(client.query_refund(refund.out_refund_no), "RESOURCE_NOT_EXISTS"),
    )


def apply_abnormal_refund(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    sandbox.settings(refund_outcome="HOLD")
    refund = new_refund(paid_order(sandbox, openid, client).out_trade_no)
    accepted = client.create_refund(refund)
    assert isinstance(accepted, Success)
    sandbox.refund(refund.out_refund_no, "ABNORMAL")
    request = AbnormalRefundRequest(
        refund_id=accepted.value.refund_id,
        out_refund_no=refund.out_refund_no,
        kind="USER_BANK_CARD",
        bank_type="ICBC_DEBIT",
        bank_account="6222020200012345678",
        real_name="张三",
    )

    def under_way() -> bool:
        outcome = client.query_refund(refund.out_refund_no)
        assert isinstance(outcome, Success)
        return outcome.value.status != "ABNORMAL"

    path = f"/v3/refund/domestic/refunds/{accepted.value.refund_id}/apply-abnormal-refund"
    return Case(path, lambda: client.apply_abnormal_refund(request), under_way)


def create_transfer(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    transfer = new_transfer(openid, user_name="李四")
    return Case(
        "/v3/fund-app/mch-transfer/transfer-bills",
        lambda: client.create_transfer(transfer),
        lambda: known(client.query_transfer(transfer.out_bill_no), "NOT_FOUND"),
    )


def cancel_transfer(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    transfer = new_transfer(openid)
    assert isinstance(client.create_transfer(transfer), Success)

    def cancelled() -> bool:
        outcome = client.query_transfer(transfer.out_bill_no)
        assert isinstance(outcome, Success)
        return outcome.value.state in ("CANCELING", "CANCELLED")

    path = f"/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{transfer.out_bill_no}/cancel"
    return Case(path, lambda: client.cancel_transfer(transfer.out_bill_no), cancelled)


def create_split(sandbox: SandboxProcess, client: PayClient, openid: str) -> Case:
    order = paid_order(sandbox, openid, client, profit_sharing=True)
    paid = client.query_order(out_trade_no=order.out_trade_no)
    assert isinstance(paid, Success)
    sandbox.advance(120)
    receiver = Receiver("PERSONAL_OPENID", openid, relation="DISTRIBUTOR", name="王五")
    assert client.profit_sharing.add_receiver(receiver) == Success(None, request_id=_any)
    transaction_id, number = paid.value.transaction_id, ids.new_number()
    shares = [Share("PERSONAL_OPENID", openid, 100, "分给推广员", name="王五")]
    return Case(
        "/v3/profitsharing/orders",
        lambda: client.profit_sharing.create_split(
            transaction_id=transaction_id, out_order_no=number, shares=shares, unfreeze_rest=True
        ),
        lambda: known(
            client.profit_sharing.query_split(transaction_id=transaction_id, out_order_no=number),
            "RESOURCE_NOT_EXISTS",
        ),
    )


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


_any: Any = _Any()
CALLS = [
    create_order,
    close_order,
    create_refund,
    apply_abnormal_refund,
    create_transfer,
    cancel_transfer,
    create_split,
]
NEVER_TWICE = (apply_abnormal_refund,)
NEVER_REFUSED = (create_transfer, cancel_transfer)


def known(outcome: Outcome[Any], missing: str) -> bool:
    """What a query says: there, or definitely not."""
    if isinstance(outcome, Success):
        return True
    assert isinstance(outcome, Refused), outcome
    assert outcome.code == missing
    return False


@pytest.fixture
def client(sandbox: SandboxProcess) -> PayClient:
    return PayClient(merchant(), IMPATIENT)


@pytest.mark.parametrize("make", CALLS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("fault", list(FAULTS))
def test_every_fault_against_every_money_call(
    sandbox: SandboxProcess, client: PayClient, fault: str, make: Callable[..., Case]
):
    # Given a money call that has not been made yet
    case = make(sandbox, client, sandbox.create_user()["openid"])
    assert not case.happened()
    sandbox.fault(fault, method="POST", path=case.path)

    # When it is made while the other side misbehaves
    outcome = case.call()

    # Then it ends in the one way the rules say
    if fault == "empty_body" and make is close_order:
        assert isinstance(outcome, Success), "a 204 is empty by nature"
    elif fault == "unsigned_4xx" and make not in NEVER_REFUSED:
        assert isinstance(outcome, Refused)
        assert (outcome.code, outcome.http_status) == ("PARAM_ERROR", 400)
    else:
        assert isinstance(outcome, Unknown), outcome
        assert outcome.reason is FAULTS[fault]
        assert outcome.sent
    # And a query tells whether it happened; the same call with the same number then succeeds
    assert case.happened() is (fault in COMMITTED)
    again = case.call()
    if make in NEVER_TWICE and fault in COMMITTED:
        assert not isinstance(again, Success), "it was already done, and WeChat says so"
    else:
        assert isinstance(again, Success), again
    assert case.happened()


def test_rate_limit_carries_what_wechat_said(sandbox: SandboxProcess, client: PayClient):
    sandbox.fault("429", path="/v3/refund")
    outcome = client.create_refund(new_refund("ABCDEF12"))
    assert isinstance(outcome, Unknown)
    assert (outcome.code, outcome.http_status) == ("FREQUENCY_LIMITED", 429)


def test_nothing_listens(settings, sandbox: SandboxProcess):
    settings.WECHATPAY_BASE_URL = "http://127.0.0.1:9"
    outcome = PayClient(merchant(), IMPATIENT).create_jsapi_order(new_order("o123"))
    assert outcome == Unknown(UnknownReason.NOT_CONNECTED, sent=False)


def test_the_backup_host_takes_over_when_the_first_cannot_be_reached(settings, sandbox: SandboxProcess):
    openid = sandbox.create_user()["openid"]
    settings.WECHATPAY_BACKUP_BASE_URL = sandbox.base_url
    settings.WECHATPAY_BASE_URL = "http://127.0.0.1:9"
    outcome = PayClient(merchant(), IMPATIENT).create_jsapi_order(new_order(openid))
    assert isinstance(outcome, Success)


def test_the_backup_host_is_not_asked_after_a_time_out(settings, sandbox: SandboxProcess):
    openid = sandbox.create_user()["openid"]
    settings.WECHATPAY_BACKUP_BASE_URL = sandbox.base_url
    order = new_order(openid)
    seen = mark(sandbox)
    sandbox.fault("timeout_before_commit", path="/v3/pay")
    outcome = PayClient(merchant(), IMPATIENT).create_jsapi_order(order)
    assert outcome == Unknown(UnknownReason.TIMEOUT)
    assert len(since(sandbox, seen)) == 1


def test_both_spellings_of_a_code_are_one(sandbox: SandboxProcess, client: PayClient):
    sandbox.settings(order_paid_code="ORDERPAID")
    order = paid_order(sandbox, sandbox.create_user()["openid"], client)
    outcome = client.close_order(order.out_trade_no)
    assert isinstance(outcome, Refused)
    assert outcome.code == "ORDER_PAID"


def test_platform_certificate_mode(settings, sandbox: SandboxProcess):
    # Given a merchant that still has a platform certificate and no public key
    sandbox.settings(certificates=True)
    settings.WECHATPAY_PUBLIC_KEY_ID = settings.WECHATPAY_PUBLIC_KEY = ""
    settings.WECHATPAY_PLATFORM_CERTS = (sandbox.data / "platform_cert.pem").read_text()
    client = PayClient(merchant(), IMPATIENT)
    # When it pays, and transfers with an encrypted name
    openid = sandbox.create_user()["openid"]
    assert isinstance(client.create_jsapi_order(new_order(openid)), Success)
    assert isinstance(client.create_transfer(new_transfer(openid, user_name="赵六")), Success)


def test_an_answer_about_another_number_is_not_taken(sandbox: SandboxProcess, client: PayClient):
    from shop.wechat.pay import parsing

    parse = parsing.about(parsing.parse_refund, out_refund_no="MINE")
    with pytest.raises(parsing.Mismatch):
        parse({"out_refund_no": "YOURS", "refund_id": "1", "status": "SUCCESS",
               "amount": {"refund": 1, "total": 1}})  # fmt: skip
