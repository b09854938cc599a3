"""Points leave, oldest expiry first, and come back to the lots they came from."""

from datetime import datetime, time, timedelta

from django.db import connection
from django.db.models import F, Q

from members.points.errors import InsufficientPoints
from members.points.models import POINTS, PointsDraw, PointsEntry, PointsLot, PointsSpend
from members.points.rules import Part, take_in_order
from members.points.services.accounts import lock_points
from members.points.services.lapsing import lapse_lots
from shop.core import clock
from shop.core.db import in_transaction, joining_transaction
from shop.core.errors import LedgerConflict, NotFound
from shop.core.runtime import value

ORDER = "order_points"
"""Reason of points spent on an order."""

RETURNED = "points_returned"

# The spending, what it takes of each lot, and the lots, in one statement: orders wait for it.
_TAKE_OUT = """
WITH taken AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS part (lot_id, points)),
spend AS (
    INSERT INTO members_pointsspend (member_id, reason, reference, round, amount, returned, created_at)
    VALUES (%s, %s, %s, %s, %s, 0, %s) RETURNING id),
drawn AS (
    INSERT INTO members_pointsdraw (spend_id, lot_id, amount, returned)
    SELECT spend.id, taken.lot_id, taken.points, 0 FROM spend, taken)
UPDATE members_pointslot AS lot SET "left" = lot."left" - taken.points
FROM taken WHERE lot.id = taken.lot_id
"""


@in_transaction
def spend_points(
    *, member_id: int, amount: int, reason: str, reference: str, renew: bool = False, memo: str = ""
) -> None:
    """Take points, the lots that expire first giving first; once for each reason and reference.

    With ``renew`` a spending that was returned whole is made once more. Locks the points account. Raises
    ``InsufficientPoints``, ``LedgerConflict`` (spent before in another amount), ``ValueError`` for less than
    1.
    """
    if amount <= 0:
        raise ValueError("Somebody who spends gives something.")
    lock_points(member_id)
    last = _last_spend(member_id, reason, reference)
    if last is not None and not (renew and last.returned == last.amount):
        if last.amount != amount:
            raise LedgerConflict(reason=reason, reference=reference)
        return
    _spend(member_id, amount, reason, reference, round_=1 if last is None else last.round + 1, memo=memo)


@joining_transaction
def spend_on_new_order(*, member_id: int, amount: int, number: str) -> None:
    """Take the points of an order that is being placed: nothing was ever spent under its number.

    As ``spend_points``, in fewer statements; whatever it raises ends the caller's transaction.
    """
    lock_points(member_id)
    _spend(member_id, amount, ORDER, number)


def _spend(
    member_id: int, amount: int, reason: str, reference: str, *, round_: int = 1, memo: str = ""
) -> None:
    """Take points out of lots and ledger; the caller holds the account."""
    lots = _open_lots(member_id)
    available = sum(lot.points for lot in lots)
    if amount > available:
        raise InsufficientPoints(available=available)
    spend = PointsSpend(
        member_id=member_id,
        reason=reason,
        reference=reference,
        round=round_,
        amount=amount,
        created_at=clock.now(),
    )
    _take_out(spend, take_in_order(lots, amount), memo)


@in_transaction
def take_back_points(*, member_id: int, up_to: int, reason: str, reference: str, memo: str = "") -> int:
    """Take back at most ``up_to`` points and at most what is left; return how many were taken.

    Repeated under the same reason and reference, it returns what was taken the first time. Locks the points
    account.
    """
    if up_to < 0:
        raise ValueError("Nothing is taken back below zero.")
    lock_points(member_id)
    known = _last_spend(member_id, reason, reference)
    if known is not None:
        return known.amount
    lots = _open_lots(member_id)
    taken = min(up_to, sum(lot.points for lot in lots))
    if taken:
        spend = PointsSpend(
            member_id=member_id, reason=reason, reference=reference, amount=taken, created_at=clock.now()
        )
        _take_out(spend, take_in_order(lots, taken), memo)
    return taken


@in_transaction
def return_points(
    *, member_id: int, reference: str, amount: int, cause: str = "", reason: str = ORDER, memo: str = ""
) -> None:
    """Give spent points back to the lots they came from, once for each ``cause`` (a refund's number).

    Lots that live longest get theirs first. A lot that expired meanwhile lives again for as many days as the
    shop allows. Locks the points account. Raises ``NotFound`` for an unknown spending, ``LedgerConflict`` for
    a known cause with another amount, ``ValueError`` for more than the spending has left.
    """
    lock_points(member_id)
    spend = _last_spend(member_id, reason, reference)
    if spend is None:
        raise NotFound
    booked = f"{ledger_reference(spend)}:{cause}" if cause else ledger_reference(spend)
    known = PointsEntry.objects.filter(account=member_id, reason=RETURNED, reference=booked).first()
    if known is not None:
        if known.amount != amount:
            raise LedgerConflict(reason=RETURNED, reference=booked)
        return
    draws = list(PointsDraw.objects.filter(spend=spend).order_by("-pk"))
    back = take_in_order([Part(draw.pk, draw.amount - draw.returned) for draw in draws], amount)
    POINTS.post(account_id=member_id, amount=amount, reason=RETURNED, reference=booked, memo=memo)
    lots_of = {draw.pk: draw.lot_id for draw in draws}
    _revive([lots_of[part.id] for part in back])
    for part in back:
        PointsDraw.objects.filter(pk=part.id).update(returned=F("returned") + part.points)
        PointsLot.objects.filter(pk=lots_of[part.id]).update(left=F("left") + part.points)
    PointsSpend.objects.filter(pk=spend.pk).update(returned=F("returned") + amount)


def ledger_reference(spend: PointsSpend) -> str:
    """Return the reference under which a spending stands in the ledger."""
    return spend.reference if spend.round == 1 else f"{spend.reference}/{spend.round}"


def _last_spend(member_id: int, reason: str, reference: str) -> PointsSpend | None:
    rows = PointsSpend.objects.filter(member_id=member_id, reason=reason, reference=reference)
    return rows.order_by("-round").first()


def _open_lots(member_id: int) -> list[Part]:
    """Return the lots that can still be spent, the one that expires first first."""
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    rows = PointsLot.objects.filter(live, member_id=member_id, left__gt=0)
    ordered = rows.order_by(F("expires_at").asc(nulls_last=True), "pk")
    return [Part(*row) for row in ordered.values_list("pk", "left")]


def _take_out(spend: PointsSpend, parts: list[Part], memo: str) -> None:
    POINTS.post(
        account_id=spend.member_id,
        amount=-spend.amount,
        reason=spend.reason,
        reference=ledger_reference(spend),
        memo=memo,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_OUT,
            [
                [part.id for part in parts],
                [part.points for part in parts],
                spend.member_id,
                spend.reason,
                spend.reference,
                spend.round,
                spend.amount,
                spend.created_at,
            ],
        )


def _revive(lot_ids: list[int]) -> None:
    """Let lots that have expired live some days longer; what is still in them expires before."""
    late = list(PointsLot.objects.filter(pk__in=lot_ids, expires_at__lte=clock.now()))
    if not late:
        return
    lapse_lots([lot for lot in late if lot.left])
    days = int(value("points_return_days"))
    if days:
        midnight = datetime.combine(clock.today() + timedelta(days=days + 1), time(), tzinfo=clock.BEIJING)
        rows = PointsLot.objects.filter(pk__in=[lot.pk for lot in late])
        rows.update(expires_at=midnight, is_noticed=False)
