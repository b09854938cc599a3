"""What clients send about carts and orders."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from orders.errors import FeatureUnavailable
from orders.models import Order
from orders.pricing import Delivery
from orders.queries.orders import TABS
from orders.rules import MAX_LINES, MAX_PIECES
from orders.services.quoting import OrderRequest, Want
from orders.states import Status
from shop.core.api import fields
from shop.core.api.pagination import CursorQuery
from shop.core.api.serializers import StrictSerializer
from shop.payments.models import Payment

BEST = "best"
ACTIVITIES = ("flash_sale", "group_buy", "bargain", "presale", "bundle", "points_mall")
MALL = "points_mall"
_LATER = ("slot", "coupon", "freight_coupon", "card", "invoice")
LISTS = (*TABS, *(status.value for status in Status))
"""What a list of orders can be narrowed to."""

_NOT_OFFERED = (None, False, 0)


class ItemBody(StrictSerializer):
    """Pieces of a SKU."""

    sku = fields.IdField()
    quantity = fields.IntegerField(min_value=1, max_value=MAX_PIECES)


class ItemChange(StrictSerializer):
    """A cart item's new quantity, its selection, or both."""

    quantity = fields.IntegerField(min_value=1, max_value=MAX_PIECES, required=False)
    selected = fields.BooleanField(required=False)


class Selection(StrictSerializer):
    """Which cart items to select or unselect; all of them when ``items`` is left out."""

    items = fields.ListField(child=fields.IdField(), min_length=1, max_length=MAX_LINES, required=False)
    selected = fields.BooleanField()


class ActivityBody(StrictSerializer):
    """An activity that sets its own price."""

    kind = fields.ChoiceField(choices=ACTIVITIES)
    id = fields.IdField()
    group = fields.NumberField(required=False, allow_null=True)
    record = fields.NumberField(required=False, allow_null=True)


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "enum": [BEST]}]})
class CouponField(fields.IdField):
    """The id of one of the member's coupons, or ``"best"``."""

    def run_validation(self, data: Any = empty) -> Any:
        """Return the id or ``"best"``, or refuse with code ``invalid``."""
        return BEST if data == BEST else super().run_validation(data)


class QuoteBody(StrictSerializer):
    """What a member wants to buy, how it reaches them, and how it is to be paid."""

    items = fields.ListField(child=ItemBody(), min_length=1, max_length=MAX_LINES, required=False)
    from_cart = fields.BooleanField(required=False)
    activity = ActivityBody(required=False, allow_null=True)
    delivery = fields.ChoiceField(choices=Order.DELIVERIES)
    address = fields.IdField(required=False, allow_null=True)
    store = fields.IdField(required=False, allow_null=True)
    slot = fields.IdField(required=False, allow_null=True)
    coupon = CouponField(required=False, allow_null=True)
    freight_coupon = CouponField(required=False, allow_null=True)
    points = fields.IntegerField(min_value=0, required=False, allow_null=True)
    use_wallet = fields.BooleanField(required=False)
    wallet_token = fields.CharField(required=False, allow_null=True, allow_blank=True)
    card = fields.IdField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a body that names both items and the cart, or neither."""
        if bool(attrs.get("items")) == bool(attrs.get("from_cart")):
            detail = _("Name either items or from_cart.")
            raise serializers.ValidationError({"items": [serializers.ErrorDetail(detail, code="required")]})
        return attrs


class OrderBody(QuoteBody):
    """A quote's body and the total that the member saw."""

    expected_payable = fields.FenField()
    note = fields.CharField(required=False, allow_blank=True, max_length=200)
    invoice = fields.DictField(required=False, allow_null=True)


class PaymentBody(StrictSerializer):
    """How the member pays."""

    method = fields.ChoiceField(choices=Payment.Method.choices)
    wallet_token = fields.CharField(required=False, allow_null=True, allow_blank=True)


class CancelBody(StrictSerializer):
    """Why the member cancels."""

    reason = fields.CharField(required=False, allow_blank=True, max_length=200)


class OrdersQuery(CursorQuery):
    """Which orders to list: a status or a tab, and a number or part of a title."""

    status = fields.ChoiceField(choices=LISTS, required=False)
    q = fields.CharField(required=False, allow_blank=True, max_length=60)


def order_request(body: Mapping[str, Any], *, platform: str = "") -> OrderRequest:
    """Return what the member asks for; raises ``FeatureUnavailable`` for what the shop does not offer yet.

    ``coupon: "best"`` is fine without coupons: the best of none is none.
    """
    for field in _LATER:
        value = body.get(field)
        if value not in _NOT_OFFERED and value != BEST:
            raise FeatureUnavailable(field=field)
    items = body.get("items")
    activity = body.get("activity")
    if activity and (activity["kind"] != MALL or items is None):
        raise FeatureUnavailable(field="activity")
    return OrderRequest(
        items=None if items is None else tuple(Want(item["sku"], item["quantity"]) for item in items),
        delivery=Delivery(body["delivery"]),
        address_id=body.get("address"),
        store_id=body.get("store"),
        use_wallet=bool(body.get("use_wallet")),
        wallet_token=body.get("wallet_token") or None,
        platform=platform,
        points=body.get("points"),
        mall_goods=activity["id"] if activity else None,
    )
