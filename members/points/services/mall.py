"""Pieces of mall goods: taken by orders, given back when those close. The database has the last word."""

from django.db.models import F

from members.points.errors import MallGoodsLimited, MallGoodsSoldOut, MallGoodsUnavailable
from members.points.models import MallGoods, MallTally, Redemption
from members.points.rules import is_on_offer
from shop.core import clock
from shop.core.db import in_transaction, lock_rows


@in_transaction
def take_goods(*, goods_id: int, member_id: int, quantity: int, reference: str) -> None:
    """Take pieces for an order, once for each reference. Locks the goods, then the member's tally.

    Raises ``MallGoodsUnavailable``, ``MallGoodsSoldOut``, ``MallGoodsLimited``.
    """
    goods = _lock_goods(goods_id)
    if Redemption.objects.filter(reference=reference).exists():
        return
    if not is_on_offer(goods, clock.now()):
        raise MallGoodsUnavailable
    _count(goods, member_id, quantity)
    Redemption.objects.create(
        goods=goods,
        member_id=member_id,
        reference=reference,
        quantity=quantity,
        points=goods.points * quantity,
        created_at=clock.now(),
    )


@in_transaction
def release_goods(*, reference: str) -> None:
    """Give an order's pieces back to the offer; once, and nothing for an order that took none."""
    row = Redemption.objects.filter(reference=reference).first()
    if row is None:
        return
    _lock_goods(row.goods_id)
    if not Redemption.objects.filter(pk=row.pk, is_released=False).update(is_released=True):
        return
    MallGoods.objects.filter(pk=row.goods_id).update(sold=F("sold") - row.quantity)
    tally = MallTally.objects.filter(goods=row.goods_id, member=row.member_id)
    tally.update(pieces=F("pieces") - row.quantity)


@in_transaction
def retake_goods(*, reference: str) -> None:
    """Take the pieces of a closed order once more, for money that came too late.

    The offer may have ended meanwhile: the member ordered in time. Raises ``MallGoodsSoldOut``,
    ``MallGoodsLimited``.
    """
    row = Redemption.objects.filter(reference=reference).first()
    if row is None:
        return
    goods = _lock_goods(row.goods_id)
    if Redemption.objects.filter(pk=row.pk, is_released=True).update(is_released=False):
        _count(goods, row.member_id, row.quantity)


def _lock_goods(goods_id: int) -> MallGoods:
    rows = lock_rows(MallGoods.objects.filter(pk=goods_id))
    if not rows:
        raise MallGoodsUnavailable
    return rows[0]


def _count(goods: MallGoods, member_id: int, quantity: int) -> None:
    """Count pieces on the locked goods and on the member's tally, which keeps the limit beside the count."""
    left = goods.quota - goods.sold
    if quantity > left:
        raise MallGoodsSoldOut(available=left)
    tally, _made = MallTally.objects.get_or_create(goods=goods, member_id=member_id)
    limit = goods.limit_per_member
    if limit is not None and tally.pieces + quantity > limit:
        raise MallGoodsLimited(limit=max(0, limit - tally.pieces))
    tally.pieces += quantity
    tally.cap = limit
    tally.save(update_fields=["pieces", "cap"])
    MallGoods.objects.filter(pk=goods.pk).update(sold=F("sold") + quantity)
