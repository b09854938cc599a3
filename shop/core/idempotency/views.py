"""The two decorators for methods of API views that need an ``Idempotency-Key``."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop.core.actors import Actor
from shop.core.idempotency.calls import Claim, answer_call
from shop.core.idempotency.requests import HEADER, REPLAYED_HEADER, Answer, KeyedRequest, keyed_request
from shop.core.idempotency.transactions import answer_in_transaction

P = ParamSpec("P")


class ViewWithActor(Protocol):
    """What the decorators need of a view: who is acting. Every ``ShopView`` has it."""

    @property
    def actor(self) -> Actor: ...


Method = Callable[Concatenate[Any, Request, P], HttpResponse]


def idempotent_transaction(method: Callable[Concatenate[Any, Request, P], Response]) -> Method[P]:
    """Run a view method once per Idempotency-Key, in one transaction with the key (see ``transactions``).

    The method must not touch the network or anything else a rollback does not undo, because a deadlock
    runs it again. Only the body, status and content type of its answer are kept.
    """

    @functools.wraps(method)
    def wrapper(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        def action() -> Answer:
            return _rendered(view, request, method(view, request, *args, **kwargs))

        return _response(*answer_in_transaction(_keyed(view, request), action))

    wrapper.needs_idempotency_key = True  # type: ignore[attr-defined]
    return wrapper


def idempotent_call(method: Callable[..., Response]) -> Callable[..., HttpResponse]:
    """Run a view method that calls WeChat once per Idempotency-Key (see ``calls``).

    No transaction is open when it starts. It receives the ``Claim`` as the keyword argument ``claim``, and
    hands it to the service that keeps the attempt number in it.
    """

    @functools.wraps(method)
    def wrapper(view: Any, request: Request, /, *args: Any, **kwargs: Any) -> HttpResponse:
        def action(claim: Claim) -> Answer:
            return _rendered(view, request, method(view, request, *args, claim=claim, **kwargs))

        return _response(*answer_call(_keyed(view, request), action))

    wrapper.needs_idempotency_key = True  # type: ignore[attr-defined]
    return wrapper


def needs_key(handler: Any) -> bool:
    """Return whether a view method carries one of the decorators: the schema shows the header then."""
    return bool(getattr(handler, "needs_idempotency_key", False))


def _keyed(view: ViewWithActor, request: Request) -> KeyedRequest:
    return keyed_request(
        actor=view.actor.key,
        key=request.headers.get(HEADER),
        method=request.method or "",
        path=request.path,
        body=request.body,
    )


def _rendered(view: APIView, request: Request, response: Response) -> Answer:
    """Render as the framework would later, so that what is stored is what goes over the wire."""
    response.accepted_renderer = request.accepted_renderer
    response.accepted_media_type = request.accepted_media_type
    response.renderer_context = view.get_renderer_context()  # type: ignore[attr-defined]
    response.render()
    return Answer(response.status_code, response.headers.get("Content-Type", ""), bytes(response.content))


def _response(answer: Answer, replayed: bool) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type or None)
    if not answer.content_type:
        del response.headers["Content-Type"]
    if replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response
