"""WeChat's callbacks. Plain views on the raw body: nothing may parse or rewrite it before it is verified.

Authentic: stored, then 200 within milliseconds, copies too. Not believed: 401, nothing stored, only counted
and logged without the body. Answers speak WeChat's own form, ``{"code", "message"}``.
"""

from collections.abc import Callable
from functools import wraps

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from shop.core.errors import ShopError
from shop.wechat.errors import WechatNotConfigured
from shop.wechat.inbox.notifications import Malformed, read_notification
from shop.wechat.inbox.pushes import PushConfig, read_push, verify_address
from shop.wechat.inbox.receiving import receive_notification, receive_push
from shop.wechat.models import InboxMessage
from shop.wechat.pay.keyring import BadSignature, SignedHeaders
from shop.wechat.pay.merchant import merchant
from shop.wechat.statistics import CALLBACKS

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64 * 1024
_MAX_ECHO = 256

View = Callable[[HttpRequest], HttpResponse]


class BodyTooLarge(Exception):
    """More than any message of WeChat's."""


def callback(source: str, *methods: str) -> Callable[[View], View]:
    """What every callback shares: no CSRF token, the right method, refusals counted and answered."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method not in methods:
                response = _fail(405, "method not allowed")
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request)
            except BadSignature as error:
                return _refuse(source, 401, error.reason.value)
            except Malformed as error:
                return _refuse(source, 401, f"malformed {error}")
            except BodyTooLarge:
                return _refuse(source, 413, "body too large")
            except ShopError as error:
                return _refuse(source, error.status, error.code)

        return guarded

    return decorate


def _notify(request: HttpRequest, source: str) -> HttpResponse:
    if request.META.get("QUERY_STRING"):
        return _refuse(source, 400, "query string")
    body, headers = _body(request), SignedHeaders.read(request.headers)
    notification = read_notification(merchant(), headers, body, source=source)
    receipt = receive_notification(source=source, notification=notification, headers=headers, body=body)
    CALLBACKS.labels(source, "stored" if receipt.created else "repeated").inc()
    return JsonResponse({"code": "SUCCESS", "message": ""})


@callback(InboxMessage.Source.PAY, "POST")
def pay_notify(request: HttpRequest) -> HttpResponse:
    """TRANSACTION.SUCCESS, and the doctor's SECURITY_ECHO.SUCCESS."""
    return _notify(request, InboxMessage.Source.PAY)


@callback(InboxMessage.Source.REFUND, "POST")
def refund_notify(request: HttpRequest) -> HttpResponse:
    """REFUND.SUCCESS, REFUND.ABNORMAL, REFUND.CLOSED."""
    return _notify(request, InboxMessage.Source.REFUND)


@callback(InboxMessage.Source.TRANSFER, "POST")
def transfer_notify(request: HttpRequest) -> HttpResponse:
    """MCHTRANSFER.BILL.FINISHED."""
    return _notify(request, InboxMessage.Source.TRANSFER)


@callback(InboxMessage.Source.MESSAGE, "GET", "POST")
def messages(request: HttpRequest) -> HttpResponse:
    """Message push: GET proves our address to the console, POST brings an event."""
    if not settings.WECHAT_MESSAGE_TOKEN:
        raise WechatNotConfigured(setting="WECHAT_MESSAGE_TOKEN")
    config = PushConfig(
        appid=settings.WECHAT_APPID,
        token=settings.WECHAT_MESSAGE_TOKEN,
        aes_key=settings.WECHAT_MESSAGE_AES_KEY,
    )
    query = request.GET.dict()
    if request.method == "GET":
        return HttpResponse(verify_address(config, query)[:_MAX_ECHO], content_type="text/plain")
    receipt = receive_push(
        push=read_push(config, query, _body(request)), timestamp=query.get("timestamp", "")
    )
    CALLBACKS.labels(InboxMessage.Source.MESSAGE, "stored" if receipt.created else "repeated").inc()
    return HttpResponse("success", content_type="text/plain")


def _body(request: HttpRequest) -> bytes:
    """The raw body, never more than any message of WeChat's."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _refuse(source: str, status: int, reason: str) -> HttpResponse:
    CALLBACKS.labels(source, reason).inc()
    log.warning("wechat.callback_refused", source=source, reason=reason, status=status)
    return _fail(status, reason)


def _fail(status: int, message: str) -> HttpResponse:
    return JsonResponse({"code": "FAIL", "message": message}, status=status)
