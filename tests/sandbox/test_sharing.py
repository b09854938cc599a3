"""Profit sharing: receivers, caps, freezing, returns."""

import pytest

from tests.sandbox.waiting import eventually

BASE = "/v3/profitsharing"


@pytest.fixture
def paid(merchant, sandbox, openid):
    """A frozen payment of 100 yuan, old enough to be shared."""
    sandbox.settings(split_delay_seconds=0.0, fee_basis_points=60)
    order = merchant.paid(
        openid, amount={"total": 10_000, "currency": "CNY"}, settle_info={"profit_sharing": True}
    )
    sandbox.advance(61)
    return order


@pytest.fixture
def receiver(merchant, sandbox, paid):
    account = sandbox.create_user()["openid"]
    body = {
        "appid": merchant.appid,
        "type": "PERSONAL_OPENID",
        "account": account,
        "relation_type": "DISTRIBUTOR",
    }
    answer = merchant.post(f"{BASE}/receivers/add", body)
    assert answer.json() == {"type": "PERSONAL_OPENID", "account": account, "relation_type": "DISTRIBUTOR"}
    return account


def split(merchant, paid, account, amount, **fields):
    share = {"type": "PERSONAL_OPENID", "account": account, "amount": amount, "description": "佣金"}
    body = {
        "appid": merchant.appid,
        "transaction_id": paid["transaction_id"],
        "out_order_no": merchant.number(),
        "receivers": [share],
        "unfreeze_unsplit": False,
    }
    return merchant.post(f"{BASE}/orders", body | fields)


def unsplit(merchant, paid):
    return merchant.get(f"{BASE}/transactions/{paid['transaction_id']}/amounts").json()["unsplit_amount"]


def finished(merchant, paid, number):
    path = f"{BASE}/orders/{number}?transaction_id={paid['transaction_id']}"
    return eventually(lambda: merchant.get(path).json(), lambda order: order["state"] == "FINISHED")


def test_split_finishes_and_each_receiver_has_a_result(merchant, paid, receiver):
    assert unsplit(merchant, paid) == 9_940
    answer = split(merchant, paid, receiver, 1_000).json()
    assert (answer["state"], answer["receivers"][0]["result"]) == ("PROCESSING", "PENDING")
    done = finished(merchant, paid, answer["out_order_no"])
    assert done["receivers"][0]["result"] == "SUCCESS"
    assert unsplit(merchant, paid) == 8_940


def test_closed_receiver_keeps_its_share_frozen(merchant, sandbox, paid, receiver):
    sandbox.settings(split_result="CLOSED")
    number = split(merchant, paid, receiver, 1_000).json()["out_order_no"]
    assert finished(merchant, paid, number)["receivers"][0]["fail_reason"] == "ACCOUNT_ABNORMAL"
    assert unsplit(merchant, paid) == 9_940


def test_thirty_percent_is_the_cap(merchant, paid, receiver):
    assert split(merchant, paid, receiver, 2_983).json()["code"] == "RULE_LIMIT"
    assert split(merchant, paid, receiver, 2_982).status_code == 200
    assert split(merchant, paid, receiver, 1).json()["code"] == "RULE_LIMIT"


def test_reentry_and_changed_parameters(merchant, paid, receiver):
    number = merchant.number()
    first = split(merchant, paid, receiver, 100, out_order_no=number).json()
    assert split(merchant, paid, receiver, 100, out_order_no=number).json()["order_id"] == first["order_id"]
    assert split(merchant, paid, receiver, 101, out_order_no=number).json()["code"] == "INVALID_REQUEST"
    assert unsplit(merchant, paid) == 9_840


def test_unfreeze_ends_sharing(merchant, paid, receiver):
    body = {
        "transaction_id": paid["transaction_id"],
        "out_order_no": merchant.number(),
        "description": "完结",
    }
    answer = merchant.post(f"{BASE}/orders/unfreeze", body).json()
    assert answer["receivers"][0]["amount"] == 9_940
    assert unsplit(merchant, paid) == 0
    assert split(merchant, paid, receiver, 100).json()["code"] == "INVALID_REQUEST"


def test_who_may_not_share(merchant, sandbox, openid, paid, receiver):
    fresh = merchant.paid(openid, settle_info={"profit_sharing": True})
    assert split(merchant, fresh, receiver, 10).json()["code"] == "INVALID_REQUEST"
    plain = merchant.paid(openid)
    sandbox.advance(61)
    assert split(merchant, plain, receiver, 10).json()["code"] == "INVALID_REQUEST"
    assert split(merchant, paid, "oStranger", 10).json()["code"] == "NO_AUTH"
    sandbox.settings(profit_sharing_granted=False)
    assert split(merchant, paid, receiver, 10).json()["code"] == "NO_AUTH"
    sandbox.settings(profit_sharing_granted=True, not_enough=["profitsharing"])
    assert split(merchant, paid, receiver, 10).json()["code"] == "NOT_ENOUGH"
    sandbox.settings(not_enough=[])
    body = {"appid": merchant.appid, "type": "PERSONAL_OPENID", "account": receiver}
    assert merchant.post(f"{BASE}/receivers/delete", body).status_code == 200
    assert split(merchant, paid, receiver, 10).json()["code"] == "NO_AUTH"
    assert unsplit(merchant, paid) == 9_940


def test_merchant_receiver_returns_its_share(merchant, paid):
    account = "1900000109"
    body = {"appid": merchant.appid, "type": "MERCHANT_ID", "account": account, "relation_type": "SUPPLIER"}
    assert merchant.post(f"{BASE}/receivers/add", body).json()["detail"]["field"] == "name"
    assert (
        merchant.post(f"{BASE}/receivers/add", body | {"name": merchant.encrypt("供货商")}).status_code == 200
    )
    share = {"type": "MERCHANT_ID", "account": account, "amount": 500, "description": "货款"}
    number = split(merchant, paid, account, 0, receivers=[share]).json()["out_order_no"]
    finished(merchant, paid, number)
    back = {
        "out_order_no": number,
        "out_return_no": merchant.number(),
        "return_mchid": account,
        "amount": 300,
        "description": "退货",
    }
    done = merchant.post(f"{BASE}/return-orders", back).json()
    assert (done["result"], done["amount"]) == ("SUCCESS", 300)
    assert merchant.post(f"{BASE}/return-orders", back).json() == done
    assert merchant.post(f"{BASE}/return-orders", back | {"amount": 301}).json()["code"] == "INVALID_REQUEST"
    more = merchant.post(f"{BASE}/return-orders", back | {"out_return_no": merchant.number()})
    assert (more.status_code, more.json()["code"]) == (403, "NOT_ENOUGH")
    path = f"{BASE}/return-orders/{back['out_return_no']}?out_order_no={number}"
    assert merchant.get(path).json() == done


def test_split_bill(merchant, sandbox, paid, receiver):
    number = split(merchant, paid, receiver, 1_000).json()["out_order_no"]
    finished(merchant, paid, number)
    date = sandbox.get("/clock")["now"][:10]
    sandbox.post(f"/bills/{date}")
    offer = merchant.get(f"{BASE}/bills?bill_date={date}").json()
    path = offer["download_url"].removeprefix(sandbox.base_url)
    assert f"`{number},`{receiver},`10.00" in merchant.get(path).text
