"""Django's own last-resort handlers: problem+json under ``/api/``, Django's pages everywhere else."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from shop.core import errors
from shop.core.api.exceptions import as_shop_error, current_error
from shop.core.api.problems import plain_problem_response

API_PREFIX = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Return whether the path belongs to the API and so must be answered in its error format."""
    return request.path_info.startswith(API_PREFIX) or request.path_info == API_PREFIX.rstrip("/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: something Django found suspicious before any view ran."""
    if is_api(request):
        return plain_problem_response(as_shop_error(exception) or errors.MalformedRequest())
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403 outside an API view."""
    if is_api(request):
        return plain_problem_response(errors.Forbidden())
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404: no such path."""
    if is_api(request):
        return plain_problem_response(errors.NotFound())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 outside an API view, or 503 when the cause is a database that is gone; Django has logged it."""
    if not is_api(request):
        return defaults.server_error(request)
    cause = current_error()
    refusal = as_shop_error(cause) if cause else None
    return plain_problem_response(refusal or errors.InternalError())
