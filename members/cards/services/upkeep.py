"""What happens to cards by lapse of time: they begin, they are about to end, they end."""

from datetime import timedelta

from django.db.models import Q

from members.cards.events import CardEnded, CardExpiring
from members.cards.models import MemberCardPeriod
from members.tiers.services.granting import end_card_tier, grant_card_tier
from shop.core import clock
from shop.core.db import claim_rows, in_transaction, lock_rows
from shop.core.outbox import publish
from shop.core.runtime import value

BATCH = 200


def turn_cards() -> int:
    """Begin and end what the calendar asks for, at most ``BATCH`` members; return how many. Safe at once."""
    now = clock.now()
    over = Q(settled_at__isnull=True, ends_at__lte=now)
    begins = Q(begun_at__isnull=True, starts_at__lte=now)
    due = MemberCardPeriod.objects.filter(over | begins, ended_at__isnull=True)
    members = set(due.order_by("starts_at").values_list("member_id", flat=True)[:BATCH])
    for member_id in sorted(members):
        turn_cards_of(member_id=member_id)
    return len(members)


@in_transaction
def turn_cards_of(*, member_id: int) -> None:
    """Bring a member's cards up to date: tiers that come with them, and the news of what has ended.

    Safe to repeat and at once. Locks the member's tier, which comes before any wallet, then the periods.
    """
    now = clock.now()
    mine = MemberCardPeriod.objects.filter(member_id=member_id)
    for period in mine.filter(begun_at__isnull=True, ended_at__isnull=True).order_by("starts_at"):
        if period.starts_at <= now or _keeps_tier(period):
            _begin(period)
    for period in mine.filter(begun_at__isnull=False, ended_at__isnull=False, tier__isnull=False):
        end_card_tier(member_id=member_id, reference=_reference(period))
    over = mine.filter(ended_at__isnull=True, settled_at__isnull=True, ends_at__lte=now)
    for period in lock_rows(over):
        period.settled_at = now
        period.save(update_fields=["settled_at"])
        if not _goes_on(period):
            publish(CardEnded(member_id, period=period.pk, card=period.card_name, reason="expired"))


def _begin(period: MemberCardPeriod) -> None:
    """Give the period's tier, if it has one, until the period ends."""
    if period.tier_id is not None:
        grant_card_tier(
            member_id=period.member_id,
            tier_id=period.tier_id,
            until=period.ends_at,
            reference=_reference(period),
        )
    MemberCardPeriod.objects.filter(pk=period.pk).update(begun_at=clock.now())


def _keeps_tier(period: MemberCardPeriod) -> bool:
    """Return whether a later period goes on with the tier of the one before, so that it never lapses."""
    if period.tier_id is None:
        return False
    before = MemberCardPeriod.objects.filter(
        member_id=period.member_id,
        series=period.series,
        ended_at__isnull=True,
        ends_at=period.starts_at,
        tier_id=period.tier_id,
    )
    return before.exists()


def _reference(period: MemberCardPeriod) -> str:
    return f"card:{period.pk}"


@in_transaction
def remind_members() -> int:
    """Tell whose card ends soon with nothing after it, once for each card, at most ``BATCH``; return how
    many were told. Safe at once."""
    days = int(value("card_remind_days"))
    if not days:
        return 0
    now = clock.now()
    ending = MemberCardPeriod.objects.filter(
        ended_at__isnull=True,
        settled_at__isnull=True,
        reminded_at__isnull=True,
        starts_at__lte=now,
        ends_at__gt=now,
        ends_at__lte=now + timedelta(days=days),
    )
    told = 0
    for period in claim_rows(ending.order_by("ends_at"), limit=BATCH):
        period.reminded_at = now
        period.save(update_fields=["reminded_at"])
        if period.ends_at is not None and not _goes_on(period):
            ends_at = period.ends_at.isoformat()
            publish(CardExpiring(period.member_id, period=period.pk, card=period.card_name, ends_at=ends_at))
            told += 1
    return told


def _goes_on(period: MemberCardPeriod) -> bool:
    """Return whether another period of the series follows."""
    later = MemberCardPeriod.objects.filter(
        member_id=period.member_id, series=period.series, ended_at__isnull=True
    )
    return later.filter(starts_at__gte=period.ends_at).exists()
