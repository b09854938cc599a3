"""The base of composed reads: the shop's rules for a public endpoint, without the framework's machinery.

A read that is asked a thousand times a second must not spend its time in content negotiation. What every
public endpoint does is done here in the same order (count the call, read the query strictly, refuse in
problem+json); whatever is not a plain GET of JSON goes the framework's usual way and gets the same answer.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
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
from shop.storefront.cache import Kept, kept_or_built, key_of
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

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """Answer a plain GET at once; anything else goes through the framework."""
        if request.method not in READ_METHODS or not _takes_json(request):
            return super().dispatch(request, *args, **kwargs)
        try:
            reader = reader_of(request)
            charge(self.scopes(request), ip=client_ip(request), member_id=reader.member_id)
            return self.compose(request, reader, **kwargs)
        except Exception as error:
            refusal = as_shop_error(error)
            if refusal is None:
                raise
            return plain_problem_response(refusal)

    def answer(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Answer the same where the framework was asked first."""
        return self.compose(request._request, reader_of(request._request), **kwargs)

    def read_query(self, request: HttpRequest) -> dict[str, Any]:
        """Return the validated query; raises ``ValidationError`` (400)."""
        serializer = (self.query_class or StrictQuery)(data=request.GET)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class KeptRead(ComposedRead):
    """A composed read that is kept for a few seconds, one answer per path, query, tier and language."""

    def build(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> bytes:
        """Return the bytes of the answer, read from the database."""
        raise NotImplementedError

    def kept(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> Kept:
        """Return the kept answer, or build it."""
        key = key_of(
            route=request.path,
            query=request.META.get("QUERY_STRING", ""),
            tier=reader.tier,
            language=get_language() or "",
        )
        return kept_or_built(key, lambda: self.build(request, reader, **kwargs))

    def compose(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> HttpResponseBase:
        """Return the kept bytes."""
        kept = self.kept(request, reader, **kwargs)
        return respond(request, kept.body, kept.etag)


def respond(request: HttpRequest, body: bytes, etag: str) -> HttpResponseBase:
    """Return the body under its entity tag, or 304 when the client has it already."""
    response = HttpResponse(body, content_type="application/json", headers={**HEADERS, "ETag": etag})
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    found = get_conditional_response(request, etag=etag, response=response)
    return response if found is None else found


def _takes_json(request: HttpRequest) -> bool:
    accept = request.META.get("HTTP_ACCEPT", "")
    return not accept or "*/*" in accept or "application/json" in accept
