"""When members' cards run, and which orders they made cheaper."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.cards.models.card import CardTerms
from members.models.member import Member
from shop.core.money import FenField


class MemberCardPeriod(CardTerms):
    """A card of a member from one moment to another, with the benefits that it had then.

    Periods of a series follow each other without gap or overlap. ``ends_at`` is empty for a card for ever.
    ``ended_at`` is set when the card was taken back before its time (refund, withdrawn gift). ``settled_at``:
    its end was worked off.
    """

    class Source(models.TextChoices):
        PURCHASE = "purchase", _("bought")
        CODE = "code", _("card code")
        GIFT = "gift", _("given by the shop")

    member = models.ForeignKey(
        Member,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="card_periods",
        db_index=False,
    )
    source = models.CharField(_("came by"), max_length=8, choices=Source.choices)
    reference = models.CharField(_("reference"), max_length=200)
    gift_money = FenField(_("gift money"), default=0)
    starts_at = models.DateTimeField(_("runs from"))
    ends_at = models.DateTimeField(_("runs until"), null=True, blank=True)
    anchor = models.PositiveSmallIntegerField(editable=False)
    ended_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    end_reason = models.CharField(_("why taken back"), max_length=40, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("card period")
        verbose_name_plural = _("card periods")
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="cards_period_once"),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(kind="trial", source__in=["purchase", "code"]),
                name="cards_period_one_trial",
            ),
            models.UniqueConstraint(
                fields=["member", "series", "starts_at"],
                condition=Q(ended_at__isnull=True),
                name="cards_period_one_after_the_other",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True, kind="forever")
                | Q(ends_at__gt=F("starts_at")) & ~Q(kind="forever"),
                name="cards_period_span",
            ),
            models.CheckConstraint(
                condition=Q(discount_permille__gte=1) & Q(discount_permille__lte=1000) & Q(gift_money__gte=0),
                name="cards_period_benefits",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-starts_at"], name="cards_period_of_member"),
            models.Index(
                fields=["ends_at"],
                condition=Q(ended_at__isnull=True, settled_at__isnull=True, ends_at__isnull=False),
                name="cards_period_ending",
            ),
            models.Index(
                fields=["starts_at"],
                condition=Q(ended_at__isnull=True, begun_at__isnull=True),
                name="cards_period_beginning",
            ),
        ]

    def __str__(self) -> str:
        return self.card_name


class CardUse(models.Model):
    """An order that a card made cheaper by ``discount`` fen; ``returned_at``: it was cancelled unshipped."""

    period = models.ForeignKey(
        MemberCardPeriod, verbose_name=_("card period"), on_delete=models.CASCADE, related_name="uses"
    )
    order_number = models.CharField(_("order"), max_length=32, unique=True)
    discount = FenField(_("discount"))
    at = models.DateTimeField(_("at"))
    returned_at = models.DateTimeField(_("order cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a card")
        verbose_name_plural = _("uses of a card")
        constraints = [models.CheckConstraint(condition=Q(discount__gte=0), name="cards_use_discount")]

    def __str__(self) -> str:
        return self.order_number
