"""How the console's own pages show states, spans of time and data."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from admin_ui.operations.queries import LATE
from shop.core.console.columns import badge_html, json_text
from shop.core.jobs import JobStatus

register = template.Library()


@register.simple_tag
def badge(text: str, variant: str = "neutral") -> SafeString:
    """Return a state as a badge."""
    return badge_html(str(text), variant)


@register.filter
def seconds(value: float) -> str:
    """Return a number of seconds in words."""
    return duration(timedelta(seconds=value))


@register.filter
def duration(value: timedelta) -> str:
    """Return a span of time in its largest whole unit: "5 seconds", "3 hours"."""
    total = int(value.total_seconds())
    if total < 60:
        return ngettext("%(n)d second", "%(n)d seconds", total) % {"n": total}
    if total < 3600:
        return ngettext("%(n)d minute", "%(n)d minutes", total // 60) % {"n": total // 60}
    if total < 86400:
        return ngettext("%(n)d hour", "%(n)d hours", total // 3600) % {"n": total // 3600}
    return ngettext("%(n)d day", "%(n)d days", total // 86400) % {"n": total // 86400}


@register.filter
def pretty(value: Any) -> str:
    """Return data as readable JSON."""
    return json_text(value)


@register.filter
def is_late(status: JobStatus) -> bool:
    """Return whether a job should have started a good while ago."""
    return status.lag > LATE


@register.filter
def job_state(status: JobStatus) -> SafeString:
    """Return how a job is doing, the most urgent fact first."""
    if not status.enabled:
        return badge_html(_("paused"), "warning")
    if status.last_run is None:
        return badge_html(_("not run yet"), "neutral")
    if status.last_run.outcome in ("failed", "lost"):
        return badge_html(status.last_run.get_outcome_display(), "danger")
    if status.lag > LATE:
        return badge_html(_("late"), "warning")
    return badge_html(status.last_run.get_outcome_display(), "success")
