"""Lists behind the operations page: every event, every run, every schedule."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from shop.core.console import ConfirmForm, ReadOnlyAdmin, actor_of, badge_column, console_action, json_column
from shop.core.models import JobRun, OutboxEvent
from shop.core.outbox import retry_dead_letter
from shop.wechat.inbox import retry_message
from shop.wechat.models import InboxMessage
from shop.wechat.permissions import RETRY_MESSAGE

SEE_OPERATIONS = "core.see_operations"
EVENT_COLOURS = {"pending": "info", "done": "success", "dead": "danger"}
MESSAGE_COLOURS = {
    "received": "info",
    "done": "success",
    "failed": "warning",
    "dead": "danger",
    "ignored": "neutral",
}
EVENT_CONTENT = json_column("payload", _("Content"))
RUN_COLOURS = {"running": "info", "done": "success", "failed": "danger", "lost": "danger"}

for _model in (PeriodicTask, IntervalSchedule, CrontabSchedule, ClockedSchedule, SolarSchedule):
    admin.site.unregister(_model)


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """Every event that was published and not yet purged."""

    view_permission = SEE_OPERATIONS
    list_display = (
        "id",
        "name",
        "aggregate",
        badge_column("state", _("State"), EVENT_COLOURS),
        "attempts",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "name")
    search_fields = ("aggregate", "name")
    fields = (
        "name",
        "aggregate",
        EVENT_CONTENT,
        "state",
        "attempts",
        "created_at",
        "next_attempt_at",
        "finished_at",
        "last_error",
    )
    readonly_fields = (EVENT_CONTENT,)
    ordering = ("-id",)
    actions = ("retry",)
    actions_detail = ("retry",)

    @console_action(
        permission="core.retry_dead_letter",
        title=_("Retry delivery"),
        form=ConfirmForm,
        confirm=_("Handlers that had succeeded are not repeated."),
        icon="replay",
    )
    def retry(self, request: HttpRequest, event: OutboxEvent, data: dict[str, Any]) -> None:
        """Put a dead letter back in the queue."""
        retry_dead_letter(actor=actor_of(request), event_id=event.pk)


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    """What WeChat sent us; its content names members and is not shown."""

    view_permission = SEE_OPERATIONS
    list_display = (
        "id",
        "event_type",
        "reference",
        badge_column("state", _("State"), MESSAGE_COLOURS),
        "attempts",
        "received_at",
        "finished_at",
    )
    list_filter = ("state", "source", "event_type")
    search_fields = ("=reference",)
    ordering = ("-id",)
    fields = (
        "source",
        "event_type",
        "reference",
        "state",
        "attempts",
        "received_at",
        "next_attempt_at",
        "finished_at",
        "last_error",
    )
    actions = ("retry",)
    actions_detail = ("retry",)

    @console_action(
        permission=RETRY_MESSAGE,
        title=_("Act on it again"),
        form=ConfirmForm,
        confirm=_("What had already taken effect is not repeated."),
        icon="replay",
    )
    def retry(self, request: HttpRequest, message: InboxMessage, data: dict[str, Any]) -> None:
        """Make a parked message due again."""
        retry_message(actor=actor_of(request), message_id=message.pk)


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """What the jobs did, newest first."""

    view_permission = SEE_OPERATIONS
    list_display = (
        "name",
        badge_column("outcome", _("Outcome"), RUN_COLOURS),
        "processed",
        "started_at",
        "finished_at",
        "error",
    )
    list_filter = ("outcome", "name")
    search_fields = ("name",)
    ordering = ("-id",)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ReadOnlyAdmin):
    """Schedules; the code says when, staff only says whether (on the operations page)."""

    view_permission = SEE_OPERATIONS
    list_display = ("name", "enabled", "scheduler", "last_run_at", "total_run_count")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fields = (
        "name",
        "task",
        "args",
        "queue",
        "scheduler",
        "enabled",
        "last_run_at",
        "total_run_count",
        "description",
    )


@admin.register(IntervalSchedule, CrontabSchedule, ClockedSchedule, SolarSchedule)
class ScheduleAdmin(ReadOnlyAdmin):
    """What schedules are made of."""

    view_permission = SEE_OPERATIONS
