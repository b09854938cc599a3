"""The member's view: balances, entries, months, and the payment password."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from members.models import Member
from members.wallet.models import WalletGiftEntry, WalletPassword, WalletPrincipalEntry
from members.wallet.queries import Movement, Statement, monthly_statements
from members.wallet.services.spending import debit_wallet
from shop.core.clock import BEIJING
from shop.core.crypto import hash_phone
from shop.core.models import AuditEntry
from tests.members.shoppers import Browser, fields_of, new_member, problem
from tests.members.wallet.purses import Rich, set_to
from tests.sandbox_process import SandboxProcess
from tests.storms import storm

PASSWORD = "135790"


def test_a_member_without_wallet_has_nothing(phone: Browser) -> None:
    assert phone.get("/me/wallet").json() == {
        "principal": 0,
        "gift": 0,
        "balance": 0,
        "has_password": False,
        "password_required": False,
        "free_payment": 0,
        "free_day": 0,
    }
    assert phone.get("/me/wallet/entries").json() == {"results": [], "next": None, "previous": None}


def test_entries_of_both_balances_are_one_list(rich: Rich, stranger: Browser) -> None:
    debit_wallet(member_id=rich.id, amount=11_000, payment_number="P1")

    first = rich.phone.get("/me/wallet/entries?limit=3").json()
    rest = rich.phone.get(first["next"].removeprefix("/api/v1")).json()

    rows = [(row["account"], row["reason"], row["amount"], row["balance_after"]) for row in first["results"]]
    assert rows == [
        ("gift", "payment", -1_000, 2_000),
        ("principal", "payment", -10_000, 0),
        ("gift", "adjustment", 3_000, 3_000),
    ]
    assert [row["amount"] for row in rest["results"]] == [10_000]
    assert first["results"][0]["reference"] == "P1"
    gifts = rich.phone.get("/me/wallet/entries?account=gift").json()["results"]
    assert [row["amount"] for row in gifts] == [-1_000, 3_000]
    assert problem(rich.phone.get("/me/wallet/entries?account=cash")) == (400, "invalid_input")
    assert stranger.get("/me/wallet/entries").json()["results"] == []
    assert rich.phone.get("/me/wallet").json()["balance"] == 2_000


@pytest.fixture
def year(member: Member) -> Rich:
    """Entries just before and after Beijing's midnights of two months."""
    rich = Rich(member)
    rich.given(principal=1, gift=1)
    moments = [
        (WalletPrincipalEntry, 10_000, datetime(2026, 1, 31, 23, 59, 59, tzinfo=BEIJING)),
        (WalletPrincipalEntry, -3_000, datetime(2026, 2, 1, 0, 0, 0, tzinfo=BEIJING)),
        (WalletPrincipalEntry, 500, datetime(2026, 2, 28, 23, 59, 59, tzinfo=BEIJING)),
        (WalletPrincipalEntry, -100, datetime(2026, 3, 1, 0, 0, 0, tzinfo=BEIJING)),
        (WalletGiftEntry, 700, datetime(2026, 2, 14, 12, 0, 0, tzinfo=BEIJING)),
    ]
    for number, (model, amount, moment) in enumerate(moments):
        row = {"account_id": member.pk, "amount": amount, "balance_after": 0, "created_at": moment}
        model._default_manager.create(**row, reason="test", reference=str(number))
    return rich


def test_a_statement_is_a_month_of_beijing(year: Rich) -> None:
    body = year.phone.get("/me/wallet/statements/2026-02").json()

    assert body == {
        "month": "2026-02",
        "opening": 10_000,
        "in": 1_200,
        "out": 3_000,
        "closing": 8_200,
        "principal": {"opening": 10_000, "in": 500, "out": 3_000, "closing": 7_500},
        "gift": {"opening": 0, "in": 700, "out": 0, "closing": 700},
    }
    january = year.phone.get("/me/wallet/statements/2026-01").json()
    assert (january["opening"], january["closing"]) == (0, 10_000)
    assert year.phone.get("/me/wallet/statements/2026-03").json()["out"] == 100
    for wrong in ("2026-13", "2026-2", "1999-01", "x"):
        assert problem(year.phone.get(f"/me/wallet/statements/{wrong}")) == (404, "not_found")


def test_the_months_of_everybody(year: Rich) -> None:
    other = Rich(new_member("o-other", appid="wx-of-tests"))
    WalletPrincipalEntry.objects.count()
    found = list(monthly_statements(date(2026, 2, 1)))
    assert found == [Statement(year.id, Movement(10_000, 500, 3_000), Movement(0, 700, 0))]
    assert list(monthly_statements(date(2020, 1, 1))) == []
    assert other.balance == (0, 0)


def set_password(rich: Rich, password: str = PASSWORD, **proof: str) -> Any:
    return rich.phone.post("/me/wallet/password", {"password": password, **proof})


def verify(rich: Rich, password: str = PASSWORD) -> Any:
    return rich.phone.post("/me/wallet/verifications", {"password": password})


@pytest.fixture
def known(sandbox: SandboxProcess, db: None) -> tuple[Rich, Callable[[], str]]:
    """A member whom WeChat knows, and where fresh login codes come from."""
    openid = sandbox.create_user()["openid"]
    return Rich(new_member(openid), sandbox), lambda: sandbox.login_code(openid)


def test_a_password_is_set_with_a_login_code_and_gives_tokens(known: Any) -> None:
    rich, code = known
    rich.given(principal=500)
    assert problem(verify(rich)) == (409, "wallet_password_missing")

    assert set_password(rich, code=code()).status_code == 204

    row = WalletPassword.objects.get()
    assert "135790" not in row.password
    assert rich.phone.get("/me/wallet").json()["has_password"] is True
    assert "135790" not in str(list(AuditEntry.objects.values()))
    answer = verify(rich)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 300)
    debit_wallet(
        member_id=rich.id, amount=500, payment_number="P", wallet_token=answer.json()["wallet_token"]
    )
    assert rich.balance == (0, 0)


def test_a_password_may_be_proven_by_the_bound_phone(known: Any, sandbox: SandboxProcess) -> None:
    rich, _code = known
    user = sandbox.create_user(phone="13912345678")
    phone_code = sandbox.phone_code(user["openid"])
    assert problem(set_password(rich, phone_code=phone_code)) == (400, "wallet_proof_invalid")
    Member.objects.filter(pk=rich.id).update(phone_hash=hash_phone("13912345678"))
    assert set_password(rich, phone_code=sandbox.phone_code(user["openid"])).status_code == 204
    Member.objects.filter(pk=rich.id).update(phone_hash=hash_phone("13900000000"))
    refused = set_password(rich, phone_code=sandbox.phone_code(user["openid"]))
    assert problem(refused) == (400, "wallet_proof_invalid")
    assert fields_of(refused) == [("phone_code", "not_yours")]
    assert WalletPassword.objects.get().version == 1


def test_somebody_elses_code_proves_nothing(known: Any, sandbox: SandboxProcess) -> None:
    rich, _code = known
    foreign = sandbox.login_code(sandbox.create_user()["openid"])
    assert problem(set_password(rich, code=foreign)) == (400, "wallet_proof_invalid")
    assert problem(set_password(rich, code="spent")) == (401, "wechat_code_invalid")
    for body in ({}, {"code": "a", "phone_code": "b"}):
        assert problem(set_password(rich, **body)) == (400, "invalid_input")
    for short in ("12345", "1" * 33):
        assert problem(set_password(rich, short, code="x")) == (400, "invalid_input")
    assert not WalletPassword.objects.exists()


def test_wrong_guesses_lock_the_password_for_a_while(
    known: Any, shift_clock: Callable[[float], None]
) -> None:
    rich, code = known
    set_password(rich, code=code())
    left = [verify(rich, "000000").json().get("attempts_left") for _guess in range(4)]
    assert left == [4, 3, 2, 1]

    locked = verify(rich, "000000")
    assert problem(locked) == (429, "wallet_password_locked")
    assert int(locked.headers["Retry-After"]) == 1800
    assert problem(verify(rich)) == (429, "wallet_password_locked")
    shift_clock(1801)
    assert verify(rich).status_code == 200
    assert WalletPassword.objects.get().failures == 0


def test_a_new_password_ends_the_lock_and_voids_tokens(known: Any) -> None:
    rich, code = known
    set_password(rich, code=code())
    token = verify(rich).json()["wallet_token"]
    for _guess in range(5):
        verify(rich, "000000")

    assert set_password(rich, "246801", code=code()).status_code == 204

    assert problem(verify(rich)) == (409, "wallet_password_wrong")
    assert verify(rich, "246801").status_code == 200
    rich.given(principal=100)
    body = {"method": "wallet", "wallet_token": token}
    assert body["wallet_token"]
    with pytest.raises(Exception, match="wallet_token_invalid"):
        debit_wallet(member_id=rich.id, amount=100, payment_number="P", wallet_token=token)


def test_a_right_guess_forgets_the_wrong_ones(known: Any) -> None:
    rich, code = known
    set_password(rich, code=code())
    for _round in range(3):
        for _guess in range(4):
            assert problem(verify(rich, "000000")) == (409, "wallet_password_wrong")
        assert verify(rich).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_counted_one_by_one(settings: Any) -> None:
    """Fifty guesses of a thief at once: four wrong ones are told, everything else finds it locked."""
    from django.contrib.auth.hashers import make_password

    from members.wallet.errors import WalletPasswordLocked, WalletPasswordWrong
    from members.wallet.services.passwords import verify_wallet_password
    from shop.core import clock

    member = new_member("o-thief")
    WalletPassword.objects.create(member=member, password=make_password("135790"), changed_at=clock.now())

    results = storm(
        lambda number: verify_wallet_password(member_id=member.pk, password=f"{number:06d}"), threads=50
    )

    kinds = [type(result) for result in results]
    assert (kinds.count(WalletPasswordWrong), kinds.count(WalletPasswordLocked)) == (4, 46)
    assert WalletPassword.objects.get().failures == 5


def test_settings_are_shown_to_clients(phone: Browser) -> None:
    set_to("wallet_free_payment_fen", 5_000)
    set_to("wallet_free_day_fen", 9_000)
    set_to("wallet_password_required", True)
    body = phone.get("/me/wallet").json()
    assert (body["free_payment"], body["free_day"], body["password_required"]) == (5_000, 9_000, True)
