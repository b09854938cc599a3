"""Many at once: one code, one confirmation, one chain, one trial; and what happens without locks."""

import itertools
import threading
from collections import Counter

import pytest
from django.db import IntegrityError

from members.cards.models import CardCode, CardPurchase, MemberCardPeriod
from members.cards.rules import span_of
from members.cards.services import codes as code_services
from members.cards.services import periods as period_services
from members.cards.services.codes import export_codes, make_batch, redeem_code
from members.cards.services.periods import Opening, Source, open_period
from members.models import Member
from members.wallet.models import WalletGiftEntry
from shop.core import db
from shop.core.db import transaction
from shop.core.permissions import Role
from tests.members.cards.holders import ask_wechat, card, confirm, consistent, periods, started, trial
from tests.members.shoppers import new_member
from tests.members.wallet.purses import Rich, set_to, settle
from tests.orders.staff import staff
from tests.storms import raised, storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storms judge whether the result is right, not how fast the machine is."""
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)


@pytest.fixture
def holder() -> Rich:
    return Rich(new_member("o-storm"))


def one_code() -> str:
    maker = staff(Role.OPERATIONS)
    batch = make_batch(actor=maker, card_id=card().pk, name="x", quantity=1)
    return export_codes(actor=maker, batch_id=batch.pk)[0]


def names(results: list[object]) -> Counter[str]:
    return Counter(type(error).__name__ for error in raised(results))


def test_one_code_by_two_hundred_members_is_redeemed_once() -> None:
    code = one_code()
    members = [new_member(f"o-{number}").pk for number in range(200)]

    results = storm(lambda number: redeem_code(member_id=members[number], code=code))

    assert names(results) == {"CardCodeInvalid": 199}
    assert MemberCardPeriod.objects.count() == 1
    redeemed = CardCode.objects.get()
    assert redeemed.redeemed_by_id == MemberCardPeriod.objects.get().member_id
    assert consistent()


def test_without_the_lock_of_the_code_only_the_constraint_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: all see a code that nobody redeemed, and run into the table's last word."""
    code = one_code()
    members = [new_member(f"o-{number}").pk for number in range(10)]
    everybody_has_read = threading.Barrier(10)

    def unlocked(queryset: object) -> list[CardCode]:
        rows = [*CardCode.objects.all()]
        everybody_has_read.wait(timeout=30)
        return rows

    monkeypatch.setattr(code_services, "lock_rows", unlocked)

    def redeem(number: int) -> None:
        redeem_code(member_id=members[number], code=code)

    results = storm(redeem, threads=10)

    assert names(results) == {"IntegrityError": 9}
    assert MemberCardPeriod.objects.count() == 1


def test_the_same_member_two_hundred_times_has_one_card(holder: Rich) -> None:
    code = one_code()
    results = storm(lambda _number: redeem_code(member_id=holder.id, code=code).pk)
    assert raised(results) == []
    assert len({*results}) == 1
    assert len(periods(holder)) == 1


def test_twenty_confirmations_at_once_open_one_period_with_one_gift(payer: Rich) -> None:
    purchase, wechat = started(payer, card(opening_gift=1_000))
    payer.pay(wechat)

    results = storm(lambda _number: ask_wechat(purchase), threads=20)

    assert raised(results) == []
    settle()
    assert (len(periods(payer)), payer.balance) == (1, (0, 1_000))
    assert WalletGiftEntry.objects.count() == 1
    assert CardPurchase.objects.get().state == "paid"
    assert consistent()


def test_twenty_callbacks_at_once_open_one_period(payer: Rich) -> None:
    purchase, _wechat = started(payer, card(opening_gift=1_000))

    results = storm(lambda _number: confirm(purchase), threads=20)

    assert raised(results) == []
    assert (len(periods(payer)), payer.balance) == (1, (0, 1_000))
    assert consistent()


def open_one(holder: Rich, terms: dict[str, object], number: int) -> None:
    with transaction():
        open_period(Opening(holder.id, terms, Source.GIFT, f"G{number}", gift_money=10))


def test_fifty_renewals_at_once_follow_each_other(holder: Rich) -> None:
    terms = card(kind="month").terms()

    results = storm(lambda number: open_one(holder, terms, number), threads=50)

    assert raised(results) == []
    found = periods(holder)
    assert len(found) == 50
    assert all(before.ends_at == after.starts_at for before, after in itertools.pairwise(found))
    assert holder.balance == (0, 500)


def test_without_the_wallets_lock_renewals_collide(holder: Rich, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: all see the same last period, and all but one run into the constraint."""
    with transaction():
        first = open_period(Opening(holder.id, card(kind="month").terms(), Source.GIFT, "first"))
    everybody_has_read = threading.Barrier(10)
    place = span_of

    def slow(**figures: object) -> object:
        everybody_has_read.wait(timeout=30)
        return place(**figures)  # type: ignore[arg-type]

    monkeypatch.setattr(period_services, "lock_cards", lambda _member_id: None)
    monkeypatch.setattr(period_services, "span_of", slow)
    terms = first.terms()

    def open_it(number: int) -> None:
        with transaction():
            open_period(Opening(holder.id, terms, Source.GIFT, f"G{number}"))

    results = storm(open_it, threads=10)

    assert names(results) == {"IntegrityError": 9}
    assert len(periods(holder)) == 2


def test_one_trial_however_many_are_opened(holder: Rich) -> None:
    terms = [trial(name=f"体验{number}").terms() for number in range(20)]

    def open_it(number: int) -> None:
        with transaction():
            open_period(Opening(holder.id, terms[number], Source.PURCHASE, f"P{number}"))

    results = storm(open_it, threads=20)

    assert names(results) == {"CardTrialUsed": 19}
    assert len(periods(holder)) == 1


def test_the_table_has_the_last_word_about_trials(holder: Rich) -> None:
    with transaction():
        period = open_period(Opening(holder.id, trial().terms(), Source.PURCHASE, "P1"))
    period.pk, period.reference, period.series = None, "P2", "s:other"
    with pytest.raises(IntegrityError), transaction():
        period.save(force_insert=True)
    assert Member.objects.count() == 1
    set_to("cards_enabled", False)
