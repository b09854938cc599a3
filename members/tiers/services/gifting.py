"""Gifts by the calendar of Beijing: birthdays, every month, holidays.

Before each gift the member is evaluated under lock, so that whoever has left the tier gets none of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import connection

from members.models import Member
from members.tiers.models import GiftBundle, HolidayPack, TierGift, TierIssue
from members.tiers.rules import beijing_midnight, birthdays_on
from members.tiers.runtime import tiers_enabled
from members.tiers.services.evaluating import evaluate_member
from members.tiers.services.issuing import gifts_of, issue_bundle
from shop.core import clock
from shop.core.clock import BEIJING
from shop.core.db import in_transaction
from shop.core.errors import ShopError
from shop.core.failures import describe_failure

log = structlog.get_logger(__name__)

BATCH = 200
MOST_BATCHES = 50
"""A run is bounded: what is left waits for the next one."""
LATE_DAYS = 3
"""So many days after it a birthday or holiday gift is still given, if the job could not run on the day."""
BIRTHDAY_GAP = timedelta(days=300)
"""A birthday that was moved, even over the end of a year, brings no second gift within this time."""

_CANDIDATES = """
SELECT member.id FROM members_member AS member
JOIN members_membertier AS standing ON standing.member_id = member.id
WHERE member.id > %(last)s AND member.state = 'active' AND member.created_at < %(before)s
  AND CASE WHEN standing.lapses_at <= %(now)s THEN standing.lapses_to_id ELSE standing.tier_id END
      = ANY(%(tiers)s)
  AND NOT EXISTS (
      SELECT 1 FROM members_tierissue AS issue
      WHERE issue.member_id = member.id AND issue.kind = %(kind)s
        AND (issue.occasion = %(occasion)s OR issue.at > %(recent)s)
  )
  {only}
ORDER BY member.id LIMIT %(limit)s
"""
_BORN = """AND member.birthday IS NOT NULL
  AND (EXTRACT(month FROM member.birthday), EXTRACT(day FROM member.birthday)) IN (
      SELECT * FROM unnest(%(months)s::numeric[], %(days)s::numeric[])
  )"""
_EVER = datetime(9999, 1, 1, tzinfo=BEIJING)


@dataclass(frozen=True)
class Event:
    """One reason to give something: which bundle each tier gives, for which day."""

    kind: str
    occasion: str
    day: date
    bundles: Mapping[int, GiftBundle]


def give_calendar_gifts() -> int:
    """Give everything that the calendar asks for now; return how many gifts were given.

    Each in a transaction of its own: one that fails is logged and does not keep the others waiting. Safe to
    repeat and at once.
    """
    if not tiers_enabled():
        return 0
    return sum(_give_all(event) for event in events_on(clock.today()))


def events_on(today: date) -> Iterator[Event]:
    """Yield what is to be given on a day, with what may still be given late."""
    gifts: dict[str, dict[int, GiftBundle]] = {}
    for gift in TierGift.objects.filter(tier__is_active=True):
        if gifts_of(gift):
            gifts.setdefault(gift.occasion, {})[gift.tier_id] = gift
    days = [today - timedelta(days=late) for late in range(LATE_DAYS + 1)]
    if monthly := gifts.get(TierGift.Occasion.MONTHLY):
        yield Event(TierIssue.MONTHLY, f"{today:%Y-%m}", today, monthly)
    if birthday := gifts.get(TierGift.Occasion.BIRTHDAY):
        for day in days:
            yield Event(TierIssue.BIRTHDAY, str(day.year), day, birthday)
    packs: dict[date, dict[int, GiftBundle]] = {}
    for pack in HolidayPack.objects.filter(day__in=days, tier__is_active=True):
        if gifts_of(pack):
            packs.setdefault(pack.day, {})[pack.tier_id] = pack
    for day, bundles in sorted(packs.items()):
        yield Event(TierIssue.HOLIDAY, day.isoformat(), day, bundles)


def _give_all(event: Event) -> int:
    given, last = 0, 0
    for _batch in range(MOST_BATCHES):
        members = _candidates(event, last)
        if not members:
            break
        last = members[-1]
        given += sum(_given(event, member_id) for member_id in members)
    return given


def _candidates(event: Event, last: int) -> list[int]:
    now = clock.now()
    figures: dict[str, Any] = {
        "last": last,
        "before": beijing_midnight(event.day + timedelta(days=1)),
        "now": now,
        "tiers": list(event.bundles),
        "kind": event.kind,
        "occasion": event.occasion,
        "recent": now - BIRTHDAY_GAP if event.kind == TierIssue.BIRTHDAY else _EVER,
        "months": [month for month, _day in birthdays_on(event.day)],
        "days": [day for _month, day in birthdays_on(event.day)],
        "limit": BATCH,
    }
    statement = _CANDIDATES.format(only=_BORN if event.kind == TierIssue.BIRTHDAY else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, figures)
        return [row[0] for row in cursor.fetchall()]


def _given(event: Event, member_id: int) -> bool:
    try:
        return _give(event=event, member_id=member_id)
    except ShopError as error:
        log.warning("tier_gift_not_given", member=member_id, kind=event.kind, failure=describe_failure(error))
        return False


@in_transaction
def _give(*, event: Event, member_id: int) -> bool:
    """Give one member what the tier that counts now gives. Locks the standing, then the ledgers."""
    now = clock.now()
    row = evaluate_member(member_id=member_id, at=now)
    bundle = None if row is None else event.bundles.get(row.tier_id)
    if row is None or bundle is None:
        return False
    if event.kind == TierIssue.BIRTHDAY and not _may_celebrate(event, member_id, now):
        return False
    return issue_bundle(
        member_id=member_id,
        kind=event.kind,
        occasion=event.occasion,
        tier_id=row.tier_id,
        bundle=bundle,
        at=now,
    )


def _may_celebrate(event: Event, member_id: int, now: datetime) -> bool:
    """Look again under the standing's lock: the birthday as it is now, and the last birthday gift."""
    birthday = Member.objects.values_list("birthday", flat=True).get(pk=member_id)
    if birthday is None or (birthday.month, birthday.day) not in birthdays_on(event.day):
        return False
    issues = TierIssue.objects.filter(member_id=member_id, kind=TierIssue.BIRTHDAY)
    return not issues.filter(at__gt=now - BIRTHDAY_GAP).exists()
