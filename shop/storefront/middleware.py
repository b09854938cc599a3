"""The short way of the busiest reads: an answer that is kept leaves before sessions, cookies and routing.

Home and product lists are asked far more often than all else together, by clients without cookies. When the
bytes are there, this answers with the same headers as the views do; when they are not, when the call is a
search (which is counted), or when anything is unusual, the request goes its full way and the view builds.
"""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve, reverse
from django.utils.translation import get_language_from_request

from shop.core.api.client import client_ip
from shop.core.api.problems import plain_problem_response
from shop.core.api.throttles import charge_cheaply
from shop.core.errors import ShopError
from shop.storefront.api.reads import key_for, respond, takes_json
from shop.storefront.cache import Kept, look_up
from shop.storefront.readers import reader_of

_ROUTES = ("home", "products")


class KeptReadsMiddleware:
    """Answers GET of the home page and of product lists from the kept bytes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from what is kept, or pass the request on."""
        match = _matches().get(request.path_info) if request.method == "GET" else None
        if match is None or "q=" in request.META.get("QUERY_STRING", "") or not takes_json(request):
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours, as CommonMiddleware does
        reader = reader_of(request)
        try:
            charge_cheaply("general", ip=client_ip(request), member_id=reader.member_id)
        except ShopError as refusal:
            return plain_problem_response(refusal)
        language = get_language_from_request(request)
        found = look_up(key_for(request, reader, language))
        if found.kept is None:
            request.storefront_lookup = found  # type: ignore[attr-defined]
            return self.get_response(request)
        request.resolver_match = match
        return _answer(request, found.kept, language)


def _answer(request: HttpRequest, kept: Kept, language: str) -> HttpResponseBase:
    response = respond(request, kept.body, kept.etag)
    response.headers["Content-Language"] = language
    response.headers["X-Frame-Options"] = settings.X_FRAME_OPTIONS
    if response.status_code == 200:
        response.headers["Content-Length"] = str(len(kept.body))
    return response


@lru_cache(maxsize=1)
def _matches() -> dict[str, ResolverMatch]:
    return {path: resolve(path) for path in map(reverse, _ROUTES)}
