"""Check-in, invitations and tasks of a member."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.gifts import Gifts
from members.queries import active_member
from members.rewards.api.serializers import (
    TASK_CLAIM,
    TASKS,
    CalendarSchema,
    CheckInBody,
    CheckInSchema,
    InvitesSchema,
    MonthQuery,
    bundle_body,
    calendar_body,
    check_in_body,
    claim_body,
    invited_body,
    task_body,
)
from members.rewards.models.invites import Side
from members.rewards.queries import calendar_of, invitations_of, invite_counts, invite_rewards, tasks_of
from members.rewards.services.checking_in import check_in
from members.rewards.services.inviting import ensure_code
from members.rewards.services.tasks import claim_task
from shop.core.api.pagination import CursorQuery, paginate
from shop.core.api.schema import problem_responses
from shop.core.api.views import ShopView
from shop.core.runtime import value

NO_STORE = {"Cache-Control": "no-store"}


class CheckInsView(ShopView):
    """GET and POST /me/check-ins."""

    query_class = MonthQuery
    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="get_check_ins",
        parameters=[MonthQuery],
        responses={200: CalendarSchema},
        tags=["rewards"],
    )
    def get(self, request: Request) -> Response:
        """Show a month of check-ins, the streak, and what today and the coming days earn."""
        calendar = calendar_of(active_member(self.member_id), month=self.query.get("month"))
        body = calendar_body(calendar, is_open=bool(value("check_in_open")))
        return Response(body, headers=NO_STORE)

    @extend_schema(
        operation_id="check_in",
        request=CheckInBody,
        responses={200: CheckInSchema, 201: CheckInSchema, **problem_responses(409)},
        tags=["rewards"],
    )
    def post(self, request: Request) -> Response:
        """Check in today, or make up a missed `day` of this month.

        A day that is checked in already is answered as it is, with 200.
        """
        body = self.read_body(CheckInBody)
        done = check_in(member_id=self.member_id, day=body.get("day"))
        return Response(check_in_body(done.row), status=201 if done.is_new else 200, headers=NO_STORE)


class InvitesView(ShopView):
    """GET /me/invites."""

    query_class = CursorQuery

    @extend_schema(
        operation_id="list_invites",
        parameters=[CursorQuery],
        responses={200: InvitesSchema},
        tags=["rewards"],
    )
    def get(self, request: Request) -> Response:
        """Show the member's invitation code, what an invitation earns, and whom the member brought.

        The code goes into `touch.invite` of the newcomer's first login.
        """
        code = ensure_code(member_id=self.member_id)
        page = paginate(invitations_of(self.member_id), request=request, query=self.query, order=("-id",))
        body = {**_terms(), "code": code, **page.body([invited_body(row) for row in page.rows])}
        body["brought"], body["rewarded"] = invite_counts(self.member_id)
        return Response(body, headers=NO_STORE)


def _terms() -> dict[str, Any]:
    rewards = invite_rewards()
    return {
        "condition": value("invite_condition"),
        "inviter_reward": bundle_body(rewards.get(Side.INVITER, Gifts())),
        "newcomer_reward": bundle_body(rewards.get(Side.NEWCOMER, Gifts())),
        "day_cap": value("invite_day_cap") or None,
        "total_cap": value("invite_total_cap") or None,
    }


class TasksView(ShopView):
    """GET /me/tasks."""

    @extend_schema(operation_id="list_tasks", responses={200: TASKS}, tags=["rewards"])
    def get(self, request: Request) -> Response:
        """List the tasks that are offered now, with the member's progress in the present window."""
        views = tasks_of(active_member(self.member_id))
        return Response({"results": [task_body(view) for view in views]}, headers=NO_STORE)


class TaskClaimsView(ShopView):
    """POST /me/tasks/{id}/claims."""

    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="claim_task",
        request=None,
        responses={200: TASK_CLAIM, 201: TASK_CLAIM, **problem_responses(409)},
        tags=["rewards"],
    )
    def post(self, request: Request, task_id: int) -> Response:
        """Take the reward of a task that is done; once for each window, repeated with 200."""
        done = claim_task(member_id=self.member_id, task_id=task_id)
        return Response(claim_body(done.claim), status=201 if done.is_new else 200, headers=NO_STORE)
