"""wechatpayv3, an independent client, must be able to work against the sandbox in public-key mode."""

import gzip
import json
import time
from pathlib import Path

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from tests.sandbox.waiting import eventually


@pytest.fixture
def client(sandbox, mailbox):
    env = sandbox.env
    wxpay = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=env["WECHATPAY_MCHID"],
        private_key=Path(env["WECHATPAY_PRIVATE_KEY_FILE"]).read_text(),
        cert_serial_no=env["WECHATPAY_CERT_SERIAL"],
        apiv3_key=env["WECHATPAY_APIV3_KEY"],
        appid=env["WECHAT_APPID"],
        notify_url=mailbox.url,
        public_key=Path(env["WECHATPAY_PUBLIC_KEY_FILE"]).read_text(),
        public_key_id=env["WECHATPAY_PUBLIC_KEY_ID"],
    )
    wxpay._core._gate_way = sandbox.base_url
    return wxpay


@pytest.fixture
def place(client, sandbox, merchant, openid):
    """Order through wechatpayv3; returns (out_trade_no, payment parameters signed by wechatpayv3)."""

    def order(total=1000):
        number = merchant.number()
        code, text = client.pay(
            description="苹果", out_trade_no=number, amount={"total": total}, payer={"openid": openid}
        )
        assert code == 200, text
        stamp, package = str(int(time.time())), f"prepay_id={json.loads(text)['prepay_id']}"
        sign = client.sign([merchant.appid, stamp, "nonce", package])
        fields = {
            "timeStamp": stamp,
            "nonceStr": "nonce",
            "package": package,
            "signType": "RSA",
            "paySign": sign,
        }
        return number, fields

    return order


def test_order_pay_query_and_callback(client, sandbox, place, mailbox):
    number, payment = place()
    sandbox.pay(payment)
    (delivery,) = mailbox.wait()
    told = client.callback(delivery.headers, delivery.body)
    assert told["event_type"] == "TRANSACTION.SUCCESS"
    assert told["resource"]["out_trade_no"] == number
    code, text = client.query(out_trade_no=number)
    assert (code, json.loads(text)) == (200, told["resource"])
    code, text = client.query(transaction_id=told["resource"]["transaction_id"])
    assert (code, json.loads(text)["out_trade_no"]) == (200, number)


def test_close(client, place):
    number, _ = place()
    assert client.close(out_trade_no=number)[0] == 204
    assert json.loads(client.query(out_trade_no=number)[1])["trade_state"] == "CLOSED"


def test_close_after_payment_is_refused(client, sandbox, place):
    number, payment = place()
    sandbox.pay(payment, notify="never")
    code, text = client.close(out_trade_no=number)
    assert (code, json.loads(text)["code"]) == (400, "ORDER_PAID")


def test_refund_query_and_callback(client, sandbox, merchant, place, mailbox):
    number, payment = place()
    sandbox.pay(payment, notify="never")
    refund = merchant.number()
    code, text = client.refund(
        out_trade_no=number,
        out_refund_no=refund,
        amount={"refund": 300, "total": 1000, "currency": "CNY"},
        notify_url=mailbox.url,
    )
    assert (code, json.loads(text)["status"]) == (200, "PROCESSING")
    (delivery,) = mailbox.wait()
    told = client.callback(delivery.headers, delivery.body)
    assert (told["event_type"], told["resource"]["out_refund_no"]) == ("REFUND.SUCCESS", refund)
    code, text = client.query_refund(out_refund_no=refund)
    assert (code, json.loads(text)["status"]) == (200, "SUCCESS")


def test_transfer_with_encrypted_name(client, sandbox, merchant, openid, mailbox):
    number = merchant.number()
    code, text = client.mch_transfer_bills(
        out_bill_no=number,
        transfer_scene_id="1005",
        openid=openid,
        transfer_amount=200_000,
        transfer_remark="佣金",
        user_name="张三",
        transfer_scene_report_infos=merchant.transfer(openid)["transfer_scene_report_infos"],
    )
    assert (code, json.loads(text)["state"]) == (200, "WAIT_USER_CONFIRM")
    sandbox.transfer(number, "confirm")
    (delivery,) = mailbox.wait()
    told = client.callback(delivery.headers, delivery.body)
    assert (told["event_type"], told["resource"]["state"]) == ("MCHTRANSFER.BILL.FINISHED", "SUCCESS")
    code, text = client.mch_transfer_bills_query(out_bill_no=number)
    assert (code, json.loads(text)["state"]) == (200, "SUCCESS")


def test_transfer_cancel(client, sandbox, merchant, openid):
    body = merchant.transfer(openid)
    merchant.post("/v3/fund-app/mch-transfer/transfer-bills", body)
    code, text = client.mch_transfer_bills_cancel(body["out_bill_no"])
    assert (code, json.loads(text)["state"]) == (200, "CANCELING")
    eventually(
        lambda: json.loads(client.mch_transfer_bills_query(out_bill_no=body["out_bill_no"])[1])["state"],
        lambda state: state == "CANCELLED",
    )


def test_bill_is_applied_for_and_downloaded(client, sandbox, place):
    number, payment = place()
    sandbox.pay(payment, notify="never")
    date = sandbox.get("/clock")["now"][:10]
    sandbox.post(f"/bills/{date}")
    code, text = client.trade_bill(bill_date=date)
    assert code == 200
    url = json.loads(text)["download_url"]
    code, content = client.download_bill(url)
    assert code == 200
    assert number.encode() in gzip.decompress(content)


def test_wechatpayv3_notices_a_bad_signature(client, sandbox, place):
    number, _ = place()
    sandbox.fault("bad_signature_after_commit", path="/v3/pay/transactions/out-trade-no")
    with pytest.raises(Exception, match="failed to verify the signature"):
        client.query(out_trade_no=number)


def test_wechatpayv3_rejects_a_tampered_callback(client, sandbox, place, mailbox):
    _, payment = place()
    sandbox.pay(payment, override={"tamper": True})
    (delivery,) = mailbox.wait()
    assert client.callback(delivery.headers, delivery.body) is None


def test_platform_certificate_mode(sandbox, merchant, tmp_path, monkeypatch, openid):
    """In certificate mode wechatpayv3 first downloads and decrypts our platform certificate."""
    sandbox.settings(certificates=True)
    env = sandbox.env
    update = Core._update_certificates

    def from_sandbox(self):
        self._gate_way = sandbox.base_url
        update(self)

    monkeypatch.setattr(Core, "_update_certificates", from_sandbox)
    client = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=env["WECHATPAY_MCHID"],
        private_key=Path(env["WECHATPAY_PRIVATE_KEY_FILE"]).read_text(),
        cert_serial_no=env["WECHATPAY_CERT_SERIAL"],
        apiv3_key=env["WECHATPAY_APIV3_KEY"],
        appid=env["WECHAT_APPID"],
        notify_url="https://shop.example/notify",
        cert_dir=str(tmp_path),
    )
    assert len(list(tmp_path.glob("*.pem"))) == 1
    code, text = client.pay(
        description="苹果", out_trade_no=merchant.number(), amount={"total": 1}, payer={"openid": openid}
    )
    assert code == 200, text
