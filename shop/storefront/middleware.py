"""The short way of the busiest reads: answered before sessions, cookies, messages and routing.

Home and product lists are asked far more often than all else together, by clients without cookies. When the
bytes are there, this answers; when they are not, the view builds them. Headers are those of the long way,
which searches (they are counted) and anything unusual go. What this answered, ``shop.storefront.repeating``
gives out again without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve, reverse
from django.utils.translation import get_language_from_request, override

from shop.core.api.client import client_ip
from shop.core.api.problems import plain_problem_response
from shop.core.api.throttles import charge_cheaply
from shop.core.errors import ShopError
from shop.storefront.api.reads import key_for, respond, takes_json
from shop.storefront.cache import look_up
from shop.storefront.readers import reader_of

REFUSAL = "shop.refusal"
"""Where the environment tells that a call was counted already, and refused."""
_ROUTES = ("home", "products")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a response was made of: the key and the digest of the kept bytes; and the route asked for."""

    key: str
    digest: bytes
    route: str


class KeptReadsMiddleware:
    """Answers GET of the home page and of product lists from the kept bytes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or pass the request on."""
        match = _matches().get(request.path_info) if request.method == "GET" else None
        if match is None or "q=" in request.META.get("QUERY_STRING", "") or not takes_json(request):
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours, as CommonMiddleware does
        reader = reader_of(request.META)
        language = get_language_from_request(request)
        request.resolver_match = match
        try:
            if REFUSAL in request.META:
                raise request.META[REFUSAL]
            charge_cheaply("general", ip=client_ip(request), member_id=reader.member_id)
        except ShopError as refusal:
            with override(language):
                return plain_problem_response(refusal)
        found = look_up(key_for(request, reader, language))
        if found.kept is not None:
            response = respond(request, found.kept.body, found.kept.etag)
            response.kept_answer = KeptAnswer(found.key, found.kept.digest, match.route)  # type: ignore[attr-defined]
        else:
            request.storefront_lookup = found  # type: ignore[attr-defined]
            with override(language):
                response = match.func(request, *match.args, **match.kwargs)
        return _finished(response, language)


def _finished(response: HttpResponseBase, language: str) -> HttpResponseBase:
    """Add what the middleware further in would add."""
    response.headers["Content-Language"] = language
    response.headers["X-Frame-Options"] = settings.X_FRAME_OPTIONS
    if isinstance(response, HttpResponse) and response.status_code != 304:
        response.headers["Content-Length"] = str(len(response.content))
    return response


@lru_cache(maxsize=1)
def _matches() -> dict[str, ResolverMatch]:
    return {path: resolve(path) for path in map(reverse, _ROUTES)}
