"""The test-suite's own payable, wallet and payout: real rows, real locks, nothing of an order's richness."""

from datetime import datetime, timedelta

from django.db.models import F

from shop.core import clock
from shop.core.db import lock_row
from shop.core.ids import new_number
from shop.payments.ports import KEEP, REFUND, Due, DueState, Verdict
from tests.shopfloor.models import PURSE, Bill, Payout, PurseAccount, Shelf

KIND = "bill"
PAYOUT = "payout"


def place_bill(
    *,
    amount: int = 1000,
    member_id: int = 7,
    shelf: Shelf | None = None,
    minutes: float | None = 30,
    part: str = "full",
) -> Bill:
    """Place a bill as an order would be placed: its unit is taken from the shelf."""
    if shelf is not None:
        Shelf.objects.filter(pk=shelf.pk).update(free=F("free") - 1)
    expires: datetime | None = None if minutes is None else clock.now() + timedelta(minutes=minutes)
    return Bill.objects.create(
        number=new_number(), amount=amount, member_id=member_id, shelf=shelf, expires_at=expires, part=part
    )


class BillHandler:
    """Keeps the money for an open or closing bill; for a closed one only if its unit is still to be had."""

    def lock(self, number: str) -> Due:
        bill = lock_row(Bill.objects.filter(number=number))
        return Due(
            member_id=bill.member_id,
            amount=bill.amount,
            part=bill.part,
            state=DueState(bill.state),
            expires_at=bill.expires_at,
        )

    def describe(self, number: str) -> str:
        return f"Bill {number}"

    def confirm(self, *, number: str, payment_number: str, part: str, amount: int) -> Verdict:
        bill = Bill.objects.get(number=number)
        reason = self._objection(bill, amount)
        if reason:
            Bill.objects.filter(pk=bill.pk).update(refused=F("refused") + 1)
            return REFUND(reason)
        Bill.objects.filter(pk=bill.pk).update(state="paid", confirmed=F("confirmed") + 1)
        return KEEP

    def start_closing(self, *, number: str, part: str, reason: str) -> None:
        Bill.objects.filter(number=number).update(state="closing")

    def release(self, *, number: str, part: str, reason: str) -> None:
        bill = Bill.objects.get(number=number)
        Bill.objects.filter(pk=bill.pk).update(state="closed", released=F("released") + 1)
        if bill.shelf_id is not None:
            Shelf.objects.filter(pk=bill.shelf_id).update(free=F("free") + 1)

    def _objection(self, bill: Bill, amount: int) -> str:
        if bill.state == "paid":
            return "already_paid"
        if amount != bill.amount:
            return "price_changed"
        if bill.state == "closed" and bill.shelf_id is not None:
            taken = Shelf.objects.filter(pk=bill.shelf_id, free__gt=0).update(free=F("free") - 1)
            return "" if taken else "sold_out"
        return ""


class PurseWallet:
    """A member's purse; its account has the member's id."""

    def debit(
        self,
        *,
        member_id: int,
        amount: int,
        payment_number: str,
        wallet_token: str | None,
        agreed: bool = False,
    ) -> None:
        account, _created = PurseAccount.objects.get_or_create(pk=member_id)
        PURSE.post(account_id=account.pk, amount=-amount, reason="payment", reference=payment_number)

    def credit(self, *, member_id: int, amount: int, payment_number: str, refund_number: str) -> None:
        PURSE.post(account_id=member_id, amount=amount, reason="refund", reference=refund_number)


class PayoutOwner:
    """Counts what happens to a payout."""

    def lock(self, number: str) -> None:
        lock_row(Payout.objects.filter(number=number))

    def settle(self, *, number: str, transfer_number: str, amount: int) -> None:
        Payout.objects.filter(number=number).update(settled=F("settled") + 1)

    def give_back(self, *, number: str, transfer_number: str, amount: int, reason: str) -> None:
        Payout.objects.filter(number=number).update(returned=F("returned") + 1, reason=reason)
