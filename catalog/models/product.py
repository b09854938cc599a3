"""Products (SPU), their SKUs, pictures and the history of their prices."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.places import FreightTemplate
from catalog.models.taxonomy import Brand, Category, ServicePromise, Tag
from shop.core.money import FenField


class Product(models.Model):
    """What shoppers see as one product; what they buy is one of its SKUs.

    ``min_price``, ``max_price``, ``market_price`` (fen; the last is the cheapest SKU's), ``cover`` (the
    first picture) and ``search`` are derived by the services that write SKUs, pictures and texts, so that
    lists sort and filter on one table. ``search_is_stale`` asks a job to derive ``search`` anew after a
    brand, tag or category was renamed. ``code`` is the merchant's own number, unique where there is one:
    workbooks find products by it. ``sales`` counts pieces of completed payments. ``spec_names`` gives
    the order in which specifications are shown. A product is deleted by mark: order lines go on naming it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ON_SALE = "on_sale", _("on sale")
        OFF_SALE = "off_sale", _("off sale")

    code = models.CharField(_("product code"), max_length=40, blank=True, db_default="", default="")
    title = models.CharField(_("title"), max_length=120)
    subtitle = models.CharField(_("subtitle"), max_length=200, blank=True)
    category = models.ForeignKey(
        Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="products"
    )
    brand = models.ForeignKey(Brand, verbose_name=_("brand"), null=True, blank=True, on_delete=models.PROTECT)
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), through="ProductTag", blank=True)
    promises = models.ManyToManyField(ServicePromise, verbose_name=_("service promises"), blank=True)
    freight_template = models.ForeignKey(
        FreightTemplate, verbose_name=_("freight template"), null=True, blank=True, on_delete=models.PROTECT
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    on_sale_at = models.DateTimeField(_("goes on sale at"), null=True, blank=True)
    off_sale_at = models.DateTimeField(_("goes off sale at"), null=True, blank=True)
    listed_at = models.DateTimeField(_("first listed at"), null=True, blank=True, editable=False)
    detail = models.TextField(_("detail"), blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    spec_names = models.JSONField(_("specification names"), default=list, blank=True)
    min_quantity = models.PositiveIntegerField(
        _("least per order"), default=1, validators=[MinValueValidator(1)]
    )
    limit_per_order = models.PositiveIntegerField(_("limit per order"), null=True, blank=True)
    limit_per_member = models.PositiveIntegerField(_("limit per member"), null=True, blank=True)
    is_virtual = models.BooleanField(_("virtual"), default=False)
    no_reason_return = models.BooleanField(_("7-day no-reason return"), default=True)
    cover = models.ForeignKey(
        "Media",
        verbose_name=_("cover picture"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    sales = models.PositiveBigIntegerField(_("sold"), default=0, editable=False)
    min_price = FenField(_("lowest price"), default=0, editable=False)
    max_price = FenField(_("highest price"), default=0, editable=False)
    market_price = FenField(_("crossed-out price"), null=True, editable=False)
    position = models.IntegerField(_("position"), default=0)
    search = SearchVectorField(null=True, editable=False)
    search_is_stale = models.BooleanField(default=False, editable=False)
    is_deleted = models.BooleanField(_("in the recycle bin"), default=False, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(
                fields=("code",), condition=~Q(code=""), name="catalog_product_code_once"
            ),
            models.CheckConstraint(condition=Q(min_quantity__gte=1), name="catalog_product_min_quantity"),
            models.CheckConstraint(
                condition=Q(off_sale_at__isnull=True)
                | Q(on_sale_at__isnull=True)
                | Q(off_sale_at__gt=models.F("on_sale_at")),
                name="catalog_product_schedule_order",
            ),
            models.CheckConstraint(
                condition=~Q(state="on_sale") | Q(listed_at__isnull=False),
                name="catalog_product_listed_when_on_sale",
            ),
            models.CheckConstraint(
                condition=Q(limit_per_order__isnull=True) | Q(limit_per_order__gte=models.F("min_quantity")),
                name="catalog_product_limit_order",
            ),
            models.CheckConstraint(
                condition=Q(limit_per_member__isnull=True)
                | Q(limit_per_member__gte=models.F("min_quantity")),
                name="catalog_product_limit_member",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="catalog_product_search"),
            GinIndex(fields=["attributes"], opclasses=["jsonb_path_ops"], name="catalog_product_attributes"),
            models.Index(
                fields=["-position", "-id"],
                condition=Q(state="on_sale", is_deleted=False),
                name="catalog_listed_default",
            ),
            models.Index(
                fields=["-sales", "-id"],
                condition=Q(state="on_sale", is_deleted=False),
                name="catalog_listed_sales",
            ),
            models.Index(
                fields=["min_price", "id"],
                condition=Q(state="on_sale", is_deleted=False),
                name="catalog_listed_price",
            ),
            models.Index(
                fields=["-listed_at", "-id"],
                condition=Q(state="on_sale", is_deleted=False),
                name="catalog_listed_new",
            ),
            models.Index(
                fields=["id"], condition=Q(search_is_stale=True), name="catalog_product_search_stale"
            ),
            models.Index(
                fields=["on_sale_at"], condition=Q(on_sale_at__isnull=False), name="catalog_product_goes_on"
            ),
            models.Index(
                fields=["off_sale_at"],
                condition=Q(off_sale_at__isnull=False),
                name="catalog_product_goes_off",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProductTag(models.Model):
    """Which tags a product carries."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)

    class Meta:
        verbose_name = _("product tag")
        verbose_name_plural = _("product tags")
        constraints = [models.UniqueConstraint(fields=("product", "tag"), name="catalog_product_tag_once")]

    def __str__(self) -> str:
        return f"{self.product_id}:{self.tag_id}"


class Sku(models.Model):
    """One buyable combination of specifications, such as 白色 / L. Prices in fen, weight in g, volume in cm3.

    A SKU is never deleted once sold: ``is_active`` takes it off the page.
    """

    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="skus"
    )
    code = models.CharField(_("SKU code"), max_length=40, unique=True)
    spec = models.JSONField(_("specification"), default=dict, blank=True)
    price = FenField(_("price"), validators=[MinValueValidator(1)])
    market_price = FenField(_("market price"), null=True, blank=True, validators=[MinValueValidator(1)])
    cost = FenField(_("cost"), null=True, blank=True, validators=[MinValueValidator(0)])
    weight_g = models.PositiveIntegerField(_("weight in g"), default=0)
    volume_cm3 = models.PositiveIntegerField(_("volume in cm3"), default=0)
    barcode = models.CharField(_("barcode (GTIN)"), max_length=14, blank=True)
    image = models.ForeignKey(
        "Media", verbose_name=_("picture"), null=True, blank=True, on_delete=models.SET_NULL
    )
    position = models.IntegerField(_("position"), default=0)
    is_active = models.BooleanField(pgettext_lazy("SKU", "active"), default=True)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=1), name="catalog_sku_price_positive"),
            models.CheckConstraint(
                condition=Q(market_price__isnull=True) | Q(market_price__gte=models.F("price")),
                name="catalog_sku_market_price_not_lower",
            ),
            models.CheckConstraint(condition=Q(cost__isnull=True) | Q(cost__gte=0), name="catalog_sku_cost"),
            models.UniqueConstraint(
                fields=("product", "spec"),
                condition=Q(is_active=True),
                name="catalog_sku_spec_once_per_product",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Media(models.Model):
    """A picture or video of a product, or of none yet.

    ``sha256`` is that of the uploaded bytes. ``renditions`` maps a width in pixels to a stored WebP file; it
    is empty until they are made, at upload or by a job that gives up after ``MAX_RENDER_ATTEMPTS``.
    """

    MAX_RENDER_ATTEMPTS = 3

    class Kind(models.TextChoices):
        IMAGE = "image", _("picture")
        VIDEO = "video", _("video")

    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="media",
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.IMAGE)
    file = models.FileField(_("file"), upload_to="products/%Y/%m/", max_length=200)
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    size = models.PositiveIntegerField(_("bytes"), default=0, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    renditions = models.JSONField(default=dict, blank=True, editable=False)
    render_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    in_detail = models.BooleanField(_("shown in the detail"), default=False)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("picture or video")
        verbose_name_plural = _("pictures and videos")
        ordering = ("position", "id")
        indexes = [
            models.Index(
                fields=["id"], condition=Q(kind="image", renditions={}), name="catalog_media_to_render"
            ),
        ]

    def __str__(self) -> str:
        return str(self.file.name)


class PriceChange(models.Model):
    """A price in force from ``at`` on. A crossed-out price must have been charged: this proves it."""

    sku = models.ForeignKey(
        Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="price_changes", db_index=False
    )
    price = FenField(_("price"))
    market_price = FenField(_("market price"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    actor_key = models.CharField(max_length=160, editable=False)
    actor_label = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        indexes = [models.Index(fields=["sku", "-at"], name="catalog_price_change_sku_at")]

    def __str__(self) -> str:
        return f"{self.sku_id} {self.at:%Y-%m-%d}"
