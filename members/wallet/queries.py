"""Reads for the API, the console and the floors above. Amounts in fen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from members.wallet.models import (
    Recharge,
    RechargePackage,
    WalletEntry,
    WalletGift,
    WalletGiftEntry,
    WalletPassword,
    WalletPrincipal,
    WalletPrincipalEntry,
)
from members.wallet.rules import Split, month_bounds
from shop.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Movement:
    """What happened to one balance in a month; ``outgoing`` is positive."""

    opening: int
    incoming: int
    outgoing: int

    @property
    def closing(self) -> int:
        """Return what was there at the end."""
        return self.opening + self.incoming - self.outgoing


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's month."""

    member_id: int
    principal: Movement
    gift: Movement


def balance_of(member_id: int) -> Split:
    """Return what is in a member's wallet; nothing for one who never had any."""
    principal = WalletPrincipal.objects.filter(pk=member_id).values_list("balance", flat=True).first()
    gift = WalletGift.objects.filter(pk=member_id).values_list("balance", flat=True).first()
    return Split(principal or 0, gift or 0)


def has_password(member_id: int) -> bool:
    """Return whether the member has a payment password."""
    return WalletPassword.objects.filter(pk=member_id).exists()


def entries_of(member_id: int) -> QuerySet[WalletEntry]:
    """Return the movements of both of a member's balances."""
    return WalletEntry.objects.filter(member_id=member_id)


def packages_on_offer() -> QuerySet[RechargePackage]:
    """Return the recharge packages that members see, in the merchant's order."""
    return RechargePackage.objects.filter(is_active=True).order_by("position", "price", "id")


def recharges_of(member_id: int) -> QuerySet[Recharge]:
    """Return the member's recharges."""
    return Recharge.objects.filter(member_id=member_id)


def recharge_of_member(*, member_id: int, number: str) -> Recharge:
    """Return a member's recharge; ``NotFound`` for an absent one and for another's alike."""
    found = recharges_of(member_id).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def statement_of(*, member_id: int, month: date) -> Statement:
    """Return a member's month, by the calendar of Beijing; two queries."""
    start, end = month_bounds(month)
    return Statement(
        member_id,
        _movement(WalletPrincipalEntry.objects.filter(account=member_id), start, end),
        _movement(WalletGiftEntry.objects.filter(account=member_id), start, end),
    )


def _movement(entries: QuerySet[Any], start: datetime, end: datetime) -> Movement:
    inside = Q(created_at__gte=start)
    sums = entries.filter(created_at__lt=end).aggregate(
        opening=Sum("amount", filter=~inside),
        incoming=Sum("amount", filter=inside & Q(amount__gt=0)),
        outgoing=Sum("amount", filter=inside & Q(amount__lt=0)),
    )
    return Movement(sums["opening"] or 0, sums["incoming"] or 0, -(sums["outgoing"] or 0))


# One pass over each ledger, however many members: sums up to the end of the month, grouped by member.
_MONTH = """
SELECT member_id,
       coalesce(sum(amount) FILTER (WHERE gift = 0 AND NOT inside), 0),
       coalesce(sum(amount) FILTER (WHERE gift = 0 AND inside AND amount > 0), 0),
       coalesce(-sum(amount) FILTER (WHERE gift = 0 AND inside AND amount < 0), 0),
       coalesce(sum(amount) FILTER (WHERE gift = 1 AND NOT inside), 0),
       coalesce(sum(amount) FILTER (WHERE gift = 1 AND inside AND amount > 0), 0),
       coalesce(-sum(amount) FILTER (WHERE gift = 1 AND inside AND amount < 0), 0)
FROM (
    SELECT account_id AS member_id, 0 AS gift, amount, created_at >= %(start)s AS inside
    FROM members_walletprincipalentry WHERE created_at < %(end)s
    UNION ALL
    SELECT account_id, 1, amount, created_at >= %(start)s
    FROM members_walletgiftentry WHERE created_at < %(end)s
) AS entry
GROUP BY member_id ORDER BY member_id
"""
_FETCH = 1000


def monthly_statements(month: date) -> Iterator[Statement]:
    """Yield the month of every member who ever had anything, by member number; one statement, streamed."""
    start, end = month_bounds(month)
    with connection.chunked_cursor() as cursor:
        cursor.execute(_MONTH, {"start": start, "end": end})
        while rows := cursor.fetchmany(_FETCH):
            for member_id, *sums in rows:
                numbers = [int(number) for number in sums]
                yield Statement(member_id, Movement(*numbers[:3]), Movement(*numbers[3:]))
