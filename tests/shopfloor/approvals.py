"""Held actions of the test-suite."""

from collections.abc import Mapping
from typing import Any

from shop.core import approvals
from shop.core.approvals import Held
from shop.core.errors import Conflict
from tests.shopfloor.models import Note

PAY_OUT = "shopfloor.pay_out"
RUN: list[Held] = []
"""What executors were given; a rolled-back run stays listed, its note does not."""


def pay_out(held: Held) -> Mapping[str, Any] | None:
    """Write a note; refuse when told to."""
    RUN.append(held)
    note = Note.objects.create(subject=f"payout {held.approval_id}", text=str(held.payload.get("amount")))
    if held.payload.get("refuse"):
        raise Conflict("the executor refuses")
    return {"note": note.pk} if not held.payload.get("silent") else None


approvals.declare(
    action=PAY_OUT,
    title="Pay out",
    executor="tests.shopfloor.approvals.pay_out",
    approve_permission="shopfloor.approve_pay_out",
)
