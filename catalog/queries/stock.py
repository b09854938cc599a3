"""Reads of stock: what to reorder, which holds have expired, what lies where."""

from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Case,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from catalog.models import Reservation, Stock, StockMovement
from shop.core import clock, runtime

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

PACE_DAYS = 30
PACE_WINDOW = timedelta(days=PACE_DAYS)


def expired_reservations(*, limit: int = 100) -> list[str]:
    """Return the references of unpaid reservations whose time is over, the oldest first."""
    due = Reservation.objects.filter(state=Reservation.State.HELD, expires_at__lte=clock.now())
    references = due.order_by("expires_at", "pk").values_list("reference", flat=True)
    return list(dict.fromkeys(references[:limit]))


class ReplenishmentFigures(TypedDict):
    """What ``replenishment`` annotates its rows with."""

    free: int
    sold_7: int
    sold_30: int
    cover_days: int | None
    to_order: int
    shortage: str


def replenishment(
    *, location_id: int | None = None
) -> "QuerySet[WithAnnotations[Stock, ReplenishmentFigures]]":
    """Return stock rows of active SKUs with what a buyer needs to know, for lists that sort and filter on it.

    Annotated: ``free`` (available pieces), ``sold_7``, ``sold_30`` (shipped, as last counted by the job),
    ``cover_days`` (whole days that ``free`` lasts at the pace of 30 days; NULL when nothing sold),
    ``to_order`` (pieces that bring it to ``replenish_cover_days`` of sales above the safety level) and
    ``shortage`` (``out``, ``critical``, ``low`` or ``none``, as it is now).
    """
    rows = Stock.objects.filter(sku__is_active=True, sku__product__is_deleted=False)
    if location_id is not None:
        rows = rows.filter(location=location_id)
    sold = Coalesce("pace__sold_30", 0)
    wanted = F("safety_at") + _rounded_up(sold * runtime.value("replenish_cover_days"), PACE_DAYS)
    return (
        rows.select_related("sku__product", "location", "pace")
        .annotate(free=_integer(F("on_hand") - F("reserved")))
        .annotate(
            sold_7=Coalesce("pace__sold_7", 0),
            sold_30=sold,
            cover_days=Case(
                When(pace__sold_30__gt=0, then=_integer(F("free") * PACE_DAYS / F("pace__sold_30")))
            ),
            to_order=Greatest(0, _integer(wanted - F("free"))),
            shortage=Case(
                When(free__lte=0, then=Value(Stock.Alert.OUT.value)),
                When(free__lte=F("safety_at"), then=Value(Stock.Alert.CRITICAL.value)),
                When(free__lte=F("warning_at"), then=Value(Stock.Alert.LOW.value)),
                default=Value(Stock.Alert.NONE.value),
            ),
        )
    )


def stock_history(*, stock_id: int) -> QuerySet[StockMovement]:
    """Return the movements of a stock row, the newest first."""
    return StockMovement.objects.filter(stock=stock_id).order_by("-id")


def open_reservations(*, stock_id: int) -> QuerySet[Reservation]:
    """Return who holds pieces of a stock row, the oldest first."""
    return Reservation.objects.filter(stock=stock_id, state__in=Reservation.OPEN).order_by("id")


def document_lines(*, kind: str, reference: str) -> QuerySet[StockMovement]:
    """Return the lines of a stock document with their SKUs, in the order in which they were booked."""
    return (
        StockMovement.objects.filter(Q(kind=kind) & Q(reference=reference))
        .select_related("stock__sku__product", "stock__location")
        .order_by("id")
    )


def _integer(expression: object) -> ExpressionWrapper:
    return ExpressionWrapper(expression, output_field=IntegerField())


def _rounded_up(dividend: object, divisor: int) -> ExpressionWrapper:
    # Integer division in SQL cuts off; pieces are ordered whole.
    return _integer((_integer(dividend) + Value(divisor - 1)) / Value(divisor))
