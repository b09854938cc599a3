"""Answers of WeChat Pay that should not happen: each leaves the money's fate open, nobody guesses."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shop.wechat import guard
from shop.wechat.http import Limits
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.pay import downloads
from shop.wechat.pay.client import PayClient
from tests.wechat.scripted import Reply, Script, merchant_of, serving
from tests.wechat.support import new_order, new_refund

LIMITS = Limits(connect=1, read=2, total=4, guarded=False)
DAY = date(2026, 3, 1)


def asked(reply: Reply) -> Outcome[Any]:
    with serving(lambda _method, _path, _body: reply) as url:
        return PayClient(merchant_of(url), LIMITS).query_order(out_trade_no="A1")


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(200, b"<html>Welcome</html>"), UnknownReason.UNPARSABLE),
        (Reply(200, b"[1, 2]"), UnknownReason.UNPARSABLE),
        (Reply(200, b"[" * 100_000), UnknownReason.UNPARSABLE),
        (Reply(200, body(out_trade_no="A1", trade_state="SUCCESS")), UnknownReason.UNPARSABLE),
        (Reply(200, body(out_trade_no="B2", trade_state="NOTPAY")), UnknownReason.MISMATCH),
        (Reply(200, b""), UnknownReason.EMPTY_BODY),
        (Reply(200, b"", signed=False), UnknownReason.EMPTY_BODY),
        (Reply(200, body(out_trade_no="A1"), signed=False), UnknownReason.BAD_SIGNATURE),
        (Reply(204, b"", signed=False), UnknownReason.BAD_SIGNATURE),
        (Reply(202, body(code="PROCESSING")), UnknownReason.UNEXPECTED_STATUS),
        (Reply(302, b"", {"Location": "http://127.0.0.1:9/"}), UnknownReason.UNEXPECTED_STATUS),
        (Reply(400, b"<html>Bad Request</html>", signed=False), UnknownReason.UNPARSABLE),
        (Reply(400, b"[]"), UnknownReason.UNPARSABLE),
        (Reply(400, body(code=5)), UnknownReason.UNPARSABLE),
        (Reply(403, b"", signed=False), UnknownReason.EMPTY_BODY),
        (Reply(400, body(code="SYSTEM_ERROR")), UnknownReason.SERVER_ERROR),
        (Reply(403, body(code="BANKERR")), UnknownReason.SERVER_ERROR),
        (Reply(500, b"oops", signed=False), UnknownReason.SERVER_ERROR),
        (Reply(200, b"{", breaks_off=True), UnknownReason.BROKEN_CONNECTION),
        (Reply(200, b"x" * (4 * 1024 * 1024 + 1)), UnknownReason.TOO_LARGE),
    ],
)
def test_what_cannot_be_understood_is_unknown(reply: Reply, reason: UnknownReason):
    outcome = asked(reply)
    assert isinstance(outcome, Unknown), outcome
    assert (outcome.reason, outcome.sent) == (reason, True)


@pytest.mark.parametrize(
    ("said", "waits"),
    [("5", 5), ("99999", 3600), ("soon", None), ("-1", None), ("\u00b2", None), ("", None)],
)
def test_a_rate_limit_says_how_long_to_wait_and_at_most_an_hour(said: str, waits: int | None):
    outcome = asked(Reply(429, body(code="FREQUENCY_LIMITED"), {"Retry-After": said}))
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, outcome.retry_after) == (UnknownReason.RATE_LIMITED, waits)


@pytest.mark.parametrize(
    ("detail", "kept"),
    [({"field": "/amount", "value": "0"}, {"field": "/amount", "value": "0"}), ("text", {}), (None, {})],
)
def test_a_refusal_says_what_was_wrong(detail: Any, kept: dict[str, Any]):
    reply = Reply(400, body(code="PARAM_ERROR", message="金额", detail=detail), {"Request-ID": "r" * 200})
    assert asked(reply) == Refused("PARAM_ERROR", "金额", 400, "r" * 128, kept)


def test_a_backup_host_that_cannot_be_reached_either_is_reported_as_not_sent():
    client = PayClient(merchant_of("http://127.0.0.1:9", backup="http://127.0.0.1:9"), LIMITS)
    assert client.query_order(out_trade_no="A1") == Unknown(UnknownReason.NOT_CONNECTED, sent=False)


def test_a_deadline_that_has_passed_asks_nobody():
    with serving(lambda _method, _path, _body: pytest.fail("nobody may be asked")) as url:
        outcome = PayClient(merchant_of(url), Limits(1, 1, total=0, guarded=False)).close_order("A1")
    assert outcome == Unknown(UnknownReason.TIMEOUT)


@pytest.mark.parametrize("numbers", [{}, {"out_trade_no": "A", "transaction_id": "4"}])
def test_a_query_is_about_one_number(numbers: dict[str, str]):
    with pytest.raises(ValueError, match="not both"):
        PayClient(merchant_of("http://127.0.0.1:9"), LIMITS).query_order(**numbers)


def test_optional_parts_of_a_request_are_sent_only_when_they_are_given():
    from shop.wechat.pay import bodies

    merchant = merchant_of("http://127.0.0.1:9")
    plain = bodies.jsapi_order(merchant, new_order("o1"))
    assert {"time_expire", "attach", "settle_info"} & plain.keys() == set()
    refund = bodies.refund(new_refund("A1", transaction_id="42", reason="", notify_url=""))
    assert (refund["transaction_id"], refund.keys() & {"out_trade_no", "reason", "notify_url"}) == (
        "42",
        set(),
    )
    told = bodies.refund(new_refund("A1", notify_url="https://shop.example.com/n"))
    assert (told["out_trade_no"], told["notify_url"]) == ("A1", "https://shop.example.com/n")


def test_a_programming_mistake_counts_against_the_host_and_is_not_hidden():
    guard.breaker.cache_clear()

    def broken() -> Outcome[None]:
        raise KeyError("ours")

    for _each in range(2):
        with pytest.raises(KeyError):
            guard.perform(endpoint="pay.query", limits=LIMITS, call=broken)
    guard.breaker.cache_clear()


# -- bills

BILL = "交易时间\n`2026-03-01".encode()
FILE = "/v3/billdownload/file?token=t"


def announcing(reply: Reply, **changes: str) -> Script:
    announced = {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(BILL).hexdigest().upper(),  # noqa: S324  the protocol's
        "download_url": f"https://api.mch.weixin.qq.com{FILE}",
    }
    announcement = Reply(200, json.dumps(announced | changes).encode())
    return lambda _method, path, _body: announcement if path.startswith("/v3/bill/") else reply


def downloaded(script: Script, folder: Path) -> Outcome[Any]:
    with serving(script) as url:
        return PayClient(merchant_of(url), LIMITS).download_trade_bill(DAY, destination=folder / "bill.csv")


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_bill_is_stored_unpacked_whether_or_not_it_came_packed(tmp_path: Path, pack: Callable[..., bytes]):
    outcome = downloaded(announcing(Reply(200, pack(BILL), signed=False)), tmp_path)
    assert isinstance(outcome, Success), outcome
    assert (outcome.value.size, (tmp_path / "bill.csv").read_bytes()) == (len(BILL), BILL)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hash_type": "MD5"}, UnknownReason.UNPARSABLE),
        ({"hash_value": ""}, UnknownReason.UNPARSABLE),
        ({"download_url": "https://evil.example.com/etc/passwd"}, UnknownReason.UNPARSABLE),
    ],
)
def test_an_announcement_that_is_none_downloads_nothing(tmp_path: Path, changes: Any, reason: UnknownReason):
    outcome = downloaded(announcing(Reply(200, BILL), **changes), tmp_path)
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, list(tmp_path.iterdir())) == (reason, [])


def test_an_announced_address_without_a_query_is_asked_for_as_it_is(tmp_path: Path):
    script = announcing(Reply(200, BILL), download_url="https://api.mch.weixin.qq.com/v3/billdownload/file")
    assert isinstance(downloaded(script, tmp_path), Success)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(200, gzip.compress(BILL)[:-6]), UnknownReason.UNPARSABLE),
        (Reply(200, gzip.compress(BILL)[:12] + b"garbage" * 9), UnknownReason.UNPARSABLE),
        (Reply(200, gzip.compress(BILL)[:-4], breaks_off=True), UnknownReason.BROKEN_CONNECTION),
        (Reply(200, gzip.compress(b"0" * 5000)), UnknownReason.TOO_LARGE),
        (Reply(200, gzip.compress(BILL + b" ")), UnknownReason.BAD_DIGEST),
        (Reply(204), UnknownReason.UNEXPECTED_STATUS),
        (Reply(503, b""), UnknownReason.SERVER_ERROR),
    ],
)
def test_a_file_that_is_not_the_announced_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply, reason: UnknownReason
):
    monkeypatch.setattr(downloads, "MAX_BYTES", 4096)
    outcome = downloaded(announcing(reply), tmp_path)
    assert isinstance(outcome, Unknown), outcome
    assert (outcome.reason, list(tmp_path.iterdir())) == (reason, [])


def test_a_bill_that_wechat_no_longer_keeps_is_refused(tmp_path: Path):
    outcome = downloaded(announcing(Reply(404, body(code="NO_STATEMENT_EXIST"))), tmp_path)
    assert isinstance(outcome, Refused)
    assert (outcome.code, list(tmp_path.iterdir())) == ("NO_STATEMENT_EXIST", [])


def test_what_follows_a_packed_file_is_ignored(tmp_path: Path):
    with (tmp_path / "a").open("wb") as file:
        sink = downloads._Gunzip(file)
        sink.write(gzip.compress(BILL) + b"more")
        sink.write(b"and more")
        sink.finish()
    assert (tmp_path / "a").read_bytes() == BILL
    assert zlib.crc32(BILL) == zlib.crc32((tmp_path / "a").read_bytes())
