"""The roof's tables, plus what the test-suite's own app adds to them."""

from shop.subscriptions import CLOSING_CHECKS, EXPORTS, OWN_REFUNDS, REFUNDED_APART, SHEETS
from shop.subscriptions import INBOX as ROOF_INBOX
from shop.subscriptions import JOBS as ROOF_JOBS
from shop.subscriptions import PAYABLES as ROOF_PAYABLES
from shop.subscriptions import SUBSCRIPTIONS as ROOF_SUBSCRIPTIONS
from shop.subscriptions import TRANSFER_OWNERS as ROOF_TRANSFER_OWNERS

__all__ = [
    "CLOSING_CHECKS",
    "EXPORTS",
    "INBOX",
    "JOBS",
    "OWN_REFUNDS",
    "PAYABLES",
    "REFUNDED_APART",
    "SHEETS",
    "SUBSCRIPTIONS",
    "TRANSFER_OWNERS",
    "WALLET",
]

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    **ROOF_SUBSCRIPTIONS,
    "shopfloor.noted": (
        "tests.shopfloor.handlers.count_note",
        "tests.shopfloor.handlers.copy_note",
    ),
    "shopfloor.counted_then_held": (
        "tests.shopfloor.handlers.count_aggregate",
        "tests.shopfloor.handlers.count_and_wait",
    ),
    "shopfloor.deadly": ("tests.shopfloor.handlers.kill_the_process",),
    "shopfloor.held": ("tests.shopfloor.handlers.count_and_wait",),
}
PAYABLES: dict[str, str] = {**ROOF_PAYABLES, "bill": "tests.shopfloor.payable.BillHandler"}
TRANSFER_OWNERS: dict[str, str] = {**ROOF_TRANSFER_OWNERS, "payout": "tests.shopfloor.payable.PayoutOwner"}
WALLET: str | None = "tests.shopfloor.payable.PurseWallet"
INBOX: dict[str, str] = {**ROOF_INBOX}
JOBS: tuple[str, ...] = (*ROOF_JOBS, "tests.shopfloor.jobs")
