"""Refusals of the points room."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, InsufficientBalance


class InsufficientPoints(InsufficientBalance):
    """The member has fewer points that can still be spent; ``available`` tells how many."""

    code = "insufficient_points"
    title = _("You do not have enough points.")


class MallGoodsUnavailable(Conflict):
    """The points mall does not offer this, or not now, or not this SKU."""

    code = "mall_goods_unavailable"
    title = _("This is not offered in the points mall at present.")


class MallGoodsSoldOut(Conflict):
    """All pieces that were offered for points are taken; ``available`` tells how many are left."""

    code = "mall_goods_sold_out"
    title = _("There is none left for points.")


class MallGoodsLimited(Conflict):
    """The member has had as many as anyone may; ``limit`` tells how many."""

    code = "mall_goods_limited"
    title = _("You have already had as many of these as possible.")
