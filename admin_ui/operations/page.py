"""One screen that answers: does everything that should happen by itself happen?"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

import shop
from admin_ui.operations import services
from admin_ui.operations.queries import LATE, Operations, count_dead
from shop.core import clock
from shop.core.actors import Actor
from shop.core.console import ConsolePage, NavGroup, actor_of, console_page, may, refusal_text
from shop.core.errors import NotFound, ShopError
from shop.core.outbox import retry_dead_letter
from shop.wechat.inbox import retry_message
from shop.wechat.permissions import RETRY_MESSAGE

Work = Callable[[Actor, str], None]


@console_page
class OperationsPage(ConsolePage):
    """Jobs, queues, outbox, dead letters, WeChat, services; refreshed every 15 seconds."""

    name = "operations"
    path = "operations/"
    title = gettext_lazy("System status")
    template_name = "admin_ui/operations/page.html"
    permission = "core.see_operations"
    nav_group = NavGroup.SYSTEM
    nav_icon = "monitor_heart"
    nav_order = 10
    nav_hint = gettext_lazy("Deliveries that failed for good: read the error, then retry them.")

    @classmethod
    def nav_badge(cls, request: HttpRequest) -> int:
        """Return the number of dead letters, ours and WeChat's."""
        return count_dead()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything on the page and which buttons this person has."""
        user = self.request.user
        return super().get_context_data(
            operations=Operations(),
            now=clock.wall(),
            may_retry=may(user, "core.retry_dead_letter"),
            may_retry_messages=may(user, RETRY_MESSAGE),
            late=LATE,
            version=shop.__version__,
            may_run=may(user, "core.run_job"),
            may_pause=may(user, "core.pause_job"),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Carry out one button: each named thing by itself, so that one refusal does not stop the others."""
        works: dict[str, Work] = {
            "retry_events": _retry_event,
            "retry_messages": _retry_message,
            "run_jobs": _run_job,
            "pause_jobs": _pause_job,
            "resume_jobs": _resume_job,
        }
        work = works.get(request.POST.get("do", ""))
        if work is None:
            raise NotFound
        _carry_out(request, work, _chosen(request.POST))
        return HttpResponseRedirect(reverse("admin:operations"))


def _chosen(posted: QueryDict) -> list[str]:
    """Return the one thing whose own button was pressed, else the ticked ones."""
    one = posted.get("one", "")
    return [one] if one else posted.getlist("chosen")


def _carry_out(request: HttpRequest, work: Work, chosen: list[str]) -> None:
    done = 0
    for thing in chosen:
        try:
            work(actor_of(request), thing)
        except ShopError as refusal:
            messages.error(request, f"{thing}: {refusal_text(refusal)}")
        else:
            done += 1
    if done:
        text = ngettext("Done for %(count)d entry.", "Done for %(count)d entries.", done)
        messages.success(request, text % {"count": done})
    if not chosen:
        messages.warning(request, _("Nothing was selected."))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise NotFound
    return int(text)


def _retry_event(actor: Actor, event_id: str) -> None:
    retry_dead_letter(actor=actor, event_id=_number(event_id))


def _retry_message(actor: Actor, message_id: str) -> None:
    retry_message(actor=actor, message_id=_number(message_id))


def _run_job(actor: Actor, name: str) -> None:
    services.start_job(actor=actor, name=name)


def _pause_job(actor: Actor, name: str) -> None:
    services.switch_job(actor=actor, name=name, enabled=False)


def _resume_job(actor: Actor, name: str) -> None:
    services.switch_job(actor=actor, name=name, enabled=True)
