"""Looking again at members whose time has come, and at all when the tiers were changed."""

from collections.abc import Callable

import structlog
from django.db import connection
from django.db.models import Max, Q

from members.models import Member
from members.tiers.models import MemberTier, Tier
from members.tiers.runtime import tiers_enabled
from members.tiers.services.evaluating import evaluate_member
from shop.core import clock
from shop.core.errors import ShopError
from shop.core.failures import describe_failure

log = structlog.get_logger(__name__)

BATCH = 200
MOST_BATCHES = 50
"""A run is bounded: what is left waits for the next one."""

_MISSING = """
SELECT member.id FROM members_member AS member
WHERE member.state = %s AND member.id > %s
  AND NOT EXISTS (SELECT 1 FROM members_membertier AS standing WHERE standing.member_id = member.id)
ORDER BY member.id LIMIT %s
"""


def review_tiers() -> int:
    """Evaluate members without a standing, those who are due, and those not seen since the tiers changed.

    Each in a transaction of its own: one that fails is logged and does not keep the others waiting. Returns
    how many were evaluated. Safe to repeat and at once.
    """
    if not tiers_enabled():
        return 0
    return _review(_missing) + _review(_due)


def _review(batch_after: Callable[[int], list[int]]) -> int:
    done, last = 0, 0
    for _batch in range(MOST_BATCHES):
        members = batch_after(last)
        if not members:
            break
        last = members[-1]
        done += sum(_evaluated(member_id) for member_id in members)
    return done


def _missing(last: int) -> list[int]:
    if not Tier.objects.filter(is_active=True).exists():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [Member.State.ACTIVE, last, BATCH])
        return [row[0] for row in cursor.fetchall()]


def _due(last: int) -> list[int]:
    changed = Tier.objects.aggregate(at=Max("changed_at"))["at"]
    stale = Q(due_at__lte=clock.now())
    if changed is not None:
        stale |= Q(evaluated_at__lt=changed)
    rows = MemberTier.objects.filter(stale, member__state=Member.State.ACTIVE, pk__gt=last)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _evaluated(member_id: int) -> bool:
    try:
        return evaluate_member(member_id=member_id) is not None
    except ShopError as error:
        log.warning("tier_not_evaluated", member=member_id, failure=describe_failure(error))
        return False
