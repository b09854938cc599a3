"""Profit sharing against the real sandbox process, and the calls that other tests do not make."""

import pytest

from shop.core import ids
from shop.wechat.outcomes import Refused, Success
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.profit_sharing import Receiver, Share
from tests.sandbox_process import SandboxProcess
from tests.wechat.support import paid_order


@pytest.fixture
def transaction_id(sandbox: SandboxProcess) -> str:
    """A payment of ten yuan whose money is frozen for sharing."""
    order = paid_order(sandbox, sandbox.create_user()["openid"], profit_sharing=True)
    outcome = pay_client().query_order(out_trade_no=order.out_trade_no)
    assert isinstance(outcome, Success)
    sandbox.advance(120)
    return outcome.value.transaction_id


@pytest.fixture
def client(sandbox: SandboxProcess) -> PayClient:
    return pay_client()


def test_a_split_its_query_and_its_end(sandbox: SandboxProcess, client: PayClient, transaction_id: str):
    openid = sandbox.create_user()["openid"]
    receiver = Receiver("PERSONAL_OPENID", openid, relation="DISTRIBUTOR")
    assert isinstance(client.profit_sharing.add_receiver(receiver), Success)
    number = ids.new_number()
    split = client.profit_sharing.create_split(
        transaction_id=transaction_id,
        out_order_no=number,
        shares=[Share("PERSONAL_OPENID", openid, 150, "推广")],
        unfreeze_rest=False,
    )
    assert isinstance(split, Success)
    assert [(share.account, share.amount) for share in split.value.shares] == [(openid, 150)]
    assert openid not in repr(split)
    asked = client.profit_sharing.query_split(transaction_id=transaction_id, out_order_no=number)
    assert isinstance(asked, Success)
    assert asked.value.order_id == split.value.order_id
    left = client.profit_sharing.query_unsplit_amount(transaction_id)
    assert isinstance(left, Success)
    assert 0 < left.value.amount < 1000
    end = client.profit_sharing.unfreeze(
        transaction_id=transaction_id, out_order_no=ids.new_number(), description="完结"
    )
    assert isinstance(end, Success)
    assert isinstance(client.profit_sharing.delete_receiver(receiver), Success)


def test_money_comes_back_from_a_merchant(sandbox: SandboxProcess, client: PayClient, transaction_id: str):
    receiver = Receiver("MERCHANT_ID", "1900000109", relation="PARTNER", name="某某公司")
    assert isinstance(client.profit_sharing.add_receiver(receiver), Success)
    number, back = ids.new_number(), ids.new_number()
    split = client.profit_sharing.create_split(
        transaction_id=transaction_id,
        out_order_no=number,
        shares=[Share("MERCHANT_ID", "1900000109", 200, "合作", name="某某公司")],
        unfreeze_rest=True,
    )
    assert isinstance(split, Success)
    sandbox.advance(10)
    returned = client.profit_sharing.create_return(
        out_order_no=number, out_return_no=back, return_mchid="1900000109", amount=50, description="退货"
    )
    assert isinstance(returned, Success), returned
    assert returned.value.amount == 50
    asked = client.profit_sharing.query_return(out_order_no=number, out_return_no=back)
    assert isinstance(asked, Success)
    assert asked.value.out_return_no == back


def test_a_split_that_nobody_knows(client: PayClient, transaction_id: str):
    outcome = client.profit_sharing.query_split(transaction_id=transaction_id, out_order_no="NOBODY")
    assert isinstance(outcome, Refused)
    assert outcome.code == "RESOURCE_NOT_EXISTS"


def test_a_payment_is_found_by_either_number_but_not_by_both(client: PayClient, transaction_id: str):
    by_id = client.query_order(transaction_id=transaction_id)
    assert isinstance(by_id, Success)
    assert by_id.value.transaction_id == transaction_id
    with pytest.raises(ValueError):
        client.query_order()
    with pytest.raises(ValueError):
        client.query_order(transaction_id=transaction_id, out_trade_no="A")
