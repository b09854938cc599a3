"""Parcels: an order is shipped in one or many, each with the lines and quantities it carries."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order, OrderLine
from shop.core.crypto.fields import EncryptedTextField


class Shipment(models.Model):
    """One parcel that left the house, or what took its place.

    ``carrier`` is WeChat's delivery id (SF, YTO, ...); empty for pick-up, own couriers and virtual goods.
    ``content`` is what a virtual delivery hands over (a text, a link, a key); encrypted, for the member only.
    """

    order = models.ForeignKey(
        Order,
        verbose_name=_("order"),
        on_delete=models.PROTECT,
        related_name="shipments",
    )
    number = models.CharField(_("number"), max_length=32, unique=True)
    carrier = models.CharField(_("carrier"), max_length=20, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=40, blank=True)
    content = EncryptedTextField(_("content"), blank=True, default="")
    note = models.CharField(_("note"), max_length=100, blank=True)
    shipped_by = models.CharField(_("shipped by"), max_length=150)
    shipped_at = models.DateTimeField(_("shipped at"))

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("order", "carrier", "tracking"),
                condition=~Q(tracking=""),
                name="orders_shipment_tracking_once",
            )
        ]
        indexes = [
            models.Index(fields=["tracking"], condition=~Q(tracking=""), name="orders_shipment_tracking")
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """How many pieces of an order line a parcel carries."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("shipped line")
        verbose_name_plural = _("shipped lines")
        constraints = [
            models.UniqueConstraint(fields=("shipment", "line"), name="orders_shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="orders_shipment_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.shipment_id}:{self.line_id}"
