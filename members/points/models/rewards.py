"""What earns points and growth, what was earned by it, and what is not certain yet."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from shop.core.money import FenField


class RewardKind(models.TextChoices):
    """What members do that the shop rewards."""

    ORDER = "order", _("order")
    SIGN_UP = "sign_up", _("joining")
    PROFILE = "profile", _("complete profile")
    CHECK_IN = "check_in", _("check-in")
    REVIEW = "review", _("review")
    SHARE = "share", _("sharing")
    INVITE = "invite", _("invitation")


class RewardRule(models.Model):
    """What one kind of deed earns. Orders earn for every ``per_fen`` of the goods that were paid."""

    kind = models.CharField(_("for"), max_length=8, choices=RewardKind.choices, unique=True)
    points = models.PositiveIntegerField(_("points"), default=0)
    growth = models.PositiveIntegerField(_("growth"), default=0)
    per_fen = FenField(
        _("for every"), default=100, help_text=_("Orders only: points and growth count for this much paid.")
    )
    times_per_day = models.PositiveIntegerField(
        _("times a day"), null=True, blank=True, help_text=_("For each member; empty: no limit.")
    )
    points_per_day = models.PositiveIntegerField(
        _("points a day at most"), null=True, blank=True, help_text=_("For each member; empty: no limit.")
    )
    growth_per_day = models.PositiveIntegerField(
        _("growth a day at most"), null=True, blank=True, help_text=_("For each member; empty: no limit.")
    )
    is_active = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ("id",)
        constraints = [models.CheckConstraint(condition=Q(per_fen__gt=0), name="points_rule_per_fen")]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class RewardDay(models.Model):
    """What a member has earned by one rule on one Beijing day, beside the caps that applied last."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=RewardKind.choices)
    day = models.DateField()
    times = models.PositiveIntegerField(default=0)
    points = models.PositiveBigIntegerField(default=0)
    growth = models.PositiveBigIntegerField(default=0)
    times_cap = models.PositiveIntegerField(null=True)
    points_cap = models.PositiveBigIntegerField(null=True)
    growth_cap = models.PositiveBigIntegerField(null=True)

    class Meta:
        verbose_name = _("day of earnings")
        verbose_name_plural = _("days of earnings")
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "day"], name="points_day_once"),
            models.CheckConstraint(
                condition=(Q(times_cap__isnull=True) | Q(times__lte=F("times_cap")))
                & (Q(points_cap__isnull=True) | Q(points__lte=F("points_cap")))
                & (Q(growth_cap__isnull=True) | Q(growth__lte=F("growth_cap"))),
                name="points_day_within_caps",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="points_day_age")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.day}"


class RewardGrant(models.Model):
    """What a rule gave for one deed, also when a cap left nothing to give."""

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(_("for"), max_length=8, choices=RewardKind.choices)
    reference = models.CharField(_("reference"), max_length=100)
    points = models.PositiveIntegerField(_("points"))
    growth = models.PositiveIntegerField(_("growth"))
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "reference"], name="points_grant_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class PendingReward(models.Model):
    """Points and growth that an order earns once nobody can return it any more.

    ``points_reversed`` and ``growth_reversed`` are what refunds took off it, in proportion; after it was
    credited, ``points_missing`` and ``growth_missing`` are what of that could not be taken back any more.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("to be credited")
        CREDITED = "credited", _("credited")
        CANCELLED = "cancelled", _("cancelled")

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(_("for"), max_length=8, choices=RewardKind.choices, default=RewardKind.ORDER)
    reference = models.CharField(_("reference"), max_length=100)
    points = models.PositiveIntegerField(_("points"))
    growth = models.PositiveIntegerField(_("growth"))
    points_reversed = models.PositiveIntegerField(_("points reversed"), default=0)
    growth_reversed = models.PositiveIntegerField(_("growth reversed"), default=0)
    points_missing = models.PositiveIntegerField(_("points not recovered"), default=0)
    growth_missing = models.PositiveIntegerField(_("growth not recovered"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(_("earned at"))
    due_at = models.DateTimeField(_("credited from"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("pending reward")
        verbose_name_plural = _("pending rewards")
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="points_pending_once"),
            models.CheckConstraint(
                condition=Q(points_reversed__lte=F("points"))
                & Q(growth_reversed__lte=F("growth"))
                & Q(points_missing__lte=F("points_reversed"))
                & Q(growth_missing__lte=F("growth_reversed")),
                name="points_pending_within",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="points_pending_of_member"),
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="points_pending_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    @property
    def points_left(self) -> int:
        """Return what refunds have left of the points."""
        return self.points - self.points_reversed

    @property
    def growth_left(self) -> int:
        """Return what refunds have left of the growth."""
        return self.growth - self.growth_reversed
