"""Merchant transfers, the flow of 2025: bill, user's confirmation, final state. Source: 商家转账 pages."""

import json
from typing import Any

from shop.sandbox import callbacks, ids
from shop.sandbox.box import Box
from shop.sandbox.errors import PayError, invalid_request, missing, param_error
from shop.sandbox.pay import fields, payments
from shop.sandbox.pay.gate import Answer, Call
from shop.sandbox.schema import Items, Number, Text, Url, shape
from shop.sandbox.store import Row

CONFIRM_SECONDS = 24 * 3600
QUERY_SECONDS = 30 * 86400
NAME_REQUIRED_FROM = 200_000
NAME_ALLOWED_FROM = 30
FINAL = ("SUCCESS", "FAIL", "CANCELLED")
SCENES = {
    "1000": ("活动名称", "奖励说明"),
    "1002": ("补贴类型",),
    "1004": ("保险产品备案编号", "保险名称", "保险操作单号"),
    "1005": ("岗位类型", "报酬说明"),
    "1006": ("报销人身份类型", "报销类型"),
    "1009": ("采购商品名称",),
    "1010": ("回收商品名称",),
    "1011": ("赔付原因",),
    "1013": ("公益活动名称", "公益活动备案编号"),
}
CREATE = shape(
    appid=Text(required=True, high=32),
    out_bill_no=Text(required=True, high=32, pattern=r"[0-9A-Za-z]+"),
    transfer_scene_id=Text(required=True, high=36),
    openid=Text(required=True, high=64),
    user_name=Text(high=1024),
    transfer_amount=Number(required=True, low=1),
    transfer_remark=Text(required=True, high=32),
    notify_url=Url(),
    user_recv_perception=Text(high=32),
    transfer_scene_report_infos=Items(
        of=shape(info_type=Text(required=True, high=15), info_content=Text(required=True, high=32)),
        high=10,
        required=True,
    ),
)


def create(box: Box, call: Call) -> Answer:
    """Accept a transfer, or the same one again with a fresh package_info."""
    body = call.body
    _check_rights(box, body)
    name = fields.decrypt(box, call, "user_name") if body.get("user_name") else ""
    known = find(box, body["out_bill_no"])
    if known is not None:
        return _reentry(box, known, body, name)
    _check_rules(box, body, name)
    return Answer(_insert(box, body, name))


def find(box: Box, out_bill_no: str) -> Row | None:
    return box.store.one("SELECT * FROM transfers WHERE out_bill_no = ?", out_bill_no)


def _check_rights(box: Box, body: dict[str, Any]) -> None:
    if body["appid"] != box.identity.appid:
        raise PayError(400, "PARAM_ERROR", "appid与mchid没有绑定关系", number=268445527)
    if not box.setting("transfer_ip_allowed"):
        raise invalid_request("此IP地址不允许调用接口，请按开发指引设置")
    scene = body["transfer_scene_id"]
    if scene not in SCENES:
        raise param_error("transfer_scene_id", "转账场景不存在", value=scene)
    if scene not in box.setting("transfer_scenes"):
        raise PayError(403, "NO_AUTH", "商户号没有该转账场景的权限")
    given = tuple(sorted(info["info_type"] for info in body["transfer_scene_report_infos"]))
    if given != tuple(sorted(SCENES[scene])):
        raise param_error("transfer_scene_report_infos", f"该场景须且仅须报备: {'、'.join(SCENES[scene])}")


def _fingerprint(body: dict[str, Any], name: str) -> str:
    """The parameters without the ciphertext, which differs at every encryption of the same name."""
    return json.dumps(body | {"user_name": name}, sort_keys=True)


def _reentry(box: Box, known: Row, body: dict[str, Any], name: str) -> Answer:
    if known["body"] != _fingerprint(body, name):
        raise invalid_request("单据已存在，且请求参数与首次请求不一致", number=268498688)
    package = ""
    if known["state"] == "WAIT_USER_CONFIRM":
        package = _package()
        sql = "UPDATE transfers SET package_info = ? WHERE out_bill_no = ?"
        box.store.run(sql, package, known["out_bill_no"])
    return Answer(_created(known | {"package_info": package}))


def _check_rules(box: Box, body: dict[str, Any], name: str) -> None:
    amount = body["transfer_amount"]
    if amount < 10:
        raise param_error("transfer_amount", "单笔转账金额不得低于0.1元", value=amount)
    if amount >= NAME_REQUIRED_FROM and not name:
        raise param_error("user_name", "转账金额大于等于2000元时必填")
    if amount < NAME_ALLOWED_FROM and name:
        raise param_error("user_name", "转账金额小于0.3元时不允许填写")
    user = box.user(body["openid"])
    if user is None:
        raise param_error("openid", "openid与appid不匹配", value=body["openid"])
    if "transfer" in box.setting("not_enough"):
        raise PayError(403, "NOT_ENOUGH", "商户运营账户余额不足，请充值后用原单号重试")


def _insert(box: Box, body: dict[str, Any], name: str) -> dict[str, Any]:
    now, state = box.now(), box.setting("transfer_start")
    waiting = state == "WAIT_USER_CONFIRM"
    delay = CONFIRM_SECONDS if waiting else box.setting("transfer_delay_seconds")
    transfer: Row = {
        "out_bill_no": body["out_bill_no"],
        "transfer_bill_no": ids.transfer_bill_no(now),
        "body": _fingerprint(body, name),
        "amount": body["transfer_amount"],
        "openid": body["openid"],
        "state": state,
        "next_state": "FAIL" if waiting else "WAIT_USER_CONFIRM",
        "fail_reason": "",
        "package_info": _package() if waiting else "",
        "notify_url": body.get("notify_url") or "",
        "created_at": now,
        "updated_at": now,
        "due_at": now + delay,
    }
    box.store.insert("transfers", **transfer)
    number = transfer["transfer_bill_no"]
    payments.book(box, number, "商家转账", "支出", transfer["amount"], body["out_bill_no"], "商家转账")
    return _created(transfer)


def _package() -> str:
    return "ABBQO+oYAAABAAAAAAA" + ids.letters(60) + "="


def _created(transfer: Row) -> dict[str, Any]:
    answer = {
        "out_bill_no": transfer["out_bill_no"],
        "transfer_bill_no": transfer["transfer_bill_no"],
        "create_time": ids.rfc3339(transfer["created_at"]),
        "state": transfer["state"],
    }
    if transfer["state"] == "WAIT_USER_CONFIRM":
        answer["package_info"] = transfer["package_info"]
    if transfer["fail_reason"]:
        answer["fail_reason"] = transfer["fail_reason"]
    return answer


def query_by_number(box: Box, call: Call) -> Answer:
    return _queried(box, find(box, call.path["out_bill_no"]))


def query_by_bill(box: Box, call: Call) -> Answer:
    sql = "SELECT * FROM transfers WHERE transfer_bill_no = ?"
    return _queried(box, box.store.one(sql, call.path["transfer_bill_no"]))


def _queried(box: Box, transfer: Row | None) -> Answer:
    if transfer is None or box.now() - transfer["created_at"] > QUERY_SECONDS:
        raise missing("NOT_FOUND", "记录不存在")
    return Answer(view(box, transfer))


def view(box: Box, transfer: Row) -> dict[str, Any]:
    body = json.loads(transfer["body"])
    answer = {
        "mch_id": box.identity.mchid,
        "out_bill_no": transfer["out_bill_no"],
        "transfer_bill_no": transfer["transfer_bill_no"],
        "appid": body["appid"],
        "state": transfer["state"],
        "transfer_amount": transfer["amount"],
        "transfer_remark": body["transfer_remark"],
        "openid": transfer["openid"],
        "create_time": ids.rfc3339(transfer["created_at"]),
        "update_time": ids.rfc3339(transfer["updated_at"]),
    }
    if transfer["fail_reason"]:
        answer["fail_reason"] = transfer["fail_reason"]
    return answer


def cancel(box: Box, call: Call) -> Answer:
    """The merchant takes it back; only before the user confirmed. Cancelling again answers the state."""
    transfer = find(box, call.path["out_bill_no"])
    if transfer is None:
        raise missing("NOT_FOUND", "记录不存在")
    if transfer["state"] in ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"):
        due = box.now() + box.setting("transfer_delay_seconds")
        transfer = move(box, transfer, "CANCELING", next_state="CANCELLED", due_at=due)
    elif transfer["state"] not in ("CANCELING", "CANCELLED"):
        raise invalid_request("当前单据状态不允许撤销")
    return Answer(
        {
            "out_bill_no": transfer["out_bill_no"],
            "transfer_bill_no": transfer["transfer_bill_no"],
            "state": transfer["state"],
            "update_time": ids.rfc3339(transfer["updated_at"]),
        }
    )


def move(
    box: Box,
    transfer: Row,
    state: str,
    *,
    next_state: str = "",
    due_at: float | None = None,
    reason: str = "",
) -> Row:
    """Put the bill into ``state``; a final state returns unpaid money and queues the callback."""
    now = box.now()
    package = _package() if state == "WAIT_USER_CONFIRM" else transfer["package_info"]
    box.store.run(
        "UPDATE transfers SET state = ?, next_state = ?, due_at = ?, fail_reason = ?, package_info = ?,"
        " updated_at = ? WHERE out_bill_no = ?",
        state, next_state, due_at, reason, package, now, transfer["out_bill_no"],
    )  # fmt: skip
    moved = transfer | {"state": state, "fail_reason": reason, "updated_at": now, "package_info": package}
    if state in ("FAIL", "CANCELLED"):
        number, voucher = transfer["transfer_bill_no"], transfer["out_bill_no"]
        payments.book(box, number, "商家转账退回", "收入", transfer["amount"], voucher, "转账未成功")
    if state in FINAL:
        callbacks.queue(
            box,
            kind="transfer",
            reference=transfer["out_bill_no"],
            url=transfer["notify_url"],
            event_type="MCHTRANSFER.BILL.FINISHED",
            body={k: v for k, v in view(box, moved).items() if k not in ("appid", "transfer_remark")},
        )
    return moved


def advance(box: Box, transfer: Row) -> None:
    """Time has come: start waiting, give up waiting, finish a transfer or a cancellation."""
    state = transfer["next_state"]
    if state == "WAIT_USER_CONFIRM":
        due = transfer["created_at"] + CONFIRM_SECONDS
        move(box, transfer, state, next_state="FAIL", due_at=due)
    else:
        move(box, transfer, state, reason="OVERDUE_CLOSE" if state == "FAIL" else "")
