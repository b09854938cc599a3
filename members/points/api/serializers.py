"""What clients get about points, growth and the points mall."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from catalog.queries import SellableSku
from members.points.models import GrowthEntry, MallGoods, PendingReward, PointsEntry
from members.points.wording import reason_text

POINTS = inline_serializer(
    "Points",
    {
        "balance": serializers.IntegerField(),
        "pending": serializers.IntegerField(),
        "expiring": serializers.IntegerField(),
        "expiring_at": serializers.DateTimeField(allow_null=True),
    },
)
GROWTH = inline_serializer(
    "Growth", {"balance": serializers.IntegerField(), "pending": serializers.IntegerField()}
)

GRANTED = inline_serializer(
    "Granted", {"points": serializers.IntegerField(), "growth": serializers.IntegerField()}
)


class PointsEntrySchema(serializers.Serializer[Any]):
    """One movement of points or growth."""

    id = serializers.IntegerField()
    amount = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    reason = serializers.CharField()
    title = serializers.CharField()
    reference = serializers.CharField()
    created_at = serializers.DateTimeField()


class PendingSchema(serializers.Serializer[Any]):
    """What an order will earn. ``due_at`` is set once it is completed."""

    order = serializers.CharField()
    points = serializers.IntegerField()
    growth = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)


class MallGoodsSchema(serializers.Serializer[Any]):
    """Goods for points: a piece costs ``points`` and ``cash`` fen; ``left`` pieces can be had."""

    id = serializers.IntegerField()
    sku = serializers.IntegerField()
    product = serializers.IntegerField()
    title = serializers.CharField()
    spec = serializers.DictField(child=serializers.CharField())
    image = serializers.CharField(allow_blank=True)
    price = serializers.IntegerField()
    points = serializers.IntegerField()
    cash = serializers.IntegerField()
    left = serializers.IntegerField()
    limit_per_member = serializers.IntegerField(allow_null=True)
    is_virtual = serializers.BooleanField()
    ends_at = serializers.DateTimeField(allow_null=True)


def entry_body(entry: PointsEntry | GrowthEntry) -> dict[str, Any]:
    """Return one movement."""
    return {
        "id": entry.pk,
        "amount": entry.amount,
        "balance_after": entry.balance_after,
        "reason": entry.reason,
        "title": reason_text(entry.reason),
        "reference": entry.reference,
        "created_at": entry.created_at,
    }


def pending_body(reward: PendingReward) -> dict[str, Any]:
    """Return what an order will earn, refunds deducted."""
    return {
        "order": reward.reference,
        "points": reward.points_left,
        "growth": reward.growth_left,
        "created_at": reward.created_at,
        "due_at": reward.due_at,
    }


def goods_body(goods: MallGoods, sku: SellableSku) -> dict[str, Any]:
    """Return mall goods with what the catalog says of them."""
    return {
        "id": goods.pk,
        "sku": sku.sku_id,
        "product": sku.product_id,
        "title": sku.title,
        "spec": sku.spec,
        "image": sku.image,
        "price": sku.price,
        "points": goods.points,
        "cash": goods.cash,
        "left": max(0, min(goods.quota - goods.sold, sku.available)),
        "limit_per_member": goods.limit_per_member,
        "is_virtual": sku.is_virtual,
        "ends_at": goods.ends_at,
    }
