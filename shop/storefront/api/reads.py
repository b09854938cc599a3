"""The base of composed reads: the shop's rules for a public endpoint, without the framework's machinery.

A read that is asked a thousand times a second must not spend its time in content negotiation. What every
public endpoint does is done here in the same order (count the call, read the query strictly, refuse in
problem+json); whatever is not a plain GET of JSON goes the framework's usual way and gets the same answer.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from rest_framework.request import Request

from shop.core.api.client import client_ip
from shop.core.api.exceptions import as_shop_error
from shop.core.api.permissions import Public
from shop.core.api.problems import plain_problem_response
from shop.core.api.serializers import StrictQuery
from shop.core.api.throttles import charge
from shop.core.api.views import READ_METHODS, ShopView
from shop.core.db import read_at_once
from shop.storefront.cache import Kept, Lookup, build_kept, key_of, look_up
from shop.storefront.readers import Reader, reader_of

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
"""A client may keep the answer if it asks with ``If-None-Match`` each time."""


class ComposedRead(ShopView):
    """A public GET whose answer is bytes; ``compose`` of the subclass makes it."""

    authentication_classes = []
    permission_classes = [Public]

    def compose(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> HttpResponseBase:
        """Return the answer; refusals are raised."""
        raise NotImplementedError

    def scopes(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the rates that this call counts in."""
        return ("general", *self.throttle_scopes)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a plain GET at once; anything else goes through the framework."""
        if request.method not in READ_METHODS or not takes_json(request):
            return super().dispatch(request, *args, **kwargs)
        try:
            reader = reader_of(request.META)
            if not hasattr(request, "storefront_lookup"):  # counted already where the answer was looked up
                charge(self.scopes(request), ip=client_ip(request), member_id=reader.member_id)
            return self.compose(request, reader, **kwargs)
        except Exception as error:
            refusal = as_shop_error(error)
            if refusal is None:
                raise
            return plain_problem_response(refusal)

    def answer(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Answer the same where the framework was asked first."""
        return self.compose(request._request, reader_of(request.META), **kwargs)

    def read_query(self, request: HttpRequest) -> dict[str, Any]:
        """Return the validated query; raises ``ValidationError`` (400)."""
        return dict(_validated(self.query_class or StrictQuery, request.META.get("QUERY_STRING", "")))


class KeptRead(ComposedRead):
    """A composed read that is kept for a few seconds, one answer per path, query, tier and language."""

    def build(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> bytes:
        """Return the bytes of the answer, read from the database."""
        raise NotImplementedError

    def kept(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> Kept:
        """Return the kept answer, or build it."""
        found: Lookup | None = getattr(request, "storefront_lookup", None)
        if found is None:
            found = look_up(key_for(request, reader, get_language() or ""))
        return found.kept or build_kept(
            found, lambda: read_at_once(lambda: self.build(request, reader, **kwargs))
        )

    def compose(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> HttpResponseBase:
        """Return the kept bytes."""
        kept = self.kept(request, reader, **kwargs)
        return respond(request, kept.body, kept.etag)


@lru_cache(maxsize=4096)
def _validated(query_class: type[StrictQuery], text: str) -> Mapping[str, Any]:
    """Return the values of a query string; the same text is read once, and a refused one each time."""
    data = QueryDict(text.encode("iso-8859-1"))  # as WSGI hands bytes over
    return MappingProxyType(_reader(query_class).run_validation(data))


@lru_cache(maxsize=64)
def _reader(query_class: type[StrictQuery]) -> StrictQuery:
    """Return the one reader of a kind of query: it keeps nothing of what it reads, and is dear to make."""
    return query_class()


def key_for(request: HttpRequest, reader: Reader, language: str) -> str:
    """Return the key of the answer to a request."""
    query = request.META.get("QUERY_STRING", "")
    return key_of(route=request.path, query=query, tier=reader.tier, language=language)


def respond(request: HttpRequest, body: bytes, etag: str) -> HttpResponseBase:
    """Return the body under its entity tag, or 304 when the client has it already."""
    response = HttpResponse(body, content_type="application/json", headers={**HEADERS, "ETag": etag})
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    found = get_conditional_response(request, etag=etag, response=response)
    return response if found is None else found


def takes_json(request: HttpRequest) -> bool:
    """Return whether the client takes JSON, told without the whole of content negotiation."""
    accept = request.META.get("HTTP_ACCEPT", "")
    return not accept or "*/*" in accept or "application/json" in accept
