"""Stock by (SKU, location): counters that move only together with an append-only movement."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.places import Location
from catalog.models.product import Sku


class Stock(models.Model):
    """How many pieces of a SKU lie at a location, and how many of them are promised to orders.

    Written by ``catalog.services.stock`` alone, each time with a ``StockMovement`` in the same transaction.
    """

    class Alert(models.TextChoices):
        NONE = "none", _("enough")
        LOW = "low", _("low")
        OUT = "out", _("sold out")

    sku = models.ForeignKey(Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="stocks")
    location = models.ForeignKey(Location, verbose_name=_("location"), on_delete=models.PROTECT)
    on_hand = models.PositiveIntegerField(_("on hand"), default=0, editable=False)
    reserved = models.PositiveIntegerField(_("reserved"), default=0, editable=False)
    warning_level = models.PositiveIntegerField(_("warning level"), null=True, blank=True)
    safety_level = models.PositiveIntegerField(_("safety level"), null=True, blank=True)
    alert = models.CharField(
        _("alert"), max_length=5, choices=Alert.choices, default=Alert.NONE, editable=False
    )
    sold_out_since = models.DateTimeField(_("sold out since"), null=True, editable=False)

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            models.UniqueConstraint(fields=("sku", "location"), name="catalog_stock_once_per_place"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("on_hand")),
                name="catalog_stock_reserved_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.location_id}"

    @property
    def available(self) -> int:
        """Return the pieces that can still be promised."""
        return self.on_hand - self.reserved


class StockMovement(models.Model):
    """Why a stock row changed: the append-only journal that the audit recomputes the counters from."""

    class Kind(models.TextChoices):
        STOCK_IN = "stock_in", _("stock-in")
        STOCK_TAKE = "stock_take", _("stock-take")
        RESERVE = "reserve", _("reserved")
        RELEASE = "release", _("released")
        CONSUME = "consume", _("shipped")
        RETURN = "return", _("returned")
        CAMPAIGN_OUT = "campaign_out", _("moved to a campaign")
        CAMPAIGN_IN = "campaign_in", _("returned from a campaign")

    stock = models.ForeignKey(
        Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="movements"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    on_hand_delta = models.IntegerField(_("on hand"))
    reserved_delta = models.IntegerField(_("reserved"))
    on_hand_after = models.PositiveIntegerField(_("on hand after"))
    reserved_after = models.PositiveIntegerField(_("reserved after"))
    reference = models.CharField(_("reference"), max_length=80)
    actor_key = models.CharField(_("by"), max_length=160)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.UniqueConstraint(fields=("stock", "kind", "reference"), name="catalog_movement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Reservation(models.Model):
    """Pieces promised to one order line: held, then committed by payment, then consumed by shipping.

    ``quantity`` pieces were reserved; ``consumed`` of them have been shipped; what is left of a released one
    has gone back to the shelf.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        COMMITTED = "committed", _("committed")
        CONSUMED = "consumed", _("consumed")
        RELEASED = "released", _("released")

    reference = models.CharField(_("reference"), max_length=80)
    stock = models.ForeignKey(
        Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="reservations"
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    consumed = models.PositiveIntegerField(_("shipped"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(fields=("reference", "stock"), name="catalog_reservation_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="catalog_reservation_quantity"),
            models.CheckConstraint(
                condition=Q(consumed__lte=F("quantity")), name="catalog_reservation_consumed_within"
            ),
        ]
        indexes = [
            models.Index(
                fields=["stock"],
                condition=Q(state__in=("held", "committed")),
                name="catalog_reservation_open",
            ),
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="catalog_reservation_expiry"),
        ]

    def __str__(self) -> str:
        return self.reference


class SoldOutDay(models.Model):
    """Seconds of a Beijing day in which a SKU could not be bought; no sales then is not no demand."""

    sku = models.ForeignKey(Sku, verbose_name=_("SKU"), on_delete=models.CASCADE)
    day = models.DateField(_("day"))
    seconds = models.PositiveIntegerField(_("seconds sold out"))

    class Meta:
        verbose_name = _("sold-out day")
        verbose_name_plural = _("sold-out days")
        constraints = [models.UniqueConstraint(fields=("sku", "day"), name="catalog_sold_out_day_once")]

    def __str__(self) -> str:
        return f"{self.sku_id} {self.day}"
