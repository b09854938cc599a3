"""Planned faults: what the client sees, and whether the work was done."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.waiting import wait_until

JSAPI = "/v3/pay/transactions/jsapi"


def exists(merchant, body):
    path = f"/v3/pay/transactions/out-trade-no/{body['out_trade_no']}?mchid={merchant.mchid}"
    return merchant.get(path).status_code == 200


@pytest.fixture
def body(merchant, openid):
    return merchant.order(openid)


@pytest.mark.parametrize(("kind", "done"), [("timeout_after_commit", True), ("timeout_before_commit", False)])
def test_timeout(merchant, sandbox, body, kind, done):
    sandbox.fault(kind, path=JSAPI)
    with pytest.raises(requests.ReadTimeout):
        merchant.post(JSAPI, body, timeout=0.7)
    if done:  # on a busy machine perhaps a moment after we gave up
        wait_until(lambda: exists(merchant, body))
    assert exists(merchant, body) is done


@pytest.mark.parametrize(("kind", "done"), [("drop_after_commit", True), ("drop", False)])
def test_dropped_connection(merchant, sandbox, body, kind, done):
    sandbox.fault(kind, path=JSAPI)
    with pytest.raises(requests.ConnectionError):
        merchant.post(JSAPI, body)
    assert exists(merchant, body) is done


@pytest.mark.parametrize("kind", ["bad_signature_after_commit", "stale", "wrong_serial", "signtest"])
def test_spoiled_signature_after_the_work(merchant, sandbox, body, kind):
    sandbox.fault(kind, path=JSAPI)
    answer = merchant.post(JSAPI, body)
    assert answer.status_code == 200
    if kind == "wrong_serial":
        assert answer.headers["Wechatpay-Serial"] != merchant.public_key_id
    else:
        assert not merchant.verifies(answer.headers, answer.content)
    assert answer.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/") == (kind == "signtest")
    assert exists(merchant, body)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("429", 429, "FREQUENCY_LIMITED"), ("500", 500, "SYSTEM_ERROR"), ("unsigned_4xx", 400, "PARAM_ERROR")],
)
def test_refusals_without_the_work(merchant, sandbox, body, kind, status, code):
    sandbox.fault(kind, path=JSAPI)
    answer = merchant.post(JSAPI, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Wechatpay-Signature" in answer.headers) == (kind != "unsigned_4xx")
    assert not exists(merchant, body)


def test_500_after_the_work(merchant, sandbox, body):
    sandbox.fault("500_after_commit", path=JSAPI)
    assert merchant.post(JSAPI, body).json()["code"] == "SYSTEM_ERROR"
    assert exists(merchant, body)


def test_empty_body_after_the_work(merchant, sandbox, body):
    sandbox.fault("empty_body", path=JSAPI)
    answer = merchant.post(JSAPI, body)
    assert (answer.status_code, answer.content) == (200, b"")
    assert exists(merchant, body)


def test_a_fault_hits_only_what_matches_and_only_so_often(merchant, sandbox, body):
    sandbox.fault("500", path=JSAPI, method="POST", times=2)
    assert not exists(merchant, body)
    statuses = [merchant.post(JSAPI, body).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert [line["fault"] for line in sandbox.log()[-3:]] == ["500", "500", ""]


def test_clearing_ends_all_faults(merchant, sandbox, body):
    sandbox.fault("500", times=100)
    sandbox.clear_faults()
    assert sandbox.get("/faults")["results"] == []
    assert merchant.post(JSAPI, body).status_code == 200


@pytest.mark.parametrize(
    "plan",
    [
        {"kind": "rain"},
        {"kind": "500", "times": 0},
        {"kind": "500", "times": "2"},
        {"kind": "500", "target": "moon"},
        {"kind": "500", "target": "callback"},
        {"kind": "500", "match": {"host": "x"}},
        {"kind": "500", "extra": 1},
    ],
)
def test_malformed_faults_are_refused(sandbox, plan):
    assert sandbox.post("/faults", plan, expect=400)["code"] == "BAD_FAULT"
    assert sandbox.get("/faults")["results"] == []


def test_a_held_connection_does_not_block_others(merchant, sandbox, openid):
    sandbox.fault("timeout_after_commit", path=JSAPI, times=5)
    bodies = [merchant.order(openid) for _ in range(5)]

    def hang(body):
        with pytest.raises(requests.ReadTimeout):
            merchant.post(JSAPI, body, timeout=4)

    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(hang, body) for body in bodies]
        started = time.monotonic()
        merchant.get(f"/v3/pay/transactions/out-trade-no/UNKNOWN1?mchid={merchant.mchid}")
        assert time.monotonic() - started < 3
        for job in waiting:
            job.result()
    wait_until(lambda: all(exists(merchant, body) for body in bodies))


def test_offline_hides_both_hosts_but_not_the_control_plane(merchant, sandbox, body):
    sandbox.offline()
    with pytest.raises(requests.ConnectionError):
        merchant.post(JSAPI, body)
    with pytest.raises(requests.ConnectionError):
        merchant.http.get(f"{sandbox.base_url}/sns/jscode2session", timeout=5)
    assert sandbox.get("/health")["status"] == "ok"
    sandbox.offline(False)
    assert not exists(merchant, body)


def test_offline_can_hang_instead(merchant, sandbox, body):
    sandbox.offline(mode="hang")
    with pytest.raises(requests.ReadTimeout):
        merchant.post(JSAPI, body, timeout=0.5)
    sandbox.offline(False)
    assert not exists(merchant, body)


def test_mini_program_faults(sandbox, mini, openid):
    path, fields = "/wxa/msg_sec_check", {"version": 2, "openid": openid, "scene": 2, "content": "好"}
    sandbox.fault("429", path=path)
    assert mini(path, fields)["errcode"] == 45009
    sandbox.fault("errcode", path=path, errcode=-1)
    assert mini(path, fields)["errcode"] == -1
    sandbox.fault("errcode", path=path, errcode=40001)
    assert mini(path, fields)["errcode"] == 40001
    assert mini(path, fields)["errcode"] == 0


def test_log_masks_secrets_and_continues_after_a_line(merchant, sandbox, openid):
    start = sandbox.log()[-1]["id"] if sandbox.log() else 0
    body = merchant.transfer(openid, 300, user_name=merchant.encrypt("张三"))
    merchant.post("/v3/fund-app/mch-transfer/transfer-bills", body)
    env = sandbox.env
    query = {
        "appid": env["WECHAT_APPID"],
        "secret": env["WECHAT_SECRET"],
        "js_code": "CODE",
        "grant_type": "x",
    }
    merchant.http.get(f"{sandbox.base_url}/sns/jscode2session", params=query, timeout=5)
    lines = sandbox.log(start)
    assert [line["path"] for line in lines] == [
        "/v3/fund-app/mch-transfer/transfer-bills",
        "/sns/jscode2session",
    ]
    text = str(lines)
    assert body["user_name"] not in text
    assert env["WECHAT_SECRET"] not in text
    assert "js_code=***" in text
    assert body["out_bill_no"] in text
