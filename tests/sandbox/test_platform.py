"""Certificates and the echo self test."""

import json


def test_certificates_only_for_a_merchant_that_has_them(merchant, sandbox):
    answer = merchant.get("/v3/certificates")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    sandbox.settings(certificates=True)
    answer = merchant.get("/v3/certificates", headers={"Wechatpay-Serial": None})
    (entry,) = answer.json()["data"]
    assert answer.headers["Wechatpay-Serial"] == entry["serial_no"]
    chosen = merchant.get("/v3/certificates", headers={"Wechatpay-Serial": entry["serial_no"]})
    assert chosen.headers["Wechatpay-Serial"] == entry["serial_no"]
    assert not merchant.verifies(chosen.headers, chosen.content)


def test_security_echo(merchant, mailbox):
    body = {"echo_message": "hello", "notify_url": mailbox.url}
    body["encrypted_echo_message"] = merchant.encrypt("secret")
    answer = merchant.post("/v3/security/echo", body).json()
    assert answer["echo_message"] == "hello"
    assert answer["encrypted_echo_message"] != body["encrypted_echo_message"]
    (delivery,) = mailbox.wait()
    assert json.loads(delivery.body)["event_type"] == "SECURITY_ECHO.SUCCESS"
    assert merchant.open(delivery)["echo_message"] == "hello"
