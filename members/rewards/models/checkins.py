"""Who checked in on which Beijing day, and what the days of a streak earn."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.rewards.models.bundle import Bundle

LONGEST_CYCLE = 366


class CheckInReward(Bundle):
    """What day ``day`` of a streak earns; a day without a row earns nothing."""

    day = models.PositiveIntegerField(
        _("day of the streak"),
        unique=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CYCLE)],
        help_text=_("The last day listed ends the cycle."),
    )

    class Meta:
        verbose_name = _("check-in reward")
        verbose_name_plural = _("check-in rewards")
        ordering = ("day",)
        constraints = [
            models.CheckConstraint(condition=Q(day__gte=1), name="rewards_checkin_reward_day"),
            models.CheckConstraint(condition=Q(money__gte=0), name="rewards_checkin_reward_money"),
        ]

    def __str__(self) -> str:
        return str(self.day)


class CheckIn(Bundle):
    """A member was here on a day. Points, growth and money are what that gave, the earning rule included.

    ``streak`` is which day of a streak it is now; a make-up before it raises it.
    """

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField(_("day"))
    streak = models.PositiveIntegerField(_("day of the streak"))
    is_made_up = models.BooleanField(_("made up"), default=False)
    cost = models.PositiveIntegerField(_("points paid"), default=0)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = [
            models.UniqueConstraint(fields=["member", "day"], name="rewards_checkin_once"),
            models.CheckConstraint(condition=Q(streak__gte=1), name="rewards_checkin_streak"),
            models.CheckConstraint(
                condition=Q(is_made_up=True) | Q(cost=0), name="rewards_checkin_only_make_ups_cost"
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="rewards_checkin_latest")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.day}"


class CheckInMonth(models.Model):
    """How many days of a month a member has made up, beside the number that was allowed last."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    made_up = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("month of make-ups")
        verbose_name_plural = _("months of make-ups")
        constraints = [
            models.UniqueConstraint(fields=["member", "month"], name="rewards_month_once"),
            models.CheckConstraint(condition=Q(made_up__lte=F("cap")), name="rewards_month_within_cap"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.month:%Y-%m}"
