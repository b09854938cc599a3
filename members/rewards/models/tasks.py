"""What the shop asks members to do, how far they are, and what they took for it."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.rewards.models.bundle import Bundle


class TaskKind(models.TextChoices):
    """What is to be done."""

    PROFILE = "profile", _("complete the profile")
    PHONE = "phone", _("bind a phone number")
    FAVOURITE = "favourite", _("keep products as favourites")
    ORDERS = "orders", _("have orders paid")
    SPEND = "spend", _("spend money")
    CHECK_IN = "check_in", _("check in")
    INVITE = "invite", _("invite members")


STATES = (TaskKind.PROFILE.value, TaskKind.PHONE.value)
"""Kinds that look at how a member is now; they cannot be done a second time."""


class TaskWindow(models.TextChoices):
    """How often a task can be done, by the calendar of Beijing."""

    ONCE = "once", _("once")
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")


class Task(Bundle):
    """Something to do and its reward. ``goal`` counts products, orders, fen, days or members."""

    NAME_LENGTH = 40
    TEXT_LENGTH = 200

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    text = models.CharField(_("description"), max_length=TEXT_LENGTH, blank=True)
    kind = models.CharField(_("to do"), max_length=9, choices=TaskKind.choices)
    goal = models.PositiveBigIntegerField(
        _("goal"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("Products, orders, days or members; for spending the amount in yuan."),
    )
    window = models.CharField(
        _("how often"), max_length=7, choices=TaskWindow.choices, default=TaskWindow.ONCE
    )
    starts_at = models.DateTimeField(_("begins at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(goal__gte=1), name="rewards_task_goal"),
            models.CheckConstraint(condition=Q(money__gte=0), name="rewards_task_money"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="rewards_task_time",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=STATES) | Q(window="once", goal=1),
                name="rewards_task_done_once",
                violation_error_message=_("A profile and a phone number are completed once: goal 1, once."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaskProgress(models.Model):
    """How far a member is with a task in one of its windows, which begins on a Beijing day."""

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    window = models.DateField(_("window from"))
    amount = models.BigIntegerField(_("progress"), default=0)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("task progress")
        verbose_name_plural = _("progress of tasks")
        constraints = [
            models.UniqueConstraint(fields=["member", "task", "window"], name="rewards_progress_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="rewards_progress_floor"),
        ]
        indexes = [models.Index(fields=["-changed_at", "-id"], name="rewards_progress_latest")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.task_id} {self.window}"


class TaskEvent(models.Model):
    """One deed that counted, so that it never counts twice; ``amount`` shrinks when money goes back."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    window = models.DateField()
    reference = models.CharField(max_length=64)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("deed")
        verbose_name_plural = _("deeds")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "task", "window", "reference"], name="rewards_deed_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="rewards_deed_floor"),
        ]
        indexes = [models.Index(fields=["window"], name="rewards_deed_age")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.reference}"


class TaskClaim(Bundle):
    """A member took the reward of a task, once for each window; the columns are what was given."""

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    window = models.DateField(_("window from"))
    goal = models.PositiveBigIntegerField(_("goal"))
    created_at = models.DateTimeField(_("at"))
    reversed_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("task reward")
        verbose_name_plural = _("task rewards")
        constraints = [
            models.UniqueConstraint(fields=["member", "task", "window"], name="rewards_claim_once"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="rewards_claim_latest")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.task_id} {self.window}"
