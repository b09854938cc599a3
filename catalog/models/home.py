"""What staff put on the home page."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.product import Product
from catalog.models.taxonomy import Category, Tag

MOST_PRODUCTS = 30


class HomeSection(models.Model):
    """One section of the home page, shown while visible and within its time.

    ``source`` says where a products section takes its goods: picked by hand (its items), a category with all
    below it, a tag, or the best-selling or newest of the shop; ``limit`` is how many of them are shown.
    """

    class Kind(models.TextChoices):
        BANNERS = "banners", _("banners")
        SHORTCUTS = "shortcuts", _("shortcuts")
        NOTICES = "notices", _("notices")
        PRODUCTS = "products", pgettext_lazy("home section", "products")

    class Source(models.TextChoices):
        PICKED = "picked", _("picked by hand")
        CATEGORY = "category", _("a category")
        TAG = "tag", _("a tag")
        SALES = "sales", _("best-selling")
        NEW = "new", _("newest")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.BANNERS)
    title = models.CharField(_("title"), max_length=40, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0, editable=False)
    is_visible = models.BooleanField(_("visible"), default=True)
    starts_at = models.DateTimeField(_("shown from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("shown until"), null=True, blank=True)
    source = models.CharField(
        _("which products"), max_length=10, choices=Source.choices, default=Source.PICKED
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("tag"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    limit = models.PositiveSmallIntegerField(
        _("how many"), default=10, validators=[MinValueValidator(1), MaxValueValidator(MOST_PRODUCTS)]
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)

    class Meta:
        verbose_name = _("home page section")
        verbose_name_plural = _("home page sections")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="catalog_home_schedule_order",
            ),
            models.CheckConstraint(
                condition=Q(limit__gte=1) & Q(limit__lte=MOST_PRODUCTS), name="catalog_home_limit"
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.get_kind_display())


class HomeItem(models.Model):
    """One banner, shortcut, notice or picked product of a section.

    ``image`` and ``renditions`` name stored files, as ``Media`` does; a tap leads where ``link`` says.
    """

    class Link(models.TextChoices):
        NONE = "none", _("nowhere")
        PRODUCT = "product", _("a product")
        CATEGORY = "category", _("a category")
        PATH = "path", _("a page")

    section = models.ForeignKey(
        HomeSection, verbose_name=_("section"), on_delete=models.CASCADE, related_name="items"
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=60, blank=True)
    image = models.FileField(_("picture"), upload_to="home/", max_length=200, blank=True)
    renditions = models.JSONField(default=dict, blank=True, editable=False)
    link = models.CharField(_("leads to"), max_length=10, choices=Link.choices, default=Link.NONE)
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    path = models.CharField(_("page"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("home page item")
        verbose_name_plural = _("home page items")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.title or str(self.pk)
