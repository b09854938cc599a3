"""Refunding cards: two people, exact figures, spent gifts deducted, later cards move up."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from members.cards.audit import audit_cards
from members.cards.errors import CardPurchaseStateRefused, CardRefundChanged, NothingLeftOfCard
from members.cards.handlers import refund_arrived
from members.cards.models import CardPurchase, MemberCardPeriod
from members.cards.services.refunding import preview_refund, request_card_refund, settle_card_refund
from members.cards.services.uses import record_use, return_use
from members.cards.wording import refund_sentences
from members.wallet.services.spending import debit_wallet
from shop.core import approvals
from shop.core.actors import Actor
from shop.core.errors import ApprovalPending, Forbidden, NotFound, SecondPersonRequired
from shop.core.models import AuditEntry, OutboxEvent
from shop.core.permissions import Role
from shop.payments.jobs import advance_refunds
from shop.payments.models import CashAccount, Payment, Refund
from tests.members.cards.holders import bought, card, consistent, periods, started
from tests.members.wallet.purses import Rich, set_to, settle
from tests.orders.staff import staff

Shift = Callable[[float], None]
DAY = 86_400


@pytest.fixture
def purchase(payer: Rich) -> CardPurchase:
    """A card of a year for 99.00, with a gift of 10.00."""
    return bought(payer, card(opening_gift=1_000))


@pytest.fixture
def asker() -> Actor:
    return staff(Role.SERVICE)


@pytest.fixture
def approver() -> Actor:
    return staff(Role.FINANCE)


def ask(asker: Actor, purchase: CardPurchase) -> int:
    return int(request_card_refund(actor=asker, number=purchase.number, reason="不想要了").pk)


def test_a_fresh_card_goes_back_whole(
    payer: Rich, purchase: CardPurchase, asker: Actor, approver: Actor, shift_clock: Shift
) -> None:
    held = ask(asker, purchase)
    assert periods(payer)[0].ended_at is None

    approvals.approve(actor=approver, approval_id=held)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.refunded, purchase.gift_taken, purchase.gift_deducted) == (
        "refunding",
        9_900,
        1_000,
        0,
    )
    assert (payer.balance, periods(payer)[0].end_reason) == ((0, 0), "refunded")
    assert payer.entries()[-1] == ("gift", "card_gift_back", -1_000, 0)
    assert payer.phone.get("/me/cards").json()["results"][0]["state"] == "taken_back"
    assert consistent()

    for _step in range(4):
        shift_clock(61)
        advance_refunds()
    settle()

    purchase.refresh_from_db()
    assert (purchase.state, purchase.refunded_at is None) == ("refunded", False)
    assert sum(CashAccount.objects.values_list("balance", flat=True)) == 0
    settle_card_refund(number=purchase.number)
    assert consistent()
    record = AuditEntry.objects.filter(action="members.refund_card").latest("pk")
    assert record.after is not None
    assert record.after["paid_back_amount"] == 9_900
    assert OutboxEvent.objects.filter(name="members.card_refund_started").count() == 1


def test_days_and_spent_gifts_are_deducted(
    payer: Rich, purchase: CardPurchase, asker: Actor, approver: Actor, shift_clock: Shift
) -> None:
    """After 100 days of 365 (or of a leap year's 366), and with 6.00 of the 10.00 spent."""
    (period,) = periods(payer)
    assert period.ends_at is not None
    days = (period.ends_at - period.starts_at).days
    assert days in (365, 366)
    worth = 9_900 * (days - 100) // days
    debit_wallet(member_id=payer.id, amount=600, payment_number="P")
    shift_clock(100 * DAY)
    figures = preview_refund(purchase)
    assert (figures.worth, figures.gift_taken, figures.gift_spent, figures.gift_deducted) == (
        worth,
        400,
        600,
        600,
    )
    assert figures.paid_back == worth - 600

    approvals.approve(actor=approver, approval_id=ask(asker, purchase))

    assert (payer.balance, Refund.objects.get().amount) == ((0, 0), worth - 600)
    assert "6.00" in " ".join(refund_sentences(figures, saved=1_234))
    assert "12.34" in " ".join(refund_sentences(figures, saved=1_234))
    assert list(audit_cards()) == []


def test_a_gift_that_was_spent_can_eat_the_refund(payer: Rich, asker: Actor, shift_clock: Shift) -> None:
    purchase = bought(payer, card(kind="month", price=500, opening_gift=1_000))
    debit_wallet(member_id=payer.id, amount=1_000, payment_number="P")
    assert preview_refund(purchase).gift_deducted == 500
    with pytest.raises(NothingLeftOfCard):
        ask(asker, purchase)
    shift_clock(40 * DAY)
    assert preview_refund(purchase).worth == 0
    assert periods(payer)[0].ended_at is None


def test_used_cards_are_worth_nothing_under_the_other_rule(
    payer: Rich, purchase: CardPurchase, asker: Actor, shift_clock: Shift
) -> None:
    set_to("card_refund_rule", "unused")
    shift_clock(300 * DAY)
    assert preview_refund(purchase).worth == 9_900
    record_use(period_id=periods(payer)[0].pk, order_number="O1", discount=55)
    assert preview_refund(purchase).worth == 0
    with pytest.raises(NothingLeftOfCard):
        ask(asker, purchase)
    return_use(order_number="O1")
    assert preview_refund(purchase).worth == 9_900


def test_a_card_for_ever_wears_out(payer: Rich, shift_clock: Shift) -> None:
    set_to("card_forever_days", 1_000)
    purchase = bought(payer, card(kind="forever", price=100_000, name="永久卡"))
    assert preview_refund(purchase).worth == 100_000
    shift_clock(250 * DAY)
    assert preview_refund(purchase).worth == 75_000
    set_to("card_refund_rule", "unused")
    assert preview_refund(purchase).worth == 100_000


def test_later_cards_of_the_series_move_up(
    payer: Rich, asker: Actor, approver: Actor, shift_clock: Shift
) -> None:
    sold = card(kind="month", renewal_price=None)
    first, second, third = (bought(payer, sold) for _time in range(3))
    ends = [period.ends_at for period in periods(payer)]
    shift_clock(10 * DAY)
    assert (preview_refund(second).worth, preview_refund(third).worth) == (9_900, 9_900)

    approvals.approve(actor=approver, approval_id=ask(asker, second))

    a, b, c = MemberCardPeriod.objects.order_by("pk")
    assert (a.ends_at, b.ended_at is None, c.starts_at) == (ends[0], False, ends[0])
    approvals.approve(actor=approver, approval_id=ask(asker, first))
    c.refresh_from_db()
    assert c.starts_at > a.starts_at
    assert payer.phone.get("/me/cards").json()["results"][0]["state"] == "running"
    assert consistent()


def test_the_figures_that_were_confirmed_are_what_happens(
    payer: Rich, purchase: CardPurchase, asker: Actor, approver: Actor
) -> None:
    held = ask(asker, purchase)
    debit_wallet(member_id=payer.id, amount=1, payment_number="P")

    with pytest.raises(CardRefundChanged) as refused:
        approvals.approve(actor=approver, approval_id=held)

    assert refused.value.extra == {"paid_back": 9_899}
    assert (payer.balance, Refund.objects.count(), periods(payer)[0].ended_at) == ((0, 999), 0, None)
    approvals.reject(actor=approver, approval_id=held)
    approvals.approve(actor=approver, approval_id=ask(asker, purchase))
    assert Refund.objects.get().amount == 9_899


def test_a_refund_happens_once(payer: Rich, purchase: CardPurchase, asker: Actor, approver: Actor) -> None:
    held = ask(asker, purchase)
    with pytest.raises(ApprovalPending):
        ask(asker, purchase)
    approvals.approve(actor=approver, approval_id=held)
    with pytest.raises(CardPurchaseStateRefused):
        ask(asker, purchase)
    assert Refund.objects.count() == 1
    other, _wechat = started(payer, card(name="未付"))
    with pytest.raises(CardPurchaseStateRefused):
        preview_refund(other)


def test_who_may_ask_and_who_may_confirm(payer: Rich, purchase: CardPurchase, approver: Actor) -> None:
    for actor in (staff(Role.OPERATIONS), staff(Role.AUDITOR), Actor.member(payer.id)):
        with pytest.raises(Forbidden):
            ask(actor, purchase)
    held = ask(approver, purchase)
    with pytest.raises(SecondPersonRequired):
        approvals.approve(actor=approver, approval_id=held)
    with pytest.raises(Forbidden):
        approvals.approve(actor=staff(Role.SERVICE), approval_id=held)
    with pytest.raises(NotFound):
        request_card_refund(actor=approver, number="ABSENT", reason="r")
    assert payer.balance == (0, 1_000)


@pytest.mark.parametrize(
    ("kind", "reference"), [("requested", "after-sale:1"), ("duplicate", "card:X"), ("requested", "card:X")]
)
def test_refunds_that_are_not_a_cards_own_change_nothing(
    purchase: CardPurchase, kind: str, reference: str
) -> None:
    reference = reference.replace("X", purchase.number)
    refund_arrived({"kind": kind, "reference": reference})
    purchase.refresh_from_db()
    assert purchase.state == "paid"


def test_the_audit_command_speaks(purchase: CardPurchase, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_cards")
    assert "consistent" in capsys.readouterr().out
    for change, kind in (
        ({"gift_money": 1}, "gift"),
        ({"amount": 1}, "payment"),
        ({"gift_money": 1_000, "amount": 9_900, "refunded": 5}, "refund"),
    ):
        CardPurchase.objects.update(**change)
        with pytest.raises(SystemExit) as ended:
            call_command("audit_cards")
        assert ended.value.code == 1
        assert f"{kind} {purchase.number}" in capsys.readouterr().out
    CardPurchase.objects.update(refunded=0, gift_taken=3)
    assert {finding.kind for finding in audit_cards()} == {"gift_back"}
    CardPurchase.objects.update(gift_taken=0)
    MemberCardPeriod.objects.update(reference="elsewhere")
    assert {finding.kind for finding in audit_cards()} == {"period"}
    assert Payment.objects.count() == 1
