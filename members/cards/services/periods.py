"""Opening and ending card periods: each once, one after the other in its series, with its gift.

The member's wallet is the lock of their cards, because opening a card may give money: one lock, and no order
to get wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from members.cards.errors import CardOwnedForever, CardTrialUsed
from members.cards.events import CardEnded, CardOpened
from members.cards.models import MemberCardPeriod
from members.cards.queries import OWN_TRIALS
from members.cards.rules import CardKind, span_of
from members.wallet.services.accounts import lock_accounts
from members.wallet.services.gifts import grant_gift
from shop.core import clock
from shop.core.errors import ShopError
from shop.core.outbox import publish

Source = MemberCardPeriod.Source

OPENING_GIFT = "card_opening_gift"
RENEWAL_GIFT = "card_renewal_gift"
TRIAL_GIFT = "card_trial_gift"


@dataclass(frozen=True, slots=True)
class Opening:
    """How somebody comes by a card: ``terms`` of the card, once for each ``source`` and ``reference``."""

    member_id: int
    terms: Mapping[str, Any]
    source: Source
    reference: str
    gift_money: int = 0
    is_renewal: bool = False

    @property
    def gift_reason(self) -> str:
        """Return what the wallet says about the gift: trial, renewal and opening gifts stand apart."""
        if self.terms["kind"] == CardKind.TRIAL:
            return TRIAL_GIFT
        return RENEWAL_GIFT if self.is_renewal else OPENING_GIFT


def lock_cards(member_id: int) -> None:
    """Lock the member's cards for the rest of the transaction: the wallet's lock."""
    lock_accounts(member_id)


def objection_to(opening: Opening) -> ShopError | None:
    """Return why a card cannot be opened now, or ``None``. The caller holds the lock."""
    if opening.terms["kind"] == CardKind.TRIAL and opening.source != Source.GIFT:
        trials = MemberCardPeriod.objects.filter(OWN_TRIALS, member_id=opening.member_id)
        if trials.exclude(source=opening.source, reference=opening.reference).exists():
            return CardTrialUsed()
    if _chain(opening.member_id, opening.terms["series"]).filter(ends_at__isnull=True).exists():
        return CardOwnedForever()
    return None


def open_period(opening: Opening) -> MemberCardPeriod:
    """Give the card and its gift money, once. Locks the wallet.

    Raises ``CardTrialUsed``, ``CardOwnedForever``.
    """
    lock_cards(opening.member_id)
    known = MemberCardPeriod.objects.filter(
        member_id=opening.member_id, source=opening.source, reference=opening.reference
    ).first()
    if known is not None:
        return known
    objection = objection_to(opening)
    if objection is not None:
        raise objection
    period = _place(opening)
    if opening.gift_money:
        grant_gift(
            member_id=opening.member_id,
            amount=opening.gift_money,
            reason=opening.gift_reason,
            reference=opening.reference,
            memo=f"card:{period.pk}",
        )
    publish(_opened(period))
    return period


def _place(opening: Opening) -> MemberCardPeriod:
    """Write the period behind the last one of its series."""
    now = clock.now()
    last = _chain(opening.member_id, opening.terms["series"]).order_by("ends_at").last()
    span = span_of(
        kind=opening.terms["kind"],
        trial_days=opening.terms["trial_days"],
        now=now,
        previous_end=None if last is None else last.ends_at,
        anchor=0 if last is None else last.anchor,
    )
    return MemberCardPeriod.objects.create(
        **opening.terms,
        member_id=opening.member_id,
        source=opening.source,
        reference=opening.reference,
        gift_money=opening.gift_money,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        anchor=span.anchor,
        created_at=now,
    )


def end_period(period: MemberCardPeriod, *, reason: str) -> None:
    """Take a card back before its time; later ones of its series move up. The caller holds the lock."""
    now = clock.now()
    period.ended_at, period.end_reason = now, reason[:40]
    period.settled_at = now
    period.save(update_fields=["ended_at", "end_reason", "settled_at"])
    _move_up(period)
    publish(CardEnded(period.member_id, period=period.pk, card=period.card_name, reason=reason))


def _move_up(gone: MemberCardPeriod) -> None:
    """Let the later periods of a series follow each other again, without the gone one."""
    now = clock.now()
    later = list(
        _chain(gone.member_id, gone.series).filter(starts_at__gt=gone.starts_at).order_by("starts_at")
    )
    earlier = _chain(gone.member_id, gone.series).filter(starts_at__lt=gone.starts_at)
    before = earlier.order_by("ends_at").last()
    end, anchor = (None, 0) if before is None else (before.ends_at, before.anchor)
    for period in later:
        span = span_of(
            kind=period.kind, trial_days=period.trial_days, now=now, previous_end=end, anchor=anchor
        )
        period.starts_at, period.ends_at, period.anchor = span.starts_at, span.ends_at, span.anchor
        period.reminded_at = period.begun_at = None
        period.save(update_fields=["starts_at", "ends_at", "anchor", "reminded_at", "begun_at"])
        end, anchor = span.ends_at, span.anchor


def _chain(member_id: int, series: str) -> Any:
    """Return the periods of a series that run or will run."""
    rows = MemberCardPeriod.objects.filter(member_id=member_id, series=series, ended_at__isnull=True)
    return rows.exclude(ends_at__lte=clock.now())


def _opened(period: MemberCardPeriod) -> CardOpened:
    return CardOpened(
        period.member_id,
        period=period.pk,
        card=period.card_name,
        source=period.source,
        starts_at=period.starts_at.isoformat(),
        ends_at="" if period.ends_at is None else period.ends_at.isoformat(),
        gift=period.gift_money,
    )
