"""Paying from the wallet and giving it back: every payment remembers its split."""

from members.wallet.models import (
    GIFT,
    PRINCIPAL,
    WalletGiftEntry,
    WalletPrincipalEntry,
    WalletSpend,
)
from members.wallet.rules import Split, split_refund, split_spend
from members.wallet.services.accounts import lock_accounts, open_accounts
from members.wallet.services.authority import check_authority
from shop.core import clock
from shop.core.db import in_transaction, lock_row
from shop.core.errors import InsufficientBalance, LedgerConflict
from shop.core.runtime import value

PAYMENT = "payment"
REFUND = "refund"


@in_transaction
def debit_wallet(
    *,
    member_id: int,
    amount: int,
    payment_number: str,
    wallet_token: str | None = None,
    agreed: bool = False,
) -> None:
    """Take ``amount`` fen for a payment from both balances by the spending order, and remember the split.

    ``agreed``: the member agreed to this payment before, no password is asked for. The same payment again
    changes nothing. Locks principal, then gift. Raises ``InsufficientBalance``,
    ``LedgerConflict`` (the payment was made with another amount), and what ``check_authority`` raises.
    """
    balance = lock_accounts(member_id)
    known = WalletSpend.objects.filter(payment_number=payment_number).first()
    if known is not None:
        if (known.member_id, known.principal + known.gift) != (member_id, amount):
            raise LedgerConflict(reason=PAYMENT, reference=payment_number)
        return
    verified = agreed or check_authority(member_id=member_id, amount=amount, wallet_token=wallet_token)
    if amount > balance.total:
        raise InsufficientBalance
    order = value("wallet_spending_order")
    split = split_spend(amount=amount, balance=balance, order=order)
    WalletSpend.objects.create(
        payment_number=payment_number,
        member_id=member_id,
        principal=split.principal,
        gift=split.gift,
        spending_order=order,
        verified=verified,
        created_at=clock.now(),
    )
    _post(member_id, Split(-split.principal, -split.gift), reason=PAYMENT, reference=payment_number)


@in_transaction
def credit_wallet(*, member_id: int, amount: int, payment_number: str, refund_number: str) -> None:
    """Give ``amount`` fen of a payment back to where they came from; once for each refund number.

    Locks the payment's split, then principal, then gift. Raises ``NotFound`` for a payment that this wallet
    did not make, ``LedgerConflict`` for a known refund of another amount, ``ValueError`` for more than the
    payment has left (payments never promises more).
    """
    spend = lock_row(WalletSpend.objects.filter(payment_number=payment_number, member_id=member_id))
    known = refunded_before(member_id=member_id, refund_number=refund_number)
    if known is not None:
        if known != amount:
            raise LedgerConflict(reason=REFUND, reference=refund_number)
        return
    split = split_refund(
        amount=amount,
        spent=Split(spend.principal, spend.gift),
        returned=Split(spend.returned_principal, spend.returned_gift),
        order=spend.spending_order,
        rule=value("wallet_refund_rule"),
    )
    spend.returned_principal += split.principal
    spend.returned_gift += split.gift
    spend.save(update_fields=["returned_principal", "returned_gift"])
    _post(member_id, split, reason=REFUND, reference=refund_number, memo=payment_number)


def refunded_before(*, member_id: int, refund_number: str) -> int | None:
    """Return what a refund gave back, or ``None`` if it was never booked."""
    amounts = [
        *WalletPrincipalEntry.objects.filter(
            account=member_id, reason=REFUND, reference=refund_number
        ).values_list("amount", flat=True),
        *WalletGiftEntry.objects.filter(
            account=member_id, reason=REFUND, reference=refund_number
        ).values_list("amount", flat=True),
    ]
    return sum(amounts) if amounts else None


def _post(member_id: int, split: Split, *, reason: str, reference: str, memo: str = "") -> None:
    open_accounts(member_id)
    for ledger, amount in ((PRINCIPAL, split.principal), (GIFT, split.gift)):
        if amount:
            ledger.post(account_id=member_id, amount=amount, reason=reason, reference=reference, memo=memo)
