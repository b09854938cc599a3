"""Whatever goes wrong in an API view leaves as problem+json; nothing leaves as HTML or as a bare 500."""

import sys
from collections.abc import Mapping
from typing import Any

import structlog
from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from shop.core import errors
from shop.core.api.problems import field_errors, problem_response
from shop.core.db import BUSY_RETRY_AFTER_SECONDS, sqlstate

log = structlog.get_logger(__name__)

_TRANSIENT = frozenset({"55P03", "40P01", "40001", "57014"})
"""SQLSTATE: lock timeout, deadlock, serialization failure, statement cancelled: the same call may succeed."""
_GONE_CLASSES = ("08", "57P", "53")
"""SQLSTATE classes: connection exception, operator intervention (shutdown), insufficient resources."""


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer for any exception of an API view; an unexpected one is logged and reported, then a 500."""
    refusal = as_shop_error(error)
    if refusal is None:
        log.exception("api.unexpected_error", exc_info=error)
        # What Django itself sends for an exception nobody caught; error reporters listen to it.
        request = context.get("request")
        got_request_exception.send(sender=None, request=getattr(request, "_request", None))
        refusal = errors.InternalError()
    elif refusal.status >= 500:
        log.warning("api.unavailable", problem=refusal.code, cause=type(error).__name__)
    return problem_response(refusal)


def as_shop_error(error: BaseException) -> errors.ShopError | None:
    """Return the refusal that ``error`` means to a client, or ``None`` when it is a defect of ours."""
    if isinstance(error, errors.ShopError):
        return error
    if isinstance(error, drf.APIException):
        return _from_framework(error)
    if isinstance(error, Http404 | django.ObjectDoesNotExist):
        return errors.NotFound()
    if isinstance(error, django.PermissionDenied):
        return errors.Forbidden()
    if isinstance(error, django.RequestDataTooBig):
        return errors.PayloadTooLarge()
    if isinstance(error, django.SuspiciousOperation | UnreadablePostError):
        return errors.MalformedRequest()
    if isinstance(error, DatabaseError | InterfaceError):
        return _from_database(error)
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return errors.Unavailable(retry_after=BUSY_RETRY_AFTER_SECONDS)
    return None


def _from_framework(error: drf.APIException) -> errors.ShopError:
    if isinstance(error, drf.ValidationError):
        return errors.InvalidInput(errors=list(field_errors(error.detail)))
    if isinstance(error, drf.ParseError):
        return errors.MalformedRequest()
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        return errors.NotAuthenticated()
    if isinstance(error, drf.MethodNotAllowed):
        return errors.MethodNotAllowed()
    if isinstance(error, drf.Throttled):
        return errors.Throttled(retry_after=1)
    simple: dict[int, type[errors.ShopError]] = {
        403: errors.Forbidden,
        404: errors.NotFound,
        406: errors.NotAcceptable,
        415: errors.UnsupportedMediaType,
    }
    kind = simple.get(error.status_code)
    if kind:
        return kind()
    return errors.MalformedRequest(_("The request cannot be read."))


def _from_database(error: BaseException) -> errors.ShopError | None:
    state = sqlstate(error)
    if state in _TRANSIENT:
        return errors.Busy(retry_after=BUSY_RETRY_AFTER_SECONDS)
    lost = isinstance(error, OperationalError | InterfaceError) and state is None
    if lost or (state or "").startswith(_GONE_CLASSES):
        return errors.Unavailable(retry_after=BUSY_RETRY_AFTER_SECONDS)
    return None


def current_error() -> BaseException | None:
    """Return the exception being handled, for Django's handlers, which are given only the request."""
    return sys.exc_info()[1]
