"""The cards that a shop sells."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.cards.rules import CardKind
from members.tiers.models import Tier
from shop.core.money import FenField

CARD_KINDS = (
    (CardKind.TRIAL.value, _("trial card")),
    (CardKind.MONTH.value, _("monthly card")),
    (CardKind.QUARTER.value, _("quarterly card")),
    (CardKind.YEAR.value, _("yearly card")),
    (CardKind.FOREVER.value, _("card for ever")),
)
MOST_TRIAL_DAYS = 366
NO_DISCOUNT = 1000


class MemberCard(models.Model):
    """One card at one price. Cards of the same ``series`` extend each other. Amounts in fen.

    ``discount_permille`` is what goods cost while it runs: 950 is 5 per cent off, 1000 nothing off. Purchases
    and periods keep the card as it was, so it may change at any time; it is never deleted.
    """

    name = models.CharField(_("name"), max_length=40)
    kind = models.CharField(_("runs for"), max_length=8, choices=CARD_KINDS, default=CardKind.YEAR.value)
    trial_days = models.PositiveIntegerField(
        _("days of the trial"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_TRIAL_DAYS)],
        help_text=_("For trial cards only; each member has one trial."),
    )
    series = models.CharField(
        _("series"),
        max_length=40,
        blank=True,
        help_text=_("Cards of the same series extend each other. Empty: only the same card extends it."),
    )
    price = FenField(_("price"), validators=[MinValueValidator(0)])
    renewal_price = FenField(
        _("renewal price"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("For members whose card of the series still runs. Empty: the price."),
    )
    discount_permille = models.PositiveIntegerField(
        _("goods cost (per mille)"),
        default=NO_DISCOUNT,
        validators=[MinValueValidator(1), MaxValueValidator(NO_DISCOUNT)],
        help_text=_("950 is 5 per cent off, 1000 no discount."),
    )
    tier = models.ForeignKey(
        Tier,
        verbose_name=_("member tier"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The member has at least this tier while the card runs."),
    )
    opening_gift = FenField(
        _("gift money when opened"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("Into the wallet's gift money when the card is paid; also for trial cards."),
    )
    renewal_gift = FenField(_("gift money when renewed"), default=0, validators=[MinValueValidator(0)])
    description = models.TextField(_("benefits in words"), blank=True, max_length=2000)
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("member card")
        verbose_name_plural = _("member cards")
        ordering = ("position", "price", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0)
                & (Q(price__gt=0) | Q(kind="trial"))
                & (Q(renewal_price__isnull=True) | Q(renewal_price__gt=0))
                & Q(opening_gift__gte=0)
                & Q(renewal_gift__gte=0),
                name="cards_card_amounts",
            ),
            models.CheckConstraint(
                condition=Q(discount_permille__gte=1) & Q(discount_permille__lte=NO_DISCOUNT),
                name="cards_card_discount",
            ),
            models.CheckConstraint(condition=Q(trial_days__gte=1), name="cards_card_trial_days"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a card that costs nothing, unless it is a trial."""
        super().clean()
        if self.price == 0 and self.kind != CardKind.TRIAL:
            raise ValidationError({"price": _("Only trial cards may cost nothing.")})

    def terms(self) -> dict[str, Any]:
        """Return what purchases and periods keep of the card."""
        return {
            "card_id": self.pk,
            "card_name": self.name,
            "kind": self.kind,
            "series": self.series_key,
            "trial_days": self.trial_days,
            "discount_permille": self.discount_permille,
            "tier_id": self.tier_id,
        }

    @property
    def series_key(self) -> str:
        """Return what a member's periods of this card and of those that extend it have in common."""
        return f"s:{self.series}" if self.series else f"c:{self.pk}"


class CardTerms(models.Model):
    """A card as it was when somebody got it."""

    TERMS = ("card_id", "card_name", "kind", "series", "trial_days", "discount_permille", "tier_id")

    card = models.ForeignKey(MemberCard, verbose_name=_("card"), on_delete=models.PROTECT, related_name="+")
    card_name = models.CharField(_("name of the card"), max_length=40)
    kind = models.CharField(_("runs for"), max_length=8, choices=CARD_KINDS)
    series = models.CharField(max_length=42, editable=False)
    trial_days = models.PositiveIntegerField(editable=False)
    discount_permille = models.PositiveIntegerField(_("goods cost (per mille)"))
    tier = models.ForeignKey(
        Tier,
        verbose_name=_("member tier"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        abstract = True

    def terms(self) -> dict[str, Any]:
        """Return these columns by name."""
        return {name: getattr(self, name) for name in self.TERMS}
