"""Books what WeChat holds for us. Called last in a transaction: the cash account is the busiest row."""

from shop.core.rows import find_row
from shop.payments.models import CASH, CashAccount


def post_cash(*, mchid: str, amount: int, reason: str, reference: str) -> None:
    """Post ``amount`` fen (signed) to the merchant's cash account; once per reason and reference.

    Locks the cash account until the transaction ends.
    """
    account = find_row(CashAccount, lock=True, mchid=mchid)
    if account is None:
        made = CashAccount.objects.get_or_create(mchid=mchid)[0]
        CASH.post(account_id=made.pk, amount=amount, reason=reason, reference=reference)
    else:
        CASH.post_locked(account, amount=amount, reason=reason, reference=reference)
