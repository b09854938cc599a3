"""Endpoints that only the tests of the API base need, beside the shop's own."""

from typing import Any

from django.core import exceptions as django
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404
from django.urls import path
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.response import Response

from shop.core import errors
from shop.core.api import fields
from shop.core.api.permissions import Public
from shop.core.api.serializers import StrictQuery, StrictSerializer
from shop.core.api.views import ShopView
from shop.urls import handler400, handler403, handler404, handler500
from shop.urls import urlpatterns as shop_urls

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class ItemBody(StrictSerializer):
    sku = fields.IdField()
    quantity = fields.IntegerField(min_value=1, max_value=99)


class EchoBody(StrictSerializer):
    title = fields.CharField(max_length=10, required=False)
    amount = fields.FenField(required=False)
    flag = fields.BooleanField(required=False)
    kind = fields.ChoiceField(choices=["express", "pickup"], required=False)
    at = fields.InstantField(required=False)
    number = fields.NumberField(required=False)
    items = ItemBody(many=True, required=False)
    tags = fields.ListField(child=fields.CharField(max_length=5), required=False, max_length=3)
    item = ItemBody(required=False)


class EchoQuery(StrictQuery):
    limit = fields.IntegerField(min_value=1, max_value=100, required=False)
    in_stock = fields.BooleanField(required=False)
    q = fields.CharField(max_length=20, required=False)
    tag = fields.ListField(child=fields.CharField(max_length=5), required=False)


class EchoView(ShopView):
    """Answers what it was sent, as it was read."""

    permission_classes = [Public]
    query_class = EchoQuery

    def get(self, request: Request) -> Response:
        return Response(self.query)

    def post(self, request: Request) -> Response:
        return Response(self.read_body(EchoBody))


class MemberView(ShopView):
    """Says nothing about permissions, so it is for members only."""

    def get(self, request: Request) -> Response:
        return Response({"member": self.member_id, "actor": self.actor.key})


class ForgottenView(ShopView):
    """Somebody emptied the list."""

    permission_classes = []

    def get(self, request: Request) -> Response:
        return Response({})


class PayView(ShopView):
    throttle_scopes = ("pay",)

    def post(self, request: Request) -> Response:
        return Response({})


class PathView(ShopView):
    permission_classes = [Public]

    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(kwargs)


class AnyQueryView(ShopView):
    permission_classes = [Public]
    any_query = True

    def get(self, request: Request) -> Response:
        return Response({})


def _database_error(sqlstate: str | None) -> OperationalError:
    error = OperationalError("refused")
    cause = Exception()
    cause.pgcode = sqlstate  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


FAILURES: dict[str, Any] = {
    "shop": lambda: errors.Conflict("busy with it", lines=[{"sku": 1}]),
    "throttled": lambda: errors.Throttled(retry_after=7),
    "http404": Http404,
    "denied": django.PermissionDenied,
    "suspicious": lambda: django.SuspiciousOperation("odd"),
    "too_big": lambda: django.RequestDataTooBig("big"),
    "drf_404": drf.NotFound,
    "drf_403": drf.PermissionDenied,
    "drf_401": drf.AuthenticationFailed,
    "drf_teapot": lambda: type("Teapot", (drf.APIException,), {"status_code": 418})(),
    "drf_throttled": lambda: drf.Throttled(wait=3),
    "drf_list": lambda: drf.ValidationError(["first", "second"]),
    "lock_timeout": lambda: _database_error("55P03"),
    "deadlock": lambda: _database_error("40P01"),
    "shutdown": lambda: _database_error("57P01"),
    "lost": lambda: _database_error(None),
    "closed": lambda: InterfaceError("connection already closed"),
    "redis": lambda: RedisConnectionError("refused"),
    "other_database": lambda: DatabaseError("a defect"),
    "defect": lambda: ZeroDivisionError("marker 13812345678"),
}


class FailView(ShopView):
    permission_classes = [Public]

    def get(self, request: Request, kind: str) -> Response:
        if kind == "real_lock":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute("SELECT pg_advisory_xact_lock(4711)")
        raise FAILURES[kind]()


def broken_page(request: Any) -> Any:
    """A plain Django view under /api/ that fails outside the API base."""
    raise ZeroDivisionError


def broken_console(request: Any) -> Any:
    raise ZeroDivisionError


def lost_page(request: Any) -> Any:
    raise OperationalError("server closed the connection unexpectedly")


urlpatterns = [
    path("api/v1/test/echo", EchoView.as_view()),
    path("api/v1/test/member", MemberView.as_view()),
    path("api/v1/test/forgotten", ForgottenView.as_view()),
    path("api/v1/test/pay", PayView.as_view()),
    path("api/v1/test/any-query", AnyQueryView.as_view()),
    path("api/v1/test/things/<id:thing>", PathView.as_view()),
    path("api/v1/test/orders/<number:number>", PathView.as_view()),
    path("api/v1/test/fail/<str:kind>", FailView.as_view()),
    path("api/v1/test/broken", broken_page),
    path("api/v1/test/lost", lost_page),
    path("console/broken", broken_console),
    *shop_urls,
]
