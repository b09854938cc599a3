"""The yardstick: the least that Django and REST framework can do, to hold our own figures against.

``/plain`` is a Django view and nothing else; ``/order`` a REST framework view that writes an order in one
transaction of three statements: no login, no limits, no prices, no journal. A ceiling for Python, not a shop.

    granian --interface wsgi bench.yardstick.orders:application

Its tables are made by ``bench.yardstick.tables`` in the database of YARDSTICK_DATABASE_URL.
"""

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


def plain(request: HttpRequest) -> JsonResponse:
    """Answer a few bytes."""
    return JsonResponse({"code": "ok", "data": {"hello": "world"}})


class OrderView(APIView):
    """POST {item, buyer}."""

    def post(self, request: Request) -> Response:
        """Insert an order, insert its line, take the piece."""
        body: dict[str, int] = request.data  # type: ignore[assignment]
        item, buyer = body["item"], body["buyer"]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO placed (buyer, amount) VALUES (%s, 990) RETURNING id", [buyer])
            (placed,) = cursor.fetchone()
            cursor.execute(
                "INSERT INTO placed_line (placed_id, item_id, quantity, price) VALUES (%s, %s, 1, 990)",
                [placed, item],
            )
            cursor.execute("UPDATE item SET stock = stock - 1 WHERE id = %s AND stock >= 1", [item])
            if cursor.rowcount != 1:
                transaction.set_rollback(True)
                return Response({"code": "sold_out"}, status=409)
        return Response({"number": placed}, status=201)


urlpatterns = [path("plain", plain), path("order", OrderView.as_view())]

application = get_wsgi_application()
