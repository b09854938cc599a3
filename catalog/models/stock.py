"""Stock by (SKU, location): counters that move only together with an append-only movement."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.places import Location
from catalog.models.product import Sku


class Stock(models.Model):
    """How many pieces of a SKU lie at a location, and how many of them are promised to orders.

    Counters are written by ``catalog.services.stock`` alone, each time with a ``StockMovement`` in the same
    transaction: a trigger refuses any other change. ``alert`` is the worst level announced since the stock
    last was sufficient. ``warning_at`` and ``safety_at`` are the levels in force, derived from this row, its
    categories and the shop's settings, so that a sale reads no category.
    """

    class Alert(models.TextChoices):
        NONE = "none", _("enough")
        LOW = "low", _("below the warning level")
        CRITICAL = "critical", _("below the safety level")
        OUT = "out", _("sold out")

    sku = models.ForeignKey(
        Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="stocks", db_index=False
    )
    location = models.ForeignKey(Location, verbose_name=_("location"), on_delete=models.PROTECT)
    on_hand = models.PositiveIntegerField(_("on hand"), default=0, editable=False)
    reserved = models.PositiveIntegerField(_("reserved"), default=0, editable=False)
    warning_level = models.PositiveIntegerField(_("warning level"), null=True, blank=True)
    safety_level = models.PositiveIntegerField(_("safety level"), null=True, blank=True)
    warning_at = models.PositiveIntegerField(_("warning level in force"), default=0, editable=False)
    safety_at = models.PositiveIntegerField(_("safety level in force"), default=0, editable=False)
    alert = models.CharField(
        _("alert"), max_length=8, choices=Alert.choices, default=Alert.OUT, editable=False
    )
    sold_out_since = models.DateTimeField(_("sold out since"), null=True, editable=False)
    sold_out_counted_to = models.DateTimeField(null=True, editable=False)

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
        indexes = [
            models.Index(
                fields=["sold_out_counted_to"],
                condition=Q(sold_out_since__isnull=False),
                name="catalog_stock_sold_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.location_id}"

    @property
    def available(self) -> int:
        """Return the pieces that can still be promised."""
        return self.on_hand - self.reserved


class StockMovement(models.Model):
    """Why a stock row changed: the append-only journal that the audit recomputes the counters from.

    Each kind moves the counters in one way only. ``id`` is the order of a stock's chain: ids are taken while
    the stock row is locked.
    """

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
        Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="movements", db_index=False
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
            models.CheckConstraint(
                condition=Q(kind__in=("stock_in", "return"), on_hand_delta__gt=0, reserved_delta=0)
                | Q(kind="stock_take", reserved_delta=0)
                | Q(kind__in=("reserve", "campaign_out"), on_hand_delta=0, reserved_delta__gt=0)
                | Q(kind__in=("release", "campaign_in"), on_hand_delta=0, reserved_delta__lt=0)
                | Q(kind="consume", on_hand_delta__lt=0, reserved_delta=F("on_hand_delta")),
                name="catalog_movement_fits_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["stock", "id"], name="catalog_movement_chain"),
            models.Index(fields=["kind", "at"], name="catalog_movement_kind_at"),
            models.Index(fields=["reference"], name="catalog_movement_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class Reservation(models.Model):
    """Pieces of one SKU promised to one order: held, then committed by payment, then consumed by shipping.

    Of ``quantity`` pieces ``consumed`` have been shipped and ``released`` have gone back to the shelf; the
    rest is what the stock row counts as reserved. Once nothing is left the reservation is consumed (anything
    was shipped) or released (nothing was). ``rounds`` counts how often the reference reserved anew after it
    had been released, as a late payment may.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        COMMITTED = "committed", _("committed")
        CONSUMED = "consumed", _("consumed")
        RELEASED = "released", _("released")

    OPEN = (State.HELD, State.COMMITTED)

    reference = models.CharField(_("reference"), max_length=64)
    stock = models.ForeignKey(
        Stock,
        verbose_name=_("stock"),
        on_delete=models.PROTECT,
        related_name="reservations",
        db_index=False,
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    consumed = models.PositiveIntegerField(_("shipped"), default=0)
    released = models.PositiveIntegerField(_("released"), default=0)
    rounds = models.PositiveSmallIntegerField(default=1, editable=False)
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
                condition=(Q(state__in=("held", "committed")) & Q(quantity__gt=F("consumed") + F("released")))
                | (Q(state__in=("consumed", "released")) & Q(quantity=F("consumed") + F("released"))),
                name="catalog_reservation_state_matches",
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

    @property
    def outstanding(self) -> int:
        """Return the pieces still promised: neither shipped nor given back."""
        return self.quantity - self.consumed - self.released


class StockDocument(models.Model):
    """A stock-in or stock-take as staff signed it; its lines are the movements that carry its reference."""

    class Kind(models.TextChoices):
        STOCK_IN = "stock_in", _("stock-in")
        STOCK_TAKE = "stock_take", _("stock-take")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reference = models.CharField(_("reference"), max_length=64)
    location = models.ForeignKey(Location, verbose_name=_("location"), on_delete=models.PROTECT)
    reason = models.CharField(_("reason"), max_length=200)
    lines = models.PositiveIntegerField(_("SKUs"))
    pieces = models.IntegerField(_("change in pieces"))
    actor_key = models.CharField(max_length=160, editable=False)
    actor_label = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("stock document")
        verbose_name_plural = _("stock documents")
        constraints = [
            models.UniqueConstraint(fields=("kind", "reference"), name="catalog_stock_document_once")
        ]

    def __str__(self) -> str:
        return self.reference


class SoldOutDay(models.Model):
    """Seconds of a Beijing day in which a SKU could not be bought from a location.

    No sales then is not no demand: a forecast leaves that time out.
    """

    stock = models.ForeignKey(
        Stock, verbose_name=_("stock"), on_delete=models.CASCADE, related_name="sold_out_days", db_index=False
    )
    day = models.DateField(_("day"))
    seconds = models.PositiveIntegerField(_("seconds sold out"))

    class Meta:
        verbose_name = _("sold-out day")
        verbose_name_plural = _("sold-out days")
        constraints = [
            models.UniqueConstraint(fields=("stock", "day"), name="catalog_sold_out_day_once"),
            models.CheckConstraint(condition=Q(seconds__lte=86_400), name="catalog_sold_out_day_length"),
        ]

    def __str__(self) -> str:
        return f"{self.stock_id} {self.day}"


class StockPace(models.Model):
    """How fast a stock sells: pieces shipped in the last 7 and 30 days, counted by a job."""

    stock = models.OneToOneField(
        Stock, verbose_name=_("stock"), primary_key=True, on_delete=models.CASCADE, related_name="pace"
    )
    sold_7 = models.PositiveIntegerField(_("sold in 7 days"), default=0)
    sold_30 = models.PositiveIntegerField(_("sold in 30 days"), default=0)

    class Meta:
        verbose_name = _("sales pace")
        verbose_name_plural = _("sales paces")

    def __str__(self) -> str:
        return f"{self.stock_id}: {self.sold_30}"
