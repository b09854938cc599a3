"""Answers to a console page's own scripts: data, or a refusal with its fields, never a bare error."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import orjson
from django.http import HttpRequest, JsonResponse

from shop.core.errors import InvalidInput, ShopError

P = ParamSpec("P")
JsonView = Callable[Concatenate[HttpRequest, P], dict[str, Any]]


def answers_json(view: JsonView[P]) -> Callable[Concatenate[HttpRequest, P], JsonResponse]:
    """Decorate a view that returns data; a ``ShopError`` becomes its status with title, code and fields."""

    @functools.wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> JsonResponse:
        try:
            return JsonResponse(view(request, *args, **kwargs))
        except ShopError as refusal:
            return JsonResponse(refusal_data(refusal), status=refusal.status)

    return answer


def refusal_data(refusal: ShopError) -> dict[str, Any]:
    """Return what a page shows of a refusal."""
    errors = [{"field": error.field, "detail": str(error.detail)} for error in refusal.errors]
    detail = str(refusal.detail or refusal.title)
    return {
        "code": refusal.code,
        "title": str(refusal.title),
        "detail": detail,
        "errors": errors,
        **refusal.extra,
    }


def sent_json(request: HttpRequest) -> Any:
    """Return the JSON body of a request; raises ``InvalidInput`` for anything else."""
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput from error
