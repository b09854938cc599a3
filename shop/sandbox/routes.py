"""Which path is answered by which function: the table of contents of the sandbox."""

from typing import Final

from shop.sandbox.control import books, money, people, pushes, system
from shop.sandbox.control import gate as control
from shop.sandbox.mini import (
    calls,
    couriers,
    links,
    login,
    messages,
    security,
    shipping,
    shipping_reads,
    tokens,
)
from shop.sandbox.pay import bills, orders, platform, refunds, sharing, transfers
from shop.sandbox.pay import gate as pay
from shop.sandbox.schema import Shape

_ORDER = "/v3/pay/transactions"
_REFUND = "/v3/refund/domestic/refunds"
_TRANSFER = "/v3/fund-app/mch-transfer/transfer-bills"
_SPLIT = "/v3/profitsharing"
_SHIP = "/wxa/sec/order"

PAY: Final[list[tuple[str, str, pay.Business, Shape | None]]] = [
    ("POST", f"{_ORDER}/jsapi", orders.place, orders.PLACE),
    ("GET", f"{_ORDER}/out-trade-no/{{out_trade_no}}", orders.query_by_number, None),
    ("GET", f"{_ORDER}/id/{{transaction_id}}", orders.query_by_transaction, None),
    ("POST", f"{_ORDER}/out-trade-no/{{out_trade_no}}/close", orders.close, orders.CLOSE),
    ("POST", _REFUND, refunds.apply, refunds.APPLY),
    ("GET", f"{_REFUND}/{{out_refund_no}}", refunds.query, None),
    ("POST", f"{_REFUND}/{{refund_id}}/apply-abnormal-refund", refunds.apply_abnormal, refunds.ABNORMAL),
    ("POST", _TRANSFER, transfers.create, transfers.CREATE),
    ("GET", f"{_TRANSFER}/out-bill-no/{{out_bill_no}}", transfers.query_by_number, None),
    ("GET", f"{_TRANSFER}/transfer-bill-no/{{transfer_bill_no}}", transfers.query_by_bill, None),
    ("POST", f"{_TRANSFER}/out-bill-no/{{out_bill_no}}/cancel", transfers.cancel, None),
    ("POST", f"{_SPLIT}/receivers/add", sharing.add_receiver, sharing.ADD),
    ("POST", f"{_SPLIT}/receivers/delete", sharing.delete_receiver, sharing.DELETE),
    ("POST", f"{_SPLIT}/orders", sharing.split, sharing.SPLIT),
    ("POST", f"{_SPLIT}/orders/unfreeze", sharing.unfreeze, sharing.UNFREEZE),
    ("GET", f"{_SPLIT}/orders/{{out_order_no}}", sharing.query, None),
    ("POST", f"{_SPLIT}/return-orders", sharing.give_back, sharing.RETURN),
    ("GET", f"{_SPLIT}/return-orders/{{out_return_no}}", sharing.query_return, None),
    ("GET", f"{_SPLIT}/transactions/{{transaction_id}}/amounts", sharing.amounts, None),
    ("GET", f"{_SPLIT}/bills", bills.split_bill, None),
    ("GET", "/v3/bill/tradebill", bills.trade_bill, None),
    ("GET", "/v3/bill/fundflowbill", bills.fund_flow_bill, None),
    ("GET", "/v3/billdownload/file", bills.download, None),
    ("GET", "/v3/certificates", platform.certificates, None),
    ("POST", "/v3/security/echo", platform.echo, platform.ECHO),
]

# The last column: does the call need an access_token?
MINI: Final[list[tuple[str, str, calls.Business, Shape | None, bool]]] = [
    ("GET", "/sns/jscode2session", login.code_to_session, None, False),
    ("POST", "/cgi-bin/stable_token", tokens.stable, tokens.STABLE, False),
    ("GET", "/cgi-bin/token", tokens.plain, None, False),
    ("POST", "/wxa/business/getuserphonenumber", login.phone_number, login.PHONE, True),
    ("POST", "/wxa/getwxacodeunlimit", links.code_unlimited, links.CODE, True),
    ("POST", "/wxa/generate_urllink", links.url_link, links.LINK, True),
    ("POST", "/wxa/generatescheme", links.scheme, links.SCHEME, True),
    ("POST", "/cgi-bin/message/subscribe/send", messages.send, messages.SEND, True),
    ("POST", "/wxa/msg_sec_check", security.check_text, security.TEXT, True),
    ("POST", "/wxa/media_check_async", security.check_media, security.MEDIA, True),
    (
        "POST", "/cgi-bin/express/delivery/open_msg/get_delivery_list",
        couriers.delivery_list, couriers.NOTHING, True,
    ),
    ("POST", f"{_SHIP}/upload_shipping_info", shipping.upload, shipping.UPLOAD, True),
    ("POST", f"{_SHIP}/upload_combined_shipping_info", shipping.upload_combined, shipping.COMBINED, True),
    ("POST", f"{_SHIP}/get_order", shipping_reads.get_order, shipping_reads.ONE, True),
    ("POST", f"{_SHIP}/get_order_list", shipping_reads.get_order_list, shipping_reads.MANY, True),
    ("POST", f"{_SHIP}/notify_confirm_receive", shipping_reads.remind_receipt, shipping_reads.CONFIRM, True),
    ("POST", f"{_SHIP}/set_msg_jump_path", shipping_reads.set_jump_path, shipping_reads.JUMP, True),
    ("POST", f"{_SHIP}/is_trade_managed", shipping_reads.is_managed, shipping_reads.MANAGED, True),
    (
        "POST", f"{_SHIP}/is_trade_management_confirmation_completed",
        shipping_reads.is_confirmed, shipping_reads.MANAGED, True,
    ),
    ("POST", f"{_SHIP}/opspecialorder", shipping_reads.special_order, shipping_reads.SPECIAL, True),
]  # fmt: skip

_BOX = "/_sandbox"
CONTROL: Final[list[tuple[str, str, control.Action]]] = [
    ("GET", f"{_BOX}/health", system.health),
    ("POST", f"{_BOX}/users", people.create),
    ("GET", f"{_BOX}/users", people.listing),
    ("PATCH", f"{_BOX}/users/{{openid}}", people.change),
    ("POST", f"{_BOX}/users/{{openid}}/login-code", people.login_code),
    ("POST", f"{_BOX}/users/{{openid}}/phone-code", people.phone_code),
    ("POST", f"{_BOX}/users/{{openid}}/grants", people.grant),
    ("POST", f"{_BOX}/pay", money.pay),
    ("POST", f"{_BOX}/cancel", money.cancel),
    ("POST", f"{_BOX}/autopay", money.plan_autopay),
    ("GET", f"{_BOX}/payments", money.listing),
    ("POST", f"{_BOX}/payments/{{out_trade_no}}/pay", money.pay_order),
    ("GET", f"{_BOX}/refunds", money.refund_listing),
    ("POST", f"{_BOX}/refunds/{{out_refund_no}}", money.refund_outcome),
    ("GET", f"{_BOX}/transfers", money.transfer_listing),
    ("POST", f"{_BOX}/transfers/{{out_bill_no}}/{{action}}", money.move_transfer),
    ("POST", f"{_BOX}/receipts/{{transaction_id}}", books.receive),
    ("POST", f"{_BOX}/bills/{{date}}", books.plan_bill),
    ("GET", f"{_BOX}/messages", books.messages),
    ("GET", f"{_BOX}/links", books.links),
    ("GET", f"{_BOX}/pushes", books.pushes),
    ("POST", f"{_BOX}/pushes", pushes.push),
    ("POST", f"{_BOX}/pushes/verify", pushes.verify_address),
    ("POST", f"{_BOX}/faults", system.add_fault),
    ("GET", f"{_BOX}/faults", system.list_faults),
    ("DELETE", f"{_BOX}/faults", system.clear_faults),
    ("POST", f"{_BOX}/offline", system.offline),
    ("GET", f"{_BOX}/settings", system.show_settings),
    ("POST", f"{_BOX}/settings", system.change_settings),
    ("DELETE", f"{_BOX}/settings", system.reset_settings),
    ("POST", f"{_BOX}/clock", system.clock),
    ("GET", f"{_BOX}/clock", system.clock),
    ("GET", f"{_BOX}/log", system.log),
    ("GET", f"{_BOX}/notifications", system.notifications),
    ("POST", f"{_BOX}/notifications/{{id:int}}/resend", system.resend),
    ("POST", f"{_BOX}/callbacks/hold", system.hold),
    ("POST", f"{_BOX}/callbacks/release", system.release),
]
