"""Refunding recharges and adjusting wallets: two people, exact figures, never below zero."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from members.wallet.audit import audit_wallet
from members.wallet.errors import NothingToPayBack, RechargeStateRefused, RefundPreviewChanged
from members.wallet.models import Recharge, RechargePackage
from members.wallet.services.adjusting import request_adjustment
from members.wallet.services.refunding import preview_refund, request_recharge_refund, settle_recharge_refund
from members.wallet.services.spending import debit_wallet
from shop.core import approvals
from shop.core.actors import Actor
from shop.core.errors import (
    ApprovalPending,
    Forbidden,
    InsufficientBalance,
    InvalidInput,
    NotFound,
    SecondPersonRequired,
)
from shop.core.ledger import audit_ledgers
from shop.core.models import AuditEntry
from shop.core.permissions import Role
from shop.payments.audit import audit_payments
from shop.payments.jobs import advance_refunds
from shop.payments.models import CashAccount, Payment, Refund
from tests.members.wallet.purses import Rich, set_to, settle
from tests.orders.staff import staff


def consistent() -> bool:
    return [*audit_payments(), *audit_ledgers()] == []


def spend(rich: Rich, amount: int) -> None:
    debit_wallet(member_id=rich.id, amount=amount, payment_number=f"P{amount}")


@pytest.fixture
def recharge(payer: Rich) -> Recharge:
    """100.00 with a gift of 10.00 and 5.00 for the first recharge."""
    set_to("recharge_opening_gift_fen", 500)
    package = RechargePackage.objects.create(name="充100送10", price=10_000, gift_money=1_000)
    return payer.recharged(package=package.pk)


@pytest.fixture
def asker() -> Actor:
    return staff(Role.SERVICE)


@pytest.fixture
def approver() -> Actor:
    return staff(Role.FINANCE)


def ask(asker: Actor, recharge: Recharge) -> int:
    held = request_recharge_refund(actor=asker, number=recharge.number, reason="不想要了")
    return int(held.pk)


def carry_out(shift_clock: Callable[[float], None]) -> None:
    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()


def test_an_untouched_recharge_goes_back_whole(
    payer: Rich, recharge: Recharge, asker: Actor, approver: Actor, shift_clock: Callable[[float], None]
) -> None:
    held = ask(asker, recharge)
    assert payer.balance == (10_000, 1_500)

    approvals.approve(actor=approver, approval_id=held)

    recharge.refresh_from_db()
    assert payer.balance == (0, 0)
    assert (recharge.state, recharge.refunded, recharge.gift_taken, recharge.gift_deducted) == (
        "refunding",
        10_000,
        1_500,
        0,
    )
    payment = Payment.objects.get(payable_number=recharge.number)
    assert (payment.refund_committed, payment.refunded) == (10_000, 0)
    assert list(audit_wallet()) == []

    carry_out(shift_clock)

    recharge.refresh_from_db()
    assert (recharge.state, recharge.refunded_at is None) == ("refunded", False)
    assert sum(CashAccount.objects.values_list("balance", flat=True)) == 0
    settle_recharge_refund(number=recharge.number)
    assert consistent()
    assert list(audit_wallet()) == []


def test_spent_gift_money_is_deducted_from_what_goes_back(
    payer: Rich, recharge: Recharge, asker: Actor, approver: Actor
) -> None:
    """30.00 of principal and 12.00 of the gift were spent: 70.00 are left, 12.00 of them stay."""
    set_to("wallet_spending_order", "gift_first")
    spend(payer, 1_200)
    set_to("wallet_spending_order", "principal_first")
    spend(payer, 3_000)
    assert payer.balance == (7_000, 300)
    figures = preview_refund(recharge)
    assert (figures.unused, figures.gift_taken, figures.gift_spent, figures.gift_deducted) == (
        7_000,
        300,
        1_200,
        1_200,
    )
    assert figures.paid_back == 5_800

    approvals.approve(actor=approver, approval_id=ask(asker, recharge))

    assert payer.balance == (0, 0)
    assert Refund.objects.get().amount == 5_800
    assert [row for row in payer.entries() if row[1] in ("recharge_refund", "gift_deduction")] == [
        ("principal", "recharge_refund", -5_800, 1_200),
        ("principal", "gift_deduction", -1_200, 0),
    ]
    assert {finding.kind for finding in audit_wallet()} == {"payment"}  # the two test payments have no row


def test_what_is_spent_cannot_go_back(payer: Rich, recharge: Recharge, asker: Actor) -> None:
    spend(payer, 11_500)

    with pytest.raises(NothingToPayBack):
        ask(asker, recharge)


def test_the_figures_that_were_confirmed_are_what_happens(
    payer: Rich, recharge: Recharge, asker: Actor, approver: Actor
) -> None:
    held = ask(asker, recharge)
    spend(payer, 1)

    with pytest.raises(RefundPreviewChanged) as refused:
        approvals.approve(actor=approver, approval_id=held)

    assert refused.value.extra == {"paid_back": 9_999}
    assert (payer.balance, Refund.objects.count()) == ((9_999, 1_500), 0)
    approvals.reject(actor=approver, approval_id=held)
    approvals.approve(actor=approver, approval_id=ask(asker, recharge))
    assert Refund.objects.get().amount == 9_999


def test_a_refund_happens_once(payer: Rich, recharge: Recharge, asker: Actor, approver: Actor) -> None:
    held = ask(asker, recharge)
    with pytest.raises(ApprovalPending):
        ask(asker, recharge)
    approvals.approve(actor=approver, approval_id=held)
    payer.given(principal=10_000)
    recharge.refresh_from_db()
    with pytest.raises(RechargeStateRefused):
        ask(asker, recharge)
    with pytest.raises(RechargeStateRefused):
        preview_refund(recharge)
    assert payer.balance == (10_000, 0)


def test_a_recharge_that_was_refunded_meanwhile_is_not_refunded_again(
    recharge: Recharge, asker: Actor, approver: Actor
) -> None:
    held = ask(asker, recharge)
    Recharge.objects.filter(pk=recharge.pk).update(state="refunding")
    with pytest.raises(RechargeStateRefused):
        approvals.approve(actor=approver, approval_id=held)
    assert not Refund.objects.exists()


def test_who_may_ask_and_who_may_confirm(payer: Rich, recharge: Recharge, approver: Actor) -> None:
    for actor in (staff(Role.OPERATIONS), staff(Role.AUDITOR), Actor.member(payer.id)):
        with pytest.raises(Forbidden):
            ask(actor, recharge)
    held = ask(approver, recharge)
    with pytest.raises(SecondPersonRequired):
        approvals.approve(actor=approver, approval_id=held)
    with pytest.raises(Forbidden):
        approvals.approve(actor=staff(Role.SERVICE), approval_id=held)
    with pytest.raises(NotFound):
        request_recharge_refund(actor=approver, number="ABSENT", reason="r")
    assert payer.balance == (10_000, 1_500)


def test_the_audit_command_speaks(recharge: Recharge, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_wallet")
    assert "consistent" in capsys.readouterr().out
    Recharge.objects.update(gift_money=1)
    with pytest.raises(SystemExit) as ended:
        call_command("audit_wallet")
    assert ended.value.code == 1
    assert f"recharge_gift_entries {recharge.number}" in capsys.readouterr().out


def adjust(actor: Actor, rich: Rich, account: str, amount: int) -> int:
    held = request_adjustment(
        actor=actor, member_id=rich.id, account=account, amount=amount, reason="补偿客户"
    )
    return int(held.pk)


def test_an_adjustment_waits_for_a_second_person(rich: Rich, asker: Actor, approver: Actor) -> None:
    held = adjust(asker, rich, "gift", 500)
    assert rich.balance == (10_000, 3_000)
    with pytest.raises(ApprovalPending):
        adjust(asker, rich, "gift", 500)

    approvals.approve(actor=approver, approval_id=held)

    assert rich.balance == (10_000, 3_500)
    assert rich.entries()[-1] == ("gift", "adjustment", 500, 3_500)
    record = AuditEntry.objects.filter(action="members.adjust_wallet").latest("pk")
    assert (record.before, record.after) == ({"gift": 3_000}, {"gift": 3_500})


def test_an_adjustment_never_goes_below_zero(rich: Rich, asker: Actor, approver: Actor) -> None:
    with pytest.raises(InsufficientBalance):
        adjust(asker, rich, "principal", -10_001)
    held = adjust(asker, rich, "principal", -10_000)
    debit_wallet(member_id=rich.id, amount=1, payment_number="P")
    with pytest.raises(InsufficientBalance):
        approvals.approve(actor=approver, approval_id=held)
    assert rich.balance == (9_999, 3_000)


def test_what_no_adjustment_is(rich: Rich, asker: Actor) -> None:
    for account, amount in (("gift", 0), ("cash", 1), ("gift", 10**12 + 1)):
        with pytest.raises(InvalidInput):
            adjust(asker, rich, account, amount)
    with pytest.raises(NotFound):
        request_adjustment(actor=asker, member_id=10**9, account="gift", amount=1, reason="r")
    with pytest.raises(Forbidden):
        adjust(staff(Role.OPERATIONS), rich, "gift", 1)
    assert rich.balance == (10_000, 3_000)
