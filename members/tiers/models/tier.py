"""Tiers and what they give."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from shop.core import clock
from shop.core.money import FenField

FULL_PRICE = 1000
"""Per mille of the price that is paid without a discount, and of the points that are earned without one."""
MOST_POINTS = 10_000
_PER_MILLE = (MinValueValidator(1), MaxValueValidator(FULL_PRICE))
_POINTS = (MinValueValidator(FULL_PRICE), MaxValueValidator(MOST_POINTS))
_DISCOUNT_HELP = _("What members pay of 1000: 950 is 5 per cent off, 1000 no discount.")
_POINTS_HELP = _("Of 1000: 1500 gives half as many again, 1000 the ordinary points.")
_EMPTY_HELP = _("Empty: does not count.")


class Tier(models.Model):
    """One step of the ladder; ``level`` orders them, the lowest is everybody's.

    A member reaches it when any of the ``from_`` figures is reached; without any it is had only by a card or
    by hand. It is kept ``keep_months`` (empty: for good) and kept again when any ``keep_`` figure was gained
    in that time; otherwise it is lost ``grace_days`` later. Money in fen, ``_permille`` of 1000.
    """

    class FreeShipping(models.TextChoices):
        NONE = "none", _("no free freight")
        ALWAYS = "always", _("always free freight")
        MONTHLY = "monthly", _("free freight some times a month")

    class MemberDay(models.TextChoices):
        NONE = "none", _("no member day")
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")

    name = models.CharField(_("name"), max_length=30, unique=True)
    level = models.PositiveSmallIntegerField(
        _("level"),
        unique=True,
        validators=[MinValueValidator(1)],
        help_text=_("1 is the lowest; every member has at least the lowest tier there is."),
    )
    is_active = models.BooleanField(_("in force"), default=True)
    description = models.TextField(_("description"), max_length=1000, blank=True)
    image = models.CharField(_("picture"), max_length=300, blank=True)

    from_growth = models.PositiveBigIntegerField(
        _("reached from growth"), null=True, blank=True, help_text=_EMPTY_HELP
    )
    from_spent = FenField(_("reached from total spend"), null=True, blank=True, help_text=_EMPTY_HELP)
    from_orders = models.PositiveIntegerField(
        _("reached from paid orders"), null=True, blank=True, help_text=_EMPTY_HELP
    )
    keep_months = models.PositiveSmallIntegerField(
        _("kept for months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Empty: for good."),
    )
    keep_growth = models.PositiveBigIntegerField(
        _("kept again with growth"),
        null=True,
        blank=True,
        help_text=_(
            "Gained while the tier was kept. With all three empty, what is needed to reach the tier counts."
        ),
    )
    keep_spent = FenField(_("kept again with spend"), null=True, blank=True)
    keep_orders = models.PositiveIntegerField(_("kept again with paid orders"), null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("How long after the end members may still gain what is missing."),
    )

    discount_permille = models.PositiveSmallIntegerField(
        _("price per mille"), default=FULL_PRICE, validators=_PER_MILLE, help_text=_DISCOUNT_HELP
    )
    free_shipping = models.CharField(
        _("free freight"), max_length=7, choices=FreeShipping.choices, default=FreeShipping.NONE
    )
    free_shipping_times = models.PositiveSmallIntegerField(
        _("times a month"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    points_permille = models.PositiveSmallIntegerField(
        _("points per mille"), default=FULL_PRICE, validators=_POINTS, help_text=_POINTS_HELP
    )
    member_day = models.CharField(
        _("member day"), max_length=7, choices=MemberDay.choices, default=MemberDay.NONE
    )
    member_day_number = models.PositiveSmallIntegerField(
        _("which day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_(
            "Every week: 1 is Monday, 7 Sunday. Every month: the day; in a shorter month its last one."
        ),
    )
    member_day_discount_permille = models.PositiveSmallIntegerField(
        _("price per mille on member day"),
        default=FULL_PRICE,
        validators=_PER_MILLE,
        help_text=_DISCOUNT_HELP,
    )
    member_day_points_permille = models.PositiveSmallIntegerField(
        _("points per mille on member day"), default=FULL_PRICE, validators=_POINTS, help_text=_POINTS_HELP
    )
    early_access_minutes = models.PositiveIntegerField(
        _("early access"),
        default=0,
        validators=[MaxValueValidator(10_080)],
        help_text=_("How many minutes before everybody else activities open to this tier."),
    )
    service_contact = models.CharField(
        _("exclusive service contact"),
        max_length=200,
        blank=True,
        help_text=_("Shown only to members of this tier: a name, phone or WeChat number."),
    )
    changed_at = models.DateTimeField(_("changed at"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ("level",)
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=1)
                & Q(discount_permille__range=(1, FULL_PRICE))
                & Q(member_day_discount_permille__range=(1, FULL_PRICE))
                & Q(points_permille__range=(FULL_PRICE, MOST_POINTS))
                & Q(member_day_points_permille__range=(FULL_PRICE, MOST_POINTS)),
                name="tiers_tier_figures",
            ),
            models.CheckConstraint(
                condition=~Q(free_shipping="monthly")
                | Q(free_shipping_times__isnull=False, free_shipping_times__gte=1),
                name="tiers_tier_free_shipping",
                violation_error_message=_("Say how many times a month freight is free."),
            ),
            models.CheckConstraint(
                condition=Q(member_day="none")
                | Q(member_day_number__isnull=False)
                & (
                    Q(member_day="weekly", member_day_number__range=(1, 7))
                    | Q(member_day="monthly", member_day_number__range=(1, 31))
                ),
                name="tiers_tier_member_day",
                violation_error_message=_(
                    "Say which day is the member day: 1 to 7, or 1 to 31 of the month."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GiftBundle(models.Model):
    """What a gift consists of; see ``members.gifts.Gifts``."""

    money = FenField(_("gift money"), default=0)
    points = models.PositiveIntegerField(_("gift points"), default=0)
    growth = models.PositiveIntegerField(_("gift growth"), default=0)
    card = models.BigIntegerField(_("gift card"), null=True, blank=True)

    class Meta:
        abstract = True


class TierGift(GiftBundle):
    """What members of a tier are given, and when."""

    class Occasion(models.TextChoices):
        LEVEL_UP = "level_up", _("on reaching the tier")
        BIRTHDAY = "birthday", _("on the birthday")
        MONTHLY = "monthly", _("every month")

    tier = models.ForeignKey(Tier, verbose_name=_("tier"), on_delete=models.CASCADE, related_name="gifts")
    occasion = models.CharField(_("occasion"), max_length=8, choices=Occasion.choices)

    class Meta:
        verbose_name = _("gift of a tier")
        verbose_name_plural = _("gifts of a tier")
        ordering = ("tier", "occasion")
        constraints = [
            models.UniqueConstraint(
                fields=("tier", "occasion"),
                name="tiers_gift_once",
                violation_error_message=_("This tier already has a gift for this occasion."),
            ),
            models.CheckConstraint(condition=Q(money__gte=0), name="tiers_gift_amount"),
        ]

    def __str__(self) -> str:
        return str(self.get_occasion_display())


class HolidayPack(GiftBundle):
    """What members of a tier are given on one day of the calendar."""

    name = models.CharField(_("name"), max_length=30)
    day = models.DateField(_("day"))
    tier = models.ForeignKey(Tier, verbose_name=_("tier"), on_delete=models.CASCADE, related_name="packs")

    class Meta:
        verbose_name = _("holiday pack")
        verbose_name_plural = _("holiday packs")
        ordering = ("-day", "tier")
        constraints = [
            models.UniqueConstraint(
                fields=("tier", "day"),
                name="tiers_pack_once",
                violation_error_message=_("This tier already has a pack for this day."),
            ),
            models.CheckConstraint(condition=Q(money__gte=0), name="tiers_pack_amount"),
        ]
        indexes = [models.Index(fields=["day"], name="tiers_pack_by_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.day:%Y-%m-%d}"


class SkuTierPrice(models.Model):
    """The price of a SKU for one tier, in fen. It takes the place of the tier's discount."""

    sku = models.ForeignKey(
        Sku, verbose_name=_("SKU"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.CASCADE, related_name="sku_prices", db_index=False
    )
    price = FenField(_("price"))

    class Meta:
        verbose_name = _("tier price")
        verbose_name_plural = _("tier prices")
        ordering = ("tier", "sku")
        constraints = [
            models.UniqueConstraint(fields=("sku", "tier"), name="tiers_price_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="tiers_price_amount"),
        ]
        indexes = [models.Index(fields=["tier", "sku"], name="tiers_price_of_tier")]

    def __str__(self) -> str:
        return f"{self.sku_id} {self.tier_id}"
