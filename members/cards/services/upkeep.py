"""What happens to cards by lapse of time: they begin, they are about to end, they end."""

from datetime import timedelta

from members.cards.events import CardEnded, CardExpiring
from members.cards.models import MemberCardPeriod
from shop.core import clock
from shop.core.db import claim_rows, in_transaction
from shop.core.outbox import publish
from shop.core.runtime import value

BATCH = 200


@in_transaction
def end_cards() -> int:
    """Announce the cards that came to their end, at most ``BATCH``; return how many. Safe at once."""
    over = MemberCardPeriod.objects.filter(
        ended_at__isnull=True, settled_at__isnull=True, ends_at__lte=clock.now()
    )
    periods = claim_rows(over.order_by("ends_at"), limit=BATCH)
    for period in periods:
        period.settled_at = clock.now()
        period.save(update_fields=["settled_at"])
        if not _goes_on(period):
            publish(CardEnded(period.member_id, period=period.pk, card=period.card_name, reason="expired"))
    return len(periods)


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
