"""Where goods are and how they travel: stores, stock locations, freight templates."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core.money import FenField


class Store(models.Model):
    """A shop that people can visit and pick goods up from. Coordinates are GCJ-02, as WeChat gives them."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    province = models.CharField(_("province"), max_length=30)
    city = models.CharField(_("city"), max_length=30)
    district = models.CharField(_("district"), max_length=30, blank=True)
    detail = models.CharField(_("address"), max_length=120)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    opening_hours = models.CharField(_("opening hours"), max_length=100, blank=True)
    is_open = models.BooleanField(pgettext_lazy("store", "open"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A place that holds stock: a warehouse, or a store's back room. Exactly one is the default."""

    class Kind(models.TextChoices):
        WAREHOUSE = "warehouse", _("warehouse")
        STORE = "store", _("store")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.WAREHOUSE)
    store = models.OneToOneField(
        Store, verbose_name=_("store"), null=True, blank=True, on_delete=models.PROTECT
    )
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("stock location")
        verbose_name_plural = _("stock locations")
        constraints = [
            models.UniqueConstraint(
                fields=("is_default",), condition=Q(is_default=True), name="catalog_location_one_default"
            ),
            models.CheckConstraint(
                condition=Q(kind="store", store__isnull=False) | Q(kind="warehouse", store__isnull=True),
                name="catalog_location_store_matches_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FreightTemplate(models.Model):
    """What express delivery costs: a flat fee per order, free from an amount of goods upwards.

    Products of one template share one fee. Exactly one template is the default.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    flat_fee = FenField(_("fee"), validators=[MinValueValidator(0)])
    free_over = FenField(_("free from"), null=True, blank=True, validators=[MinValueValidator(0)])
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("freight template")
        verbose_name_plural = _("freight templates")
        constraints = [
            models.UniqueConstraint(
                fields=("is_default",), condition=Q(is_default=True), name="catalog_freight_one_default"
            ),
            models.CheckConstraint(condition=Q(flat_fee__gte=0), name="catalog_freight_fee_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name
