"""What products are sorted by: categories, brands, tags, attributes, service promises."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node


class Category(MP_Node):
    """A node of the category tree (materialised path: a subtree is one indexed query).

    Stock levels given here are the defaults for every SKU below, unless a deeper category or the SKU's own
    stock row says otherwise.
    """

    name = models.CharField(_("name"), max_length=60)
    image = models.FileField(_("picture"), upload_to="categories/", blank=True)
    is_visible = models.BooleanField(_("visible"), default=True)
    warning_level = models.PositiveIntegerField(_("warning level"), null=True, blank=True)
    safety_level = models.PositiveIntegerField(_("safety level"), null=True, blank=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A brand; its picture and story are shown on product pages."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    logo = models.FileField(_("logo"), upload_to="brands/", blank=True)
    story = models.TextField(_("story"), blank=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A short label such as 新品 or 热卖 that shoppers see and filters use."""

    name = models.CharField(_("name"), max_length=20, unique=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Attribute(models.Model):
    """A property products of a category have (材质, 产地); ``is_filter`` offers it as a list filter."""

    category = models.ForeignKey(
        Category, verbose_name=_("category"), null=True, blank=True, on_delete=models.CASCADE
    )
    name = models.CharField(_("name"), max_length=30)
    is_filter = models.BooleanField(_("filter"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("category", "name"), nulls_distinct=False, name="catalog_attribute_once_per_category"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ServicePromise(models.Model):
    """A promise made with a product, such as 七天无理由退货 or 48小时发货."""

    name = models.CharField(_("name"), max_length=30, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("service promise")
        verbose_name_plural = _("service promises")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name
