"""What the points mall offers: to everybody, and to one member at checkout."""

from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models import Product
from members.points.errors import MallGoodsUnavailable
from members.points.models import MallGoods, MallTally, PointsLot
from members.points.rules import is_on_offer
from shop.core import clock


@dataclass(frozen=True, slots=True)
class MallOffer:
    """Mall goods as one member can have them: ``points`` and ``cash`` (fen) for a piece, ``left`` pieces.

    ``limit`` is how many more the member may have, ``balance`` the points they can spend.
    """

    goods_id: int
    sku_id: int
    points: int
    cash: int
    left: int
    limit: int | None
    balance: int


def mall_offer(*, goods_id: int, member_id: int) -> MallOffer:
    """Return what is on offer now; one query. Raises ``MallGoodsUnavailable``."""
    now = clock.now()
    lots = PointsLot.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now), member_id=member_id, left__gt=0
    )
    balance = lots.order_by().values("member_id").annotate(sum=Sum("left")).values("sum")
    tally = MallTally.objects.filter(goods=OuterRef("pk"), member_id=member_id).values("pieces")
    goods = (
        MallGoods.objects.filter(pk=goods_id)
        .annotate(taken=Coalesce(Subquery(tally), 0), balance=Coalesce(Subquery(balance), 0))
        .first()
    )
    if goods is None or not is_on_offer(goods, now):
        raise MallGoodsUnavailable
    limit = None if goods.limit_per_member is None else max(0, goods.limit_per_member - goods.taken)
    return MallOffer(
        goods.pk, goods.sku_id, goods.points, goods.cash, goods.quota - goods.sold, limit, goods.balance
    )


def goods_on_offer() -> QuerySet[MallGoods]:
    """Return the mall goods that members see now, those that are all taken included."""
    now = clock.now()
    return MallGoods.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lte=now),
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        is_active=True,
        sku__is_active=True,
        sku__product__state=Product.State.ON_SALE,
        sku__product__is_deleted=False,
    )
