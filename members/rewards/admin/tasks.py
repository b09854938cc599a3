"""Tasks, how far members are, and which rewards they took."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from members.rewards.models import Task, TaskClaim, TaskProgress
from members.rewards.models.tasks import TaskKind
from members.rewards.permissions import EDIT_REWARDS, VIEW_REWARDS
from shop.core.console import (
    BoundedPaginator,
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    ShopModelAdmin,
    money_text,
)
from shop.core.money import MAX_FEN, format_yuan, parse_yuan


class TaskForm(forms.ModelForm):
    """A task whose goal is typed as people say it: an amount in yuan, or a number of things."""

    goal = forms.CharField(
        label=Task._meta.get_field("goal").verbose_name,
        help_text=Task._meta.get_field("goal").help_text,
        initial=1,
        max_length=15,
        widget=UnfoldAdminTextInputWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.kind == TaskKind.SPEND:
            self.initial["goal"] = format_yuan(self.instance.goal)

    def clean(self) -> dict[str, Any]:
        """Turn the goal into fen or a number; refuse what is neither."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = str(cleaned.get("goal", "")).strip()
        if not text:
            return cleaned
        read = parse_yuan if cleaned.get("kind") == TaskKind.SPEND else int
        try:
            cleaned["goal"] = read(text)
        except ValueError:
            cleaned["goal"] = 0
        if not 1 <= cleaned["goal"] <= MAX_FEN:
            self.add_error("goal", _("Enter a whole number of at least 1; for spending an amount in yuan."))
        return cleaned


def _amount(kind: str, number: int) -> str:
    """Return a goal as people read it: spending in yuan, everything else as a number."""
    return money_text(number) if kind == TaskKind.SPEND else str(number)


@admin.register(Task)
class TaskAdmin(ShopModelAdmin):
    """What members can do for a reward. A task is taken off by not offering it any more."""

    form = TaskForm
    view_permission = VIEW_REWARDS
    add_permission = EDIT_REWARDS
    change_permission = EDIT_REWARDS
    nav_group = NavGroup.MEMBERS
    nav_icon = "task_alt"
    nav_order = 74
    list_display = (
        "name",
        "kind",
        "goal_words",
        "window",
        "points",
        "growth",
        "money",
        "is_active",
        "starts_at",
        "ends_at",
        "position",
    )
    list_filter = ("is_active", "kind", "window")
    search_fields = ("name",)
    ordering = ("position", "id")
    fieldsets = (
        (None, {"fields": ("name", "text", "kind", "goal", "window")}),
        (gettext_lazy("Reward"), {"fields": ("points", "growth", "money")}),
        (gettext_lazy("Offer"), {"fields": ("is_active", "starts_at", "ends_at", "position")}),
    )

    @admin.display(description=gettext_lazy("Goal"), ordering="goal")
    def goal_words(self, task: Task) -> str:
        """Show the goal, money in yuan."""
        return _amount(task.kind, task.goal)


class _RecordAdmin(ReadOnlyAdmin):
    """Rows of members and tasks, newest first."""

    view_permission = VIEW_REWARDS
    nav_group = NavGroup.MEMBERS
    paginator = BoundedPaginator
    list_display_links = None
    list_select_related = ("member", "task")
    search_fields = ("=member__id",)
    search_help_text = gettext_lazy("Member number")


@admin.register(TaskProgress)
class TaskProgressAdmin(_RecordAdmin):
    """How far members are. Profiles and phone numbers are looked at when needed and do not appear."""

    nav_icon = "trending_up"
    nav_order = 75
    list_display = ("changed_at", "member", "task", "window_words", "done_words")
    list_filter = ("task", ("changed_at", DayRangeFilter))
    ordering = ("-changed_at", "-id")

    @admin.display(description=gettext_lazy("Window from"), ordering="window")
    def window_words(self, progress: TaskProgress) -> str:
        """Show the day on which the window begins; a task that is done once has none."""
        return window_words(progress)

    @admin.display(description=gettext_lazy("Progress"))
    def done_words(self, progress: TaskProgress) -> str:
        """Show what is done of how many."""
        task = progress.task
        return f"{_amount(task.kind, progress.amount)} / {_amount(task.kind, task.goal)}"


@admin.register(TaskClaim)
class TaskClaimAdmin(_RecordAdmin):
    """Rewards that members took."""

    nav_icon = "military_tech"
    nav_order = 76
    list_display = (
        "created_at",
        "member",
        "task",
        "window_words",
        "points",
        "growth",
        "money",
        "reversed_at",
    )
    list_filter = ("task", ("created_at", DayRangeFilter))
    ordering = ("-created_at", "-id")

    @admin.display(description=gettext_lazy("Window from"), ordering="window")
    def window_words(self, claim: TaskClaim) -> str:
        """Show the day on which the window begins; a task that is done once has none."""
        return window_words(claim)


def window_words(row: TaskProgress | TaskClaim) -> str:
    """Return the first day of a row's window, or how often it can be done if that is once."""
    task = row.task
    return str(task.get_window_display()) if task.window == "once" else row.window.isoformat()
