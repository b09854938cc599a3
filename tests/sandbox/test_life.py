"""The process: keys made once, state that survives a kill, many requests at once, no import of the shop."""

import ast
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import shop.sandbox
from tests.sandbox.merchant import Merchant
from tests.sandbox.waiting import eventually
from tests.sandbox_process import ROOT, SandboxProcess

ENV_NAMES = {
    "WECHAT_APPID", "WECHAT_SECRET", "WECHAT_API_BASE_URL", "WECHAT_MESSAGE_TOKEN", "WECHAT_MESSAGE_AES_KEY",
    "WECHATPAY_BASE_URL", "WECHATPAY_MCHID", "WECHATPAY_CERT_SERIAL", "WECHATPAY_PRIVATE_KEY_FILE",
    "WECHATPAY_APIV3_KEY", "WECHATPAY_PUBLIC_KEY_ID", "WECHATPAY_PUBLIC_KEY_FILE",
}  # fmt: skip


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "shop.sandbox", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_init_may_run_again_and_only_the_address_changes(tmp_path):
    data = tmp_path / "with space"
    assert run("init", "--data", str(data), "--base-url", "http://127.0.0.1:1/").returncode == 0
    first = (data / "merchant.env").read_text()
    assert run("init", "--data", str(data), "--base-url", "http://127.0.0.1:2").returncode == 0
    assert (data / "merchant.env").read_text() == first.replace("127.0.0.1:1", "127.0.0.1:2")
    env = dict(line.split("=", 1) for line in first.splitlines())
    assert set(env) == ENV_NAMES
    assert len(env["WECHATPAY_APIV3_KEY"]) == 32
    assert len(env["WECHAT_MESSAGE_AES_KEY"]) == 43
    assert Path(env["WECHATPAY_PRIVATE_KEY_FILE"]).is_absolute()
    for name in (
        "merchant.env",
        "merchant_key.pem",
        "wechatpay_key.pem",
        "platform_key.pem",
        "identity.json",
    ):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600


def test_serve_without_init_says_what_to_do(tmp_path):
    ended = run("serve", "--data", str(tmp_path), "--port", "1")
    assert ended.returncode == 2
    assert "init" in ended.stderr


def test_state_and_waiting_callbacks_survive_a_kill(tmp_path, listener):
    mailbox = listener.mailbox()
    mailbox.answer = lambda n: (500 if n == 0 else 204, b"")
    with SandboxProcess(tmp_path / "sandbox") as sandbox:
        merchant = Merchant(sandbox)
        openid = sandbox.create_user()["openid"]
        order = merchant.order(openid, mailbox.url)
        sandbox.pay(merchant.prepay(order))
        number = order["out_trade_no"]
        eventually(lambda: sandbox.notifications(number)[0], lambda row: row["attempts"] == 1)
        sandbox.settings(refund_outcome="HOLD")
        sandbox.advance(5)
        before = merchant.query(number)
        sandbox.kill()
        sandbox.restart()
        assert merchant.query(number) == before
        assert sandbox.get("/settings")["refund_outcome"] == "HOLD"
        assert sandbox.get("/clock")["offset_seconds"] == 5
        sandbox.advance(10)
        assert merchant.open(mailbox.wait(2)[1]) == before


def test_a_kill_between_payment_and_callback_loses_no_callback(tmp_path, listener):
    mailbox, gate = listener.mailbox(), threading.Event()

    def answer(number):
        if number == 0:
            gate.wait(10)
        return 204, b""

    mailbox.answer = answer
    with SandboxProcess(tmp_path / "sandbox") as sandbox:
        merchant = Merchant(sandbox)
        order = merchant.order(sandbox.create_user()["openid"], mailbox.url)
        sandbox.pay(merchant.prepay(order))
        mailbox.wait(1)
        sandbox.kill()
        gate.set()
        sandbox.restart()
        first, second = mailbox.wait(2)
        assert merchant.open(first) == merchant.open(second)


def test_stop_is_clean(tmp_path):
    sandbox = SandboxProcess(tmp_path / "sandbox").start()
    process = sandbox._process
    assert process is not None
    sandbox.stop()
    assert process.returncode == 0
    assert "Traceback" not in sandbox.output


def test_hundreds_of_parallel_purchases(merchant, sandbox, openid, mailbox):
    def purchase(_index):
        buyer = Merchant(sandbox)
        order = buyer.order(openid, mailbox.url)
        sandbox_pay = buyer.prepay(order)
        answer = buyer.http.post(f"{sandbox.base_url}/_sandbox/pay", json={"wechat": sandbox_pay}, timeout=30)
        assert answer.status_code == 200, answer.text
        return order["out_trade_no"]

    with ThreadPoolExecutor(32) as pool:
        numbers = list(pool.map(purchase, range(200)))
    told = {merchant.open(delivery)["out_trade_no"] for delivery in mailbox.wait(200, seconds=60)}
    assert told == set(numbers)
    assert len(mailbox.received) == 200


def test_one_payment_wins_a_race(merchant, sandbox, openid, mailbox):
    order = merchant.order(openid, mailbox.url)
    payment = merchant.prepay(order)
    barrier = threading.Barrier(20)

    def attempt(_index):
        barrier.wait()
        answer = Merchant(sandbox).http.post(
            f"{sandbox.base_url}/_sandbox/pay", json={"wechat": payment}, timeout=30
        )
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(attempt, range(20)))
    assert statuses == [200] + [409] * 19
    mailbox.wait(1)
    assert len(sandbox.notifications(order["out_trade_no"])) == 1


def test_close_and_pay_at_once_leave_one_outcome(merchant, sandbox, openid):
    for _ in range(10):
        order = merchant.order(openid)
        payment = merchant.prepay(order)
        barrier = threading.Barrier(2)

        def close(order=order, barrier=barrier):
            barrier.wait()
            return Merchant(sandbox).close(order["out_trade_no"]).status_code

        def pay(payment=payment, barrier=barrier):
            barrier.wait()
            url = f"{sandbox.base_url}/_sandbox/pay"
            return Merchant(sandbox).http.post(url, json={"wechat": payment}, timeout=30).status_code

        with ThreadPoolExecutor(2) as pool:
            outcome = pool.submit(close).result, pool.submit(pay).result
            closed, paid = (result() for result in outcome)
        state = merchant.query(order["out_trade_no"])["trade_state"]
        assert (closed, paid, state) in [(204, 409, "CLOSED"), (400, 200, "SUCCESS")]


@pytest.mark.parametrize(
    "path", sorted(Path(shop.sandbox.__file__).parent.rglob("*.py")), ids=lambda path: path.stem
)
def test_it_is_a_stranger_to_the_shop(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    ours = {name for name in imported if name.startswith("shop") and not name.startswith("shop.sandbox")}
    foreign = {name.split(".")[0] for name in imported} & {
        "django",
        "celery",
        "wechatpy",
        "requests",
        "rest_framework",
    }
    assert not ours | foreign
