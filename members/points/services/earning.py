"""Giving points: an entry in the ledger and a lot that expires as a whole."""

from datetime import datetime

from members.points.models import POINTS, PointsLot
from members.points.rules import expires_at as expiry
from members.points.services.accounts import lock_points
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.errors import LedgerConflict
from shop.core.rows import find_row, insert_row
from shop.core.runtime import value


@in_transaction
def earn_points(
    *,
    member_id: int,
    amount: int,
    reason: str,
    reference: str,
    expires_at: datetime | None = None,
    memo: str = "",
) -> None:
    """Give a member points, once for each reason and reference. Locks the points account.

    They expire at ``expires_at``, or by the shop's policy. Raises ``LedgerConflict`` when they were given
    before in another amount, ``ValueError`` for less than 1.
    """
    if amount <= 0:
        raise ValueError("Somebody who earns gets something.")
    lock_points(member_id)
    known = find_row(PointsLot, member_id=member_id, source=reason, reference=reference)
    if known is not None:
        if known.amount != amount:
            raise LedgerConflict(reason=reason, reference=reference)
        return
    POINTS.post(account_id=member_id, amount=amount, reason=reason, reference=reference, memo=memo)
    insert_row(
        PointsLot(
            member_id=member_id,
            source=reason,
            reference=reference,
            amount=amount,
            left=amount,
            expires_at=expires_at or policy_expiry(),
            created_at=clock.now(),
        )
    )


def policy_expiry() -> datetime | None:
    """Return when points earned now expire by the shop's policy."""
    return expiry(
        policy=value("points_expiry"),
        earned=clock.today(),
        years=value("points_expiry_years"),
        months=value("points_expiry_months"),
    )
