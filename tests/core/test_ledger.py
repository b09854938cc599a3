"""Ledger kit, one connection."""

import pytest
from tests.shopfloor.models import PURSE, PurseAccount


@pytest.mark.django_db
def test_post_moves_the_balance():
    account = PurseAccount.objects.create()
    entry = PURSE.post(account_id=account.pk, amount=500, reason="recharge", reference="A")
    account.refresh_from_db()
    assert (entry.balance_after, account.balance) == (500, 500)
