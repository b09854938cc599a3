"""Card codes: made in batches, exported once, redeemed once, guessed in vain."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from members.cards.errors import CardCodesExported
from members.cards.models import CardCode, CardCodeBatch, CardGuesses, MemberCard
from members.cards.services.codes import code_hash, export_codes, make_batch, stop_batch
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry
from shop.core.permissions import Role
from tests.members.cards.holders import bought, card, consistent, periods, trial
from tests.members.shoppers import browser_of, new_member, problem
from tests.members.wallet.purses import Rich, set_to
from tests.orders.staff import staff

pytestmark = pytest.mark.django_db
Shift = Callable[[float], None]


@pytest.fixture
def maker() -> Actor:
    return staff(Role.OPERATIONS)


def codes_for(maker: Actor, what: MemberCard, quantity: int = 3, **more: Any) -> list[str]:
    batch = make_batch(actor=maker, card_id=what.pk, name="地推", quantity=quantity, **more)
    return export_codes(actor=maker, batch_id=batch.pk)


def redeem(rich: Rich, code: str, key: str = "") -> Any:
    key = key or f"redeem-{code}-{CardGuesses.objects.count()}-{clock.now().timestamp()}"
    return rich.phone.post("/me/cards/redemptions", {"code": code}, **{"Idempotency-Key": key})


def test_the_shop_keeps_hashes_only(maker: Actor) -> None:
    batch = make_batch(actor=maker, card_id=card().pk, name="地推", quantity=50)
    assert batch.exported_at is None
    codes = export_codes(actor=maker, batch_id=batch.pk)

    assert len({*codes}) == 50
    assert all(len(code) == 19 for code in codes)
    batch.refresh_from_db()
    assert (batch.sealed, batch.exported_at is None) == ("", False)
    assert {code_hash(code) for code in codes} == {*CardCode.objects.values_list("code_hash", flat=True)}
    with pytest.raises(CardCodesExported):
        export_codes(actor=maker, batch_id=batch.pk)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert [*actions][-2:] == ["members.make_card_codes", "members.export_card_codes"]
    written = str([*AuditEntry.objects.values_list("after", flat=True)])
    assert not any(code in written for code in codes)


def test_the_codes_lie_encrypted_until_they_are_exported(maker: Actor) -> None:
    batch = make_batch(actor=maker, card_id=card().pk, name="地推", quantity=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM members_cardcodebatch")
        stored = str(cursor.fetchone()[0])
    codes = export_codes(actor=maker, batch_id=batch.pk)
    assert not any(code.replace("-", "") in stored for code in codes)


def test_a_code_opens_its_card_once(rich: Rich, maker: Actor) -> None:
    first, second, _third = codes_for(maker, card(kind="month", opening_gift=500))

    answer = redeem(rich, first.lower().replace("-", " "))

    assert answer.status_code == 201
    assert (answer.json()["origin"], answer.json()["state"]) == ("code", "running")
    assert rich.balance == (10_000, 3_000)  # gifts come with payments only
    assert redeem(rich, first).json()["id"] == answer.json()["id"]
    assert len(periods(rich)) == 1
    other = Rich(new_member("o-other"))
    refused = redeem(other, first)
    assert (problem(refused), refused.json()["attempts_left"]) == ((409, "card_code_invalid"), 4)
    assert redeem(rich, second).json()["state"] == "upcoming"
    before, after = periods(rich)
    assert after.starts_at == before.ends_at
    assert periods(other) == []


def test_the_same_key_gives_the_same_answer(rich: Rich, maker: Actor) -> None:
    (code,) = codes_for(maker, card(), quantity=1)
    assert redeem(rich, code, key="k").json() == redeem(rich, code, key="k").json()


def test_stopped_and_stale_batches_redeem_nothing(rich: Rich, maker: Actor, shift_clock: Shift) -> None:
    what = card()
    batch = make_batch(actor=maker, card_id=what.pk, name="停", quantity=1)
    (stopped,) = export_codes(actor=maker, batch_id=batch.pk)
    stop_batch(actor=maker, batch_id=batch.pk, reason="印错了")
    (stale,) = codes_for(maker, what, quantity=1, redeem_until=clock.now() + timedelta(days=1))
    assert problem(redeem(rich, stopped)) == (409, "card_code_invalid")
    shift_clock(86_401)
    assert problem(redeem(rich, stale)) == (409, "card_code_invalid")
    assert periods(rich) == []
    set_to("cards_enabled", False)
    assert problem(redeem(rich, stale)) == (409, "card_unavailable")


def test_guessing_ends_after_five(rich: Rich, maker: Actor, shift_clock: Shift) -> None:
    (good,) = codes_for(maker, card(), quantity=1)
    left = [redeem(rich, f"WRONG{number}").json().get("attempts_left") for number in range(4)]
    assert left == [4, 3, 2, 1]
    locked = redeem(rich, "WRONG4")
    assert problem(locked) == (429, "card_codes_locked")
    assert int(locked.headers["Retry-After"]) == 1800

    assert problem(redeem(rich, good)) == (429, "card_codes_locked")

    assert periods(rich) == []
    assert Rich(new_member("o-free")).phone.get("/me/cards").status_code == 200
    shift_clock(1801)
    rich.phone = browser_of(rich.member)
    assert problem(redeem(rich, "WRONG5")) == (409, "card_code_invalid")
    assert redeem(rich, good).status_code == 201
    assert CardGuesses.objects.get(pk=rich.id).failures == 0


def test_a_code_that_the_member_cannot_use_stays_good(rich: Rich, maker: Actor) -> None:
    first, second, _third = codes_for(maker, trial())
    assert redeem(rich, first).status_code == 201
    assert problem(redeem(rich, second)) == (409, "card_trial_used")
    assert CardCode.objects.filter(redeemed_at__isnull=True).count() == 2
    assert redeem(Rich(new_member("o-other")), second).status_code == 201


def test_a_trial_by_code_uses_up_the_trial(payer: Rich, maker: Actor) -> None:
    (code,) = codes_for(maker, trial(), quantity=1)
    bought(payer, trial())
    assert problem(redeem(payer, code)) == (409, "card_trial_used")
    assert consistent()


def test_who_may_make_and_export_codes(maker: Actor) -> None:
    what = card()
    batch = make_batch(actor=maker, card_id=what.pk, name="地推", quantity=1)
    for actor in (staff(Role.SERVICE), staff(Role.FINANCE), staff(Role.AUDITOR)):
        with pytest.raises(Forbidden):
            make_batch(actor=actor, card_id=what.pk, name="x", quantity=1)
        with pytest.raises(Forbidden):
            export_codes(actor=actor, batch_id=batch.pk)
        with pytest.raises(Forbidden):
            stop_batch(actor=actor, batch_id=batch.pk, reason="x")
    with pytest.raises(NotFound):
        make_batch(actor=maker, card_id=10**9, name="x", quantity=1)
    for quantity in (0, 10_001):
        with pytest.raises(InvalidInput):
            make_batch(actor=maker, card_id=what.pk, name="x", quantity=quantity)
    assert CardCodeBatch.objects.count() == 1
