"""Taking the month of every wallet out of the shop: allowed to few, and on the record."""

from datetime import date

from members.wallet.permissions import EXPORT_WALLET
from members.wallet.queries import Statement, monthly_statements
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.permissions import require


@in_transaction
def export_month(*, actor: Actor, month: date) -> list[Statement]:
    """Return the month of every member who ever had anything, by member number. Raises ``Forbidden``."""
    require(actor, EXPORT_WALLET)
    audit.record(actor=actor, action=EXPORT_WALLET, subject=("wallet_month", f"{month:%Y-%m}"))
    return list(monthly_statements(month))
