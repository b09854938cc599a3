"""Orders, their lines and price adjustments, and the timeline of what happened to them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Location, Product, Sku, Store
from members.models import Member
from orders.pricing import Delivery
from shop.core.crypto.fields import EncryptedTextField
from shop.core.crypto.hashing import HASH_LENGTH
from shop.core.money import FenField


class Order(models.Model):
    """What a member agreed to buy, and where it stands. Amounts in fen.

    ``status`` moves only through ``orders.states.transition``. ``payable`` = goods_total + freight + sum of
    adjustments; ``due`` = payable - wallet_amount is what WeChat is asked for. ``paid`` counts both once the
    order is paid. ``points_used`` points were spent on it, ``points_returned`` of them came back; what it
    earns is multiplied by ``points_multiplier`` per mille. The delivery address is a
    snapshot (JSON), encrypted, with a keyed hash of its phone beside it for search. ``location`` is where its
    goods are reserved. A closed order holds no stock; one that was paid and is closed is being refunded.
    """

    class Status(models.TextChoices):
        PENDING_PAYMENT = "pending_payment", _("awaiting payment")
        CLOSING = "closing", _("closing")
        AWAITING_BALANCE = "awaiting_balance", _("awaiting balance")
        AWAITING_GROUP = "awaiting_group", _("awaiting group")
        AWAITING_SHIPMENT = "awaiting_shipment", _("awaiting shipment")
        AWAITING_PICKUP = "awaiting_pickup", _("awaiting pick-up")
        PARTLY_SHIPPED = "partly_shipped", _("partly shipped")
        SHIPPED = "shipped", _("shipped")
        RECEIVED = "received", pgettext_lazy("order", "received")
        COMPLETED = "completed", _("completed")
        CLOSED = "closed", _("closed")
        REFUNDED = "refunded", _("refunded")

    class PaymentStatus(models.TextChoices):
        UNPAID = "unpaid", _("unpaid")
        PARTLY_PAID = "partly_paid", _("partly paid")
        PAID = "paid", _("paid")
        PARTLY_REFUNDED = "partly_refunded", _("partly refunded")
        REFUNDED = "refunded", _("refunded")

    class FulfilmentStatus(models.TextChoices):
        UNFULFILLED = "unfulfilled", _("unfulfilled")
        PARTIAL = "partial", _("partly fulfilled")
        FULFILLED = "fulfilled", _("fulfilled")

    class AfterSaleStatus(models.TextChoices):
        NONE = "none", _("none")
        OPEN = "open", _("open")
        DONE = "done", _("done")

    DELIVERIES = (
        (Delivery.EXPRESS.value, _("express")),
        (Delivery.PICKUP.value, _("store pick-up")),
        (Delivery.LOCAL.value, _("same-city delivery")),
        (Delivery.VIRTUAL.value, _("virtual delivery")),
    )

    number = models.CharField(_("number"), max_length=32, unique=True)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.PENDING_PAYMENT
    )
    payment_status = models.CharField(
        _("payment"), max_length=16, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    fulfilment_status = models.CharField(
        _("fulfilment"), max_length=12, choices=FulfilmentStatus.choices, default=FulfilmentStatus.UNFULFILLED
    )
    after_sale_status = models.CharField(
        _("after-sale"), max_length=5, choices=AfterSaleStatus.choices, default=AfterSaleStatus.NONE
    )
    delivery = models.CharField(
        _("delivery"), max_length=8, choices=DELIVERIES, default=Delivery.EXPRESS.value
    )
    store = models.ForeignKey(
        Store, verbose_name=_("store"), null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    location = models.ForeignKey(
        Location, verbose_name=_("stock location"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pickup_code = models.CharField(
        _("pick-up code"), max_length=12, null=True, blank=True, unique=True, editable=False
    )
    goods_total = FenField(_("goods"))
    freight = FenField(_("freight"))
    adjustment_total = FenField(_("adjustments"), default=0)
    payable = FenField(_("payable"))
    wallet_amount = FenField(_("from wallet"), default=0)
    due = FenField(_("due"))
    paid = FenField(_("paid"), default=0)
    refunded = FenField(_("refunded"), default=0)
    points_used = models.PositiveIntegerField(_("points used"), default=0, db_default=0)
    points_returned = models.PositiveIntegerField(_("points returned"), default=0, db_default=0)
    points_multiplier = models.PositiveIntegerField(_("points multiplier (‰)"), default=1000, db_default=1000)
    address = EncryptedTextField(_("address"), blank=True, default="")
    phone_hash = models.CharField(max_length=HASH_LENGTH, blank=True, default="", editable=False)
    note = models.CharField(_("member's note"), max_length=200, blank=True)
    staff_note = models.TextField(_("staff note"), blank=True)
    platform = models.CharField(_("client"), max_length=10, blank=True)
    created_at = models.DateTimeField(_("placed at"))
    expires_at = models.DateTimeField(_("pay until"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    receive_by = models.DateTimeField(_("received by itself at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    complete_by = models.DateTimeField(_("completed by itself at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("why closed"), max_length=40, blank=True)
    reminded_at = models.DateTimeField(_("member reminded at"), null=True, blank=True)
    is_hidden = models.BooleanField(_("hidden by the member"), default=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(payable=F("goods_total") + F("freight") + F("adjustment_total"))
                & Q(due=F("payable") - F("wallet_amount"))
                & Q(payable__gte=0)
                & Q(wallet_amount__gte=0)
                & Q(due__gte=0),
                name="orders_order_sums",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=F("paid")), name="orders_order_refunded_within"
            ),
            models.CheckConstraint(
                condition=Q(points_returned__lte=F("points_used")), name="orders_order_points_within"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="orders_order_of_member"),
            models.Index(
                fields=["expires_at"], condition=Q(status="pending_payment"), name="orders_order_expiry"
            ),
            models.Index(
                fields=["receive_by"], condition=Q(status="shipped"), name="orders_order_auto_receive"
            ),
            models.Index(
                fields=["complete_by"], condition=Q(status="received"), name="orders_order_completion"
            ),
            models.Index(fields=["status", "-id"], name="orders_order_by_status"),
            models.Index(fields=["phone_hash"], condition=~Q(phone_hash=""), name="orders_order_by_phone"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One SKU of an order, as it was sold. ``payable`` is its share of what was paid, without freight."""

    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    sku = models.ForeignKey(Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    title = models.CharField(_("title"), max_length=120)
    sku_code = models.CharField(_("SKU code"), max_length=40)
    spec = models.JSONField(_("specification"), default=dict)
    image = models.CharField(_("picture"), max_length=300, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = FenField(_("unit price"))
    amount = FenField(_("amount"))
    payable = FenField(_("paid share"))
    freight = FenField(_("freight share"), default=0)
    cost = FenField(_("cost"), null=True, blank=True)
    shipped_quantity = models.PositiveIntegerField(_("shipped"), default=0)
    refunded_quantity = models.PositiveIntegerField(_("refunded pieces"), default=0)
    refunded = FenField(_("refunded"), default=0)
    explanation = models.JSONField(_("why this price"), default=list)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("order", "sku"), name="orders_line_sku_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(amount=F("unit_price") * F("quantity")),
                name="orders_line_amount",
            ),
            models.CheckConstraint(
                condition=Q(shipped_quantity__lte=F("quantity")), name="orders_line_shipped_within"
            ),
            models.CheckConstraint(
                condition=Q(refunded_quantity__lte=F("quantity"))
                & Q(refunded__gte=0)
                & Q(refunded__lte=F("payable") + F("freight")),
                name="orders_line_refunded_within",
            ),
        ]
        indexes = [models.Index(fields=["product", "-id"], name="orders_line_of_product")]

    def __str__(self) -> str:
        return f"{self.order_id}:{self.sku_code}"


class OrderAdjustment(models.Model):
    """One rule that changed an order's price; amounts are signed, discounts negative."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="adjustments")
    line = models.ForeignKey(
        OrderLine,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="adjustments",
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=30)
    label = models.CharField(_("label"), max_length=100)
    source = models.CharField(_("source"), max_length=80, blank=True)
    amount = FenField(_("amount"))

    class Meta:
        verbose_name = _("price adjustment")
        verbose_name_plural = _("price adjustments")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class OrderEvent(models.Model):
    """One thing that happened to an order: the append-only timeline that shopper and staff see."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=40)
    from_status = models.CharField(_("from"), max_length=20, blank=True)
    to_status = models.CharField(_("to"), max_length=20, blank=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=8)
    actor_label = models.CharField(_("by"), max_length=150)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    data = models.JSONField(_("details"), default=dict)
    is_public = models.BooleanField(_("shown to the member"), default=True)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
