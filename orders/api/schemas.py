"""The answers about carts and orders, for the API's description; a test holds the bodies to them."""

from typing import Any

from rest_framework import serializers

from orders.models import Order
from orders.states import Status

REFUND_STATES = ("processing", "succeeded")

_Any = serializers.Serializer[Any]


class AdjustmentSchema(_Any):
    """A price rule's sum; discounts are negative."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of ours, not the class's own
    source = serializers.CharField()  # type: ignore[assignment]
    amount = serializers.IntegerField()


class ReasonSchema(_Any):
    """Why a line costs what it costs."""

    step = serializers.CharField()
    code = serializers.CharField()
    amount = serializers.IntegerField()
    text = serializers.CharField()


class GoodsSchema(_Any):
    """One SKU as it is sold."""

    sku = serializers.IntegerField()
    product = serializers.IntegerField()
    title = serializers.CharField()
    spec = serializers.DictField(child=serializers.CharField())
    image = serializers.CharField(allow_blank=True)
    quantity = serializers.IntegerField()


class CartLineSchema(GoodsSchema):
    """An item of the cart at today's price. ``invalid`` says why it cannot be bought now."""

    id = serializers.IntegerField()
    selected = serializers.BooleanField()
    price = serializers.IntegerField()
    market_price = serializers.IntegerField(allow_null=True)
    amount = serializers.IntegerField()
    available = serializers.IntegerField()
    min_quantity = serializers.IntegerField()
    limit_per_order = serializers.IntegerField(allow_null=True)
    invalid = serializers.ChoiceField(choices=("off_sale", "sku_inactive", "sold_out"), allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())
    added_at = serializers.DateTimeField()


class CartSchema(_Any):
    """The cart. The total counts what is selected and can be bought, before any campaign."""

    items = CartLineSchema(many=True)
    pieces = serializers.IntegerField()
    goods_total = serializers.IntegerField()


class PricedLineSchema(GoodsSchema):
    """A line and what it costs: ``payable`` = ``amount`` + its adjustments; freight is apart."""

    unit_price = serializers.IntegerField()
    amount = serializers.IntegerField()
    payable = serializers.IntegerField()
    freight = serializers.IntegerField()
    explanation = ReasonSchema(many=True)


class QuoteLineSchema(PricedLineSchema):
    """A line of a quote."""

    adjustments = AdjustmentSchema(many=True)


class CaveatSchema(_Any):
    """What keeps a quote from becoming an order as it is."""

    code = serializers.ChoiceField(
        choices=(
            "out_of_stock",
            "unavailable",
            "min_quantity",
            "limit_per_order",
            "limit_per_member",
            "ios_virtual_payment",
            "insufficient_points",
            "points_clamped",
        )
    )
    sku = serializers.IntegerField(allow_null=True)
    available = serializers.IntegerField()
    limit = serializers.IntegerField(required=False)


class UnusableCouponSchema(_Any):
    """A coupon that this order cannot use."""

    id = serializers.IntegerField()
    reason = serializers.CharField()


class CouponsSchema(_Any):
    """The member's coupons for this order."""

    usable = serializers.ListField(child=serializers.DictField())
    unusable = UnusableCouponSchema(many=True)


class QuoteSchema(_Any):
    """The price of a request: payable = goods_total + freight + sum of adjustments; due is what is paid."""

    lines = QuoteLineSchema(many=True)
    goods_total = serializers.IntegerField()
    freight = serializers.IntegerField()
    adjustments = AdjustmentSchema(many=True)
    payable = serializers.IntegerField()
    wallet_amount = serializers.IntegerField()
    wallet_token_required = serializers.BooleanField()
    due = serializers.IntegerField()
    points_used = serializers.IntegerField()
    points_usable = serializers.IntegerField()
    points_available = serializers.IntegerField(allow_null=True)
    coupons = CouponsSchema()
    returns = serializers.ListField(child=serializers.DictField())
    delivery = serializers.CharField()
    warnings = CaveatSchema(many=True)


class OrderLineSchema(PricedLineSchema):
    """A line of an order."""

    id = serializers.IntegerField()
    shipped_quantity = serializers.IntegerField()
    refunded_quantity = serializers.IntegerField()
    refunded = serializers.IntegerField()


class OrderLineDetailSchema(OrderLineSchema):
    """A line of an order with its price rules."""

    adjustments = AdjustmentSchema(many=True)


class OrderSummarySchema(_Any):
    """An order as lists show it. ``due`` is what is owed now."""

    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    payment_status = serializers.ChoiceField(choices=Order.PaymentStatus.choices)
    fulfilment_status = serializers.ChoiceField(choices=Order.FulfilmentStatus.choices)
    after_sale_status = serializers.ChoiceField(choices=Order.AfterSaleStatus.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    lines = OrderLineSchema(many=True)
    goods_total = serializers.IntegerField()
    freight = serializers.IntegerField()
    payable = serializers.IntegerField()
    due = serializers.IntegerField()
    due_part = serializers.ChoiceField(choices=("full", "deposit", "balance"))
    due_from = serializers.DateTimeField(allow_null=True)
    due_until = serializers.DateTimeField(allow_null=True)
    paid = serializers.IntegerField()
    refunded = serializers.IntegerField()
    wallet_amount = serializers.IntegerField()
    points_used = serializers.IntegerField()
    points_returned = serializers.IntegerField()
    delivery = serializers.ChoiceField(choices=Order.DELIVERIES)
    actions = serializers.ListField(child=serializers.CharField())


class AddressSchema(_Any):
    """Where the goods go, as it was when the order was placed."""

    receiver = serializers.CharField()
    phone = serializers.CharField()
    province = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField(allow_blank=True)
    street = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()
    postcode = serializers.CharField(allow_blank=True)


class ShippedLineSchema(_Any):
    """Pieces of an order line in a parcel."""

    line = serializers.IntegerField()
    quantity = serializers.IntegerField()


class ShipmentSchema(_Any):
    """One parcel."""

    number = serializers.CharField()
    carrier = serializers.CharField(allow_blank=True)
    carrier_name = serializers.CharField(allow_blank=True)
    tracking = serializers.CharField(allow_blank=True)
    shipped_at = serializers.DateTimeField()
    lines = ShippedLineSchema(many=True)


class TrackingSchema(_Any):
    """Where an order's parcels are."""

    shipments = ShipmentSchema(many=True)


class StoreSchema(_Any):
    """Where a pick-up order waits."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    address = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    opening_hours = serializers.CharField(allow_blank=True)


class PickupSchema(_Any):
    """How to pick the order up; the code is shown while it waits. ``qr`` is the text of the code to draw."""

    code = serializers.CharField(allow_null=True)
    qr = serializers.CharField(allow_null=True)
    store = StoreSchema()


class OrderRefundSchema(_Any):
    """Money on its way back, or there."""

    number = serializers.CharField()
    amount = serializers.IntegerField()
    status = serializers.ChoiceField(choices=REFUND_STATES)
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class OrderEventSchema(_Any):
    """One line of the timeline."""

    kind = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices, allow_null=True)
    by = serializers.ChoiceField(choices=("member", "staff", "system", "wechat"))
    reason = serializers.CharField(allow_blank=True)
    data = serializers.DictField()  # type: ignore[assignment]
    at = serializers.DateTimeField()


class OrderSchema(OrderSummarySchema):
    """An order as its page shows it."""

    lines = OrderLineDetailSchema(many=True)
    adjustments = AdjustmentSchema(many=True)
    address = AddressSchema(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    shipments = ShipmentSchema(many=True)
    contents = serializers.ListField(child=serializers.CharField())
    pickup = PickupSchema(allow_null=True)
    group = serializers.DictField(allow_null=True)
    refunds = OrderRefundSchema(many=True)
    merchant_trade_no = serializers.CharField(allow_blank=True)
    events = OrderEventSchema(many=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    receive_by = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    close_reason = serializers.CharField(allow_blank=True)


class CarrierSchema(_Any):
    """A carrier by WeChat's delivery id."""

    code = serializers.CharField()
    name = serializers.CharField()


class CarriersSchema(_Any):
    """Every known carrier, the usual ones first."""

    results = CarrierSchema(many=True)
