"""The steps that ask WeChat, and our own public address."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from shop.core import clock, ids
from shop.core.network import Deadline
from shop.wechat import http
from shop.wechat.doctor.findings import Finding, failed, ok, skipped, warning
from shop.wechat.doctor.local import NOTIFY_PATHS, is_official, is_public
from shop.wechat.http import BACKGROUND, Answer, NoAnswer
from shop.wechat.mini.client import mini_client
from shop.wechat.models import InboxMessage
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.pay import signing
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.merchant import load_private_key
from shop.wechat.pay.types import EchoResult, JsapiOrder

SKEW_WARNING_SECONDS = 30
SKEW_LIMIT_SECONDS = 300
ECHO_SECONDS = 30
ECHO_EVENT = "SECURITY_ECHO.SUCCESS"
_IP = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")


def check_clock() -> Iterator[Finding]:
    """Our clock agrees with WeChat's: signatures older than five minutes are refused."""
    step = _("Clock")
    answer = _plain("GET", f"{settings.WECHATPAY_BASE_URL}/v3/certificates")
    if answer is None:
        yield failed(
            step,
            _("%(host)s cannot be reached.") % {"host": settings.WECHATPAY_BASE_URL},
            _("Allow outgoing https to WeChat, or set WECHAT_PROXY_URL."),
        )
        return
    date = answer.headers.get("Date")
    if not date:
        yield skipped(step, _("The answer carried no date."))
        return
    skew = abs((clock.wall() - parsedate_to_datetime(date)).total_seconds())
    detail = _("%(seconds)d seconds apart") % {"seconds": round(skew)}
    fix = _("Synchronise this machine's clock (NTP).")
    if skew > SKEW_LIMIT_SECONDS:
        yield failed(step, detail, fix)
    elif skew > SKEW_WARNING_SECONDS:
        yield warning(step, detail, fix)
    else:
        yield ok(step, detail)


def check_token() -> Iterator[Finding]:
    """The mini-program's secret gets an access token from here."""
    step = _("Access token")
    outcome = mini_client().check_token()
    if isinstance(outcome, Success):
        yield ok(step)
    elif isinstance(outcome, Unknown):
        yield failed(
            step, str(outcome.reason), _("WeChat did not answer; try again, then check the network.")
        )
    else:
        yield failed(step, f"{outcome.code} {outcome.message}", _token_fix(outcome))


def check_echo() -> Iterator[Finding]:
    """Signing, verifying, encrypting and decrypting all work (WeChat's security self test)."""
    step, secret = _("Signature and encryption"), secrets.token_hex(8)
    outcome = pay_client().echo(secrets.token_hex(8), secret=secret)
    if not isinstance(outcome, Success):
        yield failed(step, _said(outcome), _echo_fix(outcome))
        return
    try:
        key = load_private_key(settings.WECHATPAY_PRIVATE_KEY)
        returned = signing.decrypt_field(key, outcome.value.encrypted)
    except signing.Undecryptable:
        returned = ""
    if returned != secret:
        yield failed(
            step,
            _("An encrypted field did not come back as it was sent."),
            _("Check that WECHATPAY_PUBLIC_KEY and WECHATPAY_PUBLIC_KEY_ID belong together."),
        )
    else:
        yield ok(step)


def check_merchant() -> Iterator[Finding]:
    """The merchant answers for its orders, and the mini-program is bound to it."""
    step, client = _("Merchant number"), pay_client()
    outcome = client.query_order(out_trade_no=ids.new_number())
    if not (isinstance(outcome, Refused) and outcome.code == "ORDER_NOT_EXIST"):
        yield failed(
            step, _said(outcome), _("Check WECHATPAY_MCHID and that the merchant has JSAPI payment.")
        )
        return
    yield ok(step)
    yield _binding(client)


def check_reachable() -> Iterator[Finding]:
    """Our callback addresses answer over the public name, without redirect or login."""
    step, base = _("Callback addresses answer"), settings.WECHATPAY_NOTIFY_BASE_URL
    host = base.partition("://")[2].partition("/")[0].rpartition(":")[0] or base.partition("://")[2]
    if is_official(settings.WECHATPAY_BASE_URL) and not is_public(host):
        yield skipped(step, _("The address is not public."))
        return
    for path in NOTIFY_PATHS:
        yield _probe(step, base + path)


def check_callback() -> Iterator[Finding]:
    """Ask WeChat for one signed callback and wait until this shop has stored it."""
    step, message = _("Callback arrives"), secrets.token_hex(8)
    began = clock.wall()
    url = settings.WECHATPAY_NOTIFY_BASE_URL + NOTIFY_PATHS[0]
    outcome = pay_client().echo(message, notify_url=url)
    if not isinstance(outcome, Success):
        yield failed(step, _said(outcome), _echo_fix(outcome))
        return
    deadline = Deadline(ECHO_SECONDS)
    while not deadline.expired:
        if InboxMessage.objects.filter(event_type=ECHO_EVENT, received_at__gte=began).exists():
            yield ok(step)
            return
        time.sleep(0.2)
    yield failed(
        step,
        _("No callback within %(seconds)d seconds.") % {"seconds": ECHO_SECONDS},
        _("Check the firewall, the TLS certificate chain and the APIv3 key on the merchant platform."),
    )


def _binding(client: PayClient) -> Finding:
    """An order for an openid that cannot exist: refused either way, but for telling reasons."""
    step = _("Mini-program bound to the merchant")
    order = JsapiOrder(
        out_trade_no=ids.new_number(),
        description="wechat_doctor",
        amount=1,
        openid="wechat-doctor-nobody",
        notify_url="https://www.weixin.qq.com/wxpay/pay.php",
    )
    outcome = client.create_jsapi_order(order)
    if isinstance(outcome, Refused) and outcome.code == "APPID_MCHID_NOT_MATCH":
        fix = _("Bind WECHAT_APPID to the merchant number on the merchant platform.")
        return failed(step, _said(outcome), fix)
    if isinstance(outcome, Refused) and outcome.code in ("PARAM_ERROR", "INVALID_REQUEST"):
        return ok(step)
    fix = _("Check that the merchant may use JSAPI payment and is not restricted.")
    return warning(step, _said(outcome), fix)


def _probe(step: str, url: str) -> Finding:
    answer = _plain("POST", url)
    if answer is None:
        return failed(step, url, _("It does not answer: check DNS, firewall, TLS certificate and proxy."))
    if 300 <= answer.status < 400:
        return failed(step, url, _("It redirects; WeChat does not follow. Give the final address."))
    if answer.status != 401 or not _is_our_refusal(answer):
        detail = _("%(url)s answered %(status)d") % {"url": url, "status": answer.status}
        return failed(step, detail, _("Something else answers there: check the proxy's routes."))
    return ok(step, url)


def _is_our_refusal(answer: Answer) -> bool:
    try:
        body = json.loads(answer.body)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("code") == "FAIL"


def _plain(method: str, url: str) -> Answer | None:
    """An unsigned request; None when nobody answers."""
    headers = {"User-Agent": http.USER_AGENT, "Accept": "application/json"}
    request = http.session().prepare_request(requests.Request(method, url, headers=headers))
    try:
        return http.send(request, limits=BACKGROUND, deadline=Deadline(BACKGROUND.total))
    except NoAnswer:
        return None


def _said(outcome: Outcome[object]) -> str:
    if isinstance(outcome, Refused):
        return f"{outcome.http_status} {outcome.code} {outcome.message}"
    if isinstance(outcome, Unknown):
        return f"{outcome.reason.value} {outcome.code}".strip()
    return ""


def _token_fix(outcome: Refused) -> str:
    if outcome.code == "40164":
        found = _IP.search(outcome.message)
        address = found.group(1) if found else "?"
        return _("Add the IP address %(address)s to the allow-list in the mini-program console.") % {
            "address": address
        }
    fixes = {
        "40013": _("WECHAT_APPID is not a mini-program's appid."),
        "40125": _("WECHAT_SECRET is wrong; reset it in the mini-program console."),
        "41004": _("WECHAT_SECRET is wrong; reset it in the mini-program console."),
    }
    return fixes.get(outcome.code, _("Look the number up in WeChat's list of return codes."))


def _echo_fix(outcome: Outcome[EchoResult]) -> str:
    if isinstance(outcome, Refused) and outcome.code == "SIGN_ERROR":
        return _("WECHATPAY_PRIVATE_KEY, WECHATPAY_CERT_SERIAL and WECHATPAY_MCHID do not belong together.")
    if isinstance(outcome, Refused) and outcome.code == "PARAM_ERROR":
        return _("Check that WECHATPAY_PUBLIC_KEY and WECHATPAY_PUBLIC_KEY_ID belong together.")
    if isinstance(outcome, Unknown) and outcome.reason is UnknownReason.BAD_SIGNATURE:
        return _("WeChat's answer does not verify: check WECHATPAY_PUBLIC_KEY and WECHATPAY_PUBLIC_KEY_ID.")
    return _("Try again; if it stays, give WeChat's support the request id.")
