"""Reads for the API, the console, pricing and the floors above."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from members.cards.errors import CardOwnedForever, CardTrialUsed, CardUnavailable
from members.cards.models import CardPurchase, CardUse, MemberCard, MemberCardPeriod
from members.cards.rules import CardKind
from members.cards.runtime import cards_enabled
from shop.core import clock
from shop.core.errors import NotFound, ShopError

OWN_TRIALS = Q(kind=CardKind.TRIAL.value, source__in=("purchase", "code"))
"""Periods that use up a member's one trial; trials that the shop gives do not."""

_CARD_COLUMNS: Final = tuple(field.column for field in MemberCard._meta.concrete_fields)
_CARD_FIELDS: Final = tuple(field.attname for field in MemberCard._meta.concrete_fields)
_PERIOD_COLUMNS: Final = tuple(field.column for field in MemberCardPeriod._meta.concrete_fields)
_PERIOD_FIELDS: Final = tuple(field.attname for field in MemberCardPeriod._meta.concrete_fields)

# One statement for whoever prices: the card that is asked for, if it is offered, and the member's periods.
_HOLDING = f"""
SELECT {", ".join(f"c.{name}" for name in _CARD_COLUMNS)},
       {", ".join(f"p.{name}" for name in _PERIOD_COLUMNS)}
FROM (SELECT 1) AS always
LEFT JOIN members_membercard c ON c.id = %(card)s AND c.is_active
LEFT JOIN members_membercardperiod p ON p.member_id = %(member)s AND (
    p.ended_at IS NULL AND (p.ends_at IS NULL OR p.ends_at > %(now)s)
    OR p.kind = 'trial' AND p.source <> 'gift')
ORDER BY p.id
"""  # noqa: S608  the columns of our own tables


@dataclass(frozen=True, slots=True)
class Holding:
    """What a member has of cards at a moment: ``periods`` run or will run, ``had_trial`` says it all."""

    at: datetime
    periods: tuple[MemberCardPeriod, ...]
    had_trial: bool
    card: MemberCard | None = None

    @property
    def running(self) -> tuple[MemberCardPeriod, ...]:
        """Return the periods that run now."""
        return tuple(period for period in self.periods if period.starts_at <= self.at)

    def renews(self, card: MemberCard) -> bool:
        """Return whether ``card`` prolongs one that runs; after a trial it does not count as renewal."""
        return any(
            period.series == card.series_key and period.kind != CardKind.TRIAL for period in self.periods
        )

    def price_of(self, card: MemberCard) -> int:
        """Return what the member pays for ``card``."""
        if self.renews(card) and card.renewal_price is not None:
            return card.renewal_price
        return card.price

    def objection_to(self, card: MemberCard) -> ShopError | None:
        """Return why the member cannot have ``card``, or ``None``."""
        if card.kind == CardKind.TRIAL and self.had_trial:
            return CardTrialUsed()
        mine = (period for period in self.periods if period.series == card.series_key)
        return CardOwnedForever() if any(period.ends_at is None for period in mine) else None


def holding_of(member_id: int, *, card_id: int | None = None) -> Holding:
    """Return what a member has, and the card that is asked for if it is offered; one statement."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_HOLDING, {"member": member_id, "card": card_id, "now": now})
        rows = cursor.fetchall()
    split = len(_CARD_COLUMNS)
    first = rows[0][:split]
    card = None if first[0] is None else MemberCard.from_db(connection.alias, _CARD_FIELDS, first)
    found = [
        MemberCardPeriod.from_db(connection.alias, _PERIOD_FIELDS, row[split:])
        for row in rows
        if row[split] is not None
    ]
    open_ones = tuple(
        period
        for period in found
        if period.ended_at is None and (period.ends_at is None or period.ends_at > now)
    )
    had_trial = any(
        period.kind == CardKind.TRIAL and period.source != MemberCardPeriod.Source.GIFT for period in found
    )
    return Holding(now, open_ones, had_trial, card)


def wanted_card(holding: Holding) -> MemberCard:
    """Return the card that was asked for; raises ``CardUnavailable`` or why the member cannot have it."""
    if holding.card is None or not cards_enabled():
        raise CardUnavailable
    objection = holding.objection_to(holding.card)
    if objection is not None:
        raise objection
    return holding.card


def cards_on_offer() -> QuerySet[MemberCard]:
    """Return the cards that members see, in the merchant's order."""
    if not cards_enabled():
        return MemberCard.objects.none()
    return MemberCard.objects.filter(is_active=True).order_by("position", "price", "id")


def periods_of(member_id: int) -> QuerySet[MemberCardPeriod]:
    """Return the member's card periods."""
    return MemberCardPeriod.objects.filter(member_id=member_id)


def purchases_of(member_id: int) -> QuerySet[CardPurchase]:
    """Return the member's card purchases."""
    return CardPurchase.objects.filter(member_id=member_id)


def purchase_of_member(*, member_id: int, number: str) -> CardPurchase:
    """Return a member's purchase; ``NotFound`` for an absent one and for another's alike."""
    found = purchases_of(member_id).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def period_of(purchase: CardPurchase) -> MemberCardPeriod | None:
    """Return what a purchase opened, if it was paid."""
    return MemberCardPeriod.objects.filter(
        source=MemberCardPeriod.Source.PURCHASE, reference=purchase.number
    ).first()


def uses_of(period: MemberCardPeriod) -> QuerySet[CardUse]:
    """Return the orders that the card made cheaper, without those that were cancelled."""
    return CardUse.objects.filter(period=period, returned_at__isnull=True)


def saved_with(period: MemberCardPeriod) -> int:
    """Return by how many fen the card made orders cheaper."""
    return uses_of(period).aggregate(total=Sum("discount"))["total"] or 0


def export_rows(member_id: int) -> Iterator[dict[str, Any]]:
    """Yield the member's periods for the export."""
    fields = ("card_name", "kind", "source", "starts_at", "ends_at", "ended_at", "gift_money")
    yield from periods_of(member_id).order_by("pk").values(*fields)
