"""A member's points and growth accounts: opened when first needed, locked points before growth."""

from typing import TypeVar

from members.points.models import GrowthAccount, PointsAccount
from shop.core.rows import find_row

A = TypeVar("A", PointsAccount, GrowthAccount)


def lock_points(member_id: int) -> PointsAccount:
    """Lock the member's points account, and with it every lot of theirs, for the rest of the transaction."""
    return _lock(PointsAccount, member_id)


def lock_growth(member_id: int) -> GrowthAccount:
    """Lock the member's growth account for the rest of the transaction."""
    return _lock(GrowthAccount, member_id)


def _lock(model: type[A], member_id: int) -> A:
    account = find_row(model, lock=True, pk=member_id)
    if account is None:
        model._default_manager.bulk_create([model(member_id=member_id)], ignore_conflicts=True)
        account = find_row(model, lock=True, pk=member_id)
    if account is None:
        raise RuntimeError("An account that was just opened is gone.")
    return account
