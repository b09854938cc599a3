"""Where a member stands on the ladder, why, and how that changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.tiers.models.tier import GiftBundle, Tier
from shop.core.money import FenField

EARNED, CARD, HAND = "earned", "card", "hand"
SOURCES = ((EARNED, _("earned")), (CARD, _("member card")), (HAND, _("by hand")))
BASES = (("growth", _("growth")), ("spent", _("total spend")), ("orders", _("paid orders")))


class MemberTier(models.Model):
    """A member's standing. A member without a row has the lowest tier.

    ``tier`` is what counts until ``lapses_at``, then ``lapses_to`` does (a card or a decision by hand ends);
    ``source`` says where it comes from. The rest is what the member earned: ``earned`` since ``since``, to be
    kept again on ``keep_until``; the ``start_`` figures are the facts at the beginning of that time.
    ``proof_basis`` and ``proof_value`` say what the tier was reached with: refunds below it take it away,
    down to ``base_level``, which is held without proof. Levels up to ``lapsed_level`` were lost by time and
    must be earned anew by what is gained on top of the ``lost_`` figures; ``lapses`` counts such losses.
    ``due_at`` is when to look again.
    """

    member = models.OneToOneField(
        Member, verbose_name=_("member"), primary_key=True, on_delete=models.CASCADE, related_name="standing"
    )
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="members", db_index=False
    )
    source = models.CharField(_("source"), max_length=6, choices=SOURCES, default=EARNED)
    lapses_at = models.DateTimeField(_("until"), null=True, blank=True)
    lapses_to = models.ForeignKey(
        Tier,
        verbose_name=_("then"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    earned = models.ForeignKey(
        Tier, verbose_name=_("earned tier"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateField(_("earned on"))
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    period_from = models.DateField(_("gained since"))
    start_growth = models.BigIntegerField(_("growth then"), default=0)
    start_spent = FenField(_("spend then"), default=0)
    start_orders = models.IntegerField(_("orders then"), default=0)
    base_level = models.PositiveSmallIntegerField(_("held without proof"), default=0)
    proof_basis = models.CharField(_("reached by"), max_length=6, choices=BASES, blank=True)
    proof_value = models.BigIntegerField(_("reached with"), default=0)
    lapsed_level = models.PositiveSmallIntegerField(_("lost up to level"), default=0)
    lapses = models.PositiveSmallIntegerField(_("times lost"), default=0)
    lost_growth = models.BigIntegerField(_("growth at the last loss"), default=0)
    lost_spent = FenField(_("spend at the last loss"), default=0)
    lost_orders = models.IntegerField(_("orders at the last loss"), default=0)
    evaluated_at = models.DateTimeField(_("looked at"))
    due_at = models.DateTimeField(_("next look"), null=True, blank=True)

    class Meta:
        verbose_name = _("member's tier")
        verbose_name_plural = _("members' tiers")
        constraints = [
            models.CheckConstraint(
                condition=Q(lapses_at__isnull=True, lapses_to__isnull=True)
                | Q(lapses_at__isnull=False, lapses_to__isnull=False),
                name="tiers_standing_lapse",
            ),
        ]
        indexes = [
            models.Index(fields=["tier", "member"], name="tiers_standing_of_tier"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="tiers_standing_due"),
            models.Index(fields=["evaluated_at"], name="tiers_standing_looked_at"),
        ]

    def __str__(self) -> str:
        return str(self.member_id)


class TierGrant(models.Model):
    """A tier given by a card or by hand, from now until ``until`` (empty: for good) or until it is ended.

    ``is_fixed`` (by hand only): this tier exactly, whatever is earned; otherwise at least this one. A card
    still lifts a fixed tier, because it was paid for.
    """

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.CharField(_("source"), max_length=6, choices=SOURCES)
    is_fixed = models.BooleanField(_("exactly this tier"), default=False)
    reference = models.CharField(_("reference"), max_length=64)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    created_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name = _("granted tier")
        verbose_name_plural = _("granted tiers")
        constraints = [
            models.UniqueConstraint(fields=("member", "source", "reference"), name="tiers_grant_once"),
            models.CheckConstraint(
                condition=Q(is_fixed=False) | Q(source=HAND), name="tiers_grant_fixed_by_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"


class TierChange(models.Model):
    """One change of a member's tier; appended, never changed."""

    class Reason(models.TextChoices):
        JOINED = "joined", _("became a member")
        EARNED = "earned", _("reached the tier")
        LAPSED = "lapsed", _("not kept")
        REFUNDED = "refunded", _("no longer reached after refunds")
        CARD = "card", _("member card")
        CARD_ENDED = "card_ended", _("member card ended")
        HAND = "hand", _("set by hand")
        HAND_ENDED = "hand_ended", _("setting by hand ended")
        RULES = "rules", _("tiers were changed")

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    before = models.ForeignKey(
        Tier,
        verbose_name=_("before"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    after = models.ForeignKey(
        Tier, verbose_name=_("after"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of tier")
        verbose_name_plural = _("tier history")
        indexes = [
            models.Index(fields=["member", "-id"], name="tiers_change_of_member"),
            models.Index(fields=["-at"], name="tiers_change_by_day"),
        ]

    def __str__(self) -> str:
        return f"#{self.member_id} {self.get_reason_display()}"


class TierIssue(GiftBundle):
    """One gift of a tier that a member was given: each kind once for each occasion."""

    LEVEL_UP, BIRTHDAY, MONTHLY, HOLIDAY = "level_up", "birthday", "monthly", "holiday"
    KINDS = (
        (LEVEL_UP, _("on reaching the tier")),
        (BIRTHDAY, _("on the birthday")),
        (MONTHLY, _("every month")),
        (HOLIDAY, _("holiday pack")),
    )

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    occasion = models.CharField(_("occasion"), max_length=24)
    tier = models.ForeignKey(
        Tier, verbose_name=_("tier"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("issued tier gift")
        verbose_name_plural = _("issued tier gifts")
        constraints = [
            models.UniqueConstraint(fields=("member", "kind", "occasion"), name="tiers_issue_once"),
        ]
        indexes = [models.Index(fields=["-at"], name="tiers_issue_by_day")]

    def __str__(self) -> str:
        return f"#{self.member_id} {self.get_kind_display()} {self.occasion}"
