from datetime import timedelta
from shop.core import clock, ids
from shop.wechat.pay.client import pay_client
from shop.wechat.pay.types import JsapiOrder, RefundRequest

def test_smoke(sandbox):
    user = sandbox.create_user(name="x")
    c = pay_client()
    o = JsapiOrder(ids.new_number(), "衣服", 100, user["openid"], "http://127.0.0.1:1/n", clock.wall()+timedelta(minutes=15))
    r = c.create_jsapi_order(o); print(r)
    print(c.query_order(out_trade_no=o.out_trade_no))
    print(sandbox.pay(c.invoke_parameters(r.value.prepay_id), notify="never"))
    print(c.query_order(out_trade_no=o.out_trade_no))
    print(c.close_order(o.out_trade_no))
    print(c.create_refund(RefundRequest(ids.new_number(), 40, 100, "r", out_trade_no=o.out_trade_no)))
    print(c.echo("hello", secret="geheim"))
    print(c.query_transfer("ABC1"))
    import datetime
    print(c.download_trade_bill(datetime.date(2020,1,1), destination=__import__("pathlib").Path("/tmp/bill-x.csv")))
