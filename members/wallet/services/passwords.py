"""Setting the payment password, and proving that one knows it."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password

from members.models import Member
from members.queries import active_member, member_of_openid
from members.services.locking import lock_member
from members.wallet.errors import (
    WalletPasswordLocked,
    WalletPasswordMissing,
    WalletPasswordWrong,
    WalletProofInvalid,
)
from members.wallet.models import WalletPassword
from members.wallet.services.authority import issue_token
from members.wechat import exchange_login_code, exchange_phone_code
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.crypto import hash_phone
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import FieldError, ShopError
from shop.core.runtime import value

SET_PASSWORD = "members.set_wallet_password"  # noqa: S105  the name of an action


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that the member is at the phone: a fresh ``wx.login`` code or phone-button code."""

    code: str = ""
    phone_code: str = ""


@dataclass(frozen=True, slots=True)
class _Guess:
    """How a guess ended; judged after its transaction, because a wrong one must stay counted."""

    token: str = ""
    refusal: ShopError | None = None


def set_wallet_password(*, member_id: int, password: str, proof: Proof) -> None:
    """Set or change the payment password; a lock ends and earlier wallet tokens are void.

    WeChat is asked before the transaction, which locks the member. Raises ``WalletProofInvalid`` (400) for a
    code of somebody else, ``WechatCodeInvalid``, ``PhoneCodeInvalid``, ``WechatBusy``, ``TokenInvalid``.
    """
    member = active_member(member_id)
    _check_proof(member, proof)
    _store(member_id=member_id, hashed=make_password(password))


def _check_proof(member: Member, proof: Proof) -> None:
    if proof.code:
        if member_of_openid(exchange_login_code(proof.code).openid) != member.pk:
            raise _proof_refused("code")
    elif not member.phone_hash or hash_phone(exchange_phone_code(proof.phone_code)) != member.phone_hash:
        raise _proof_refused("phone_code")


def _proof_refused(field: str) -> WalletProofInvalid:
    return WalletProofInvalid(errors=[FieldError(field, "not_yours", WalletProofInvalid.title)])


@in_transaction
def _store(*, member_id: int, hashed: str) -> None:
    member = lock_member(member_id=member_id)
    rows = lock_rows(WalletPassword.objects.filter(pk=member_id))
    row = rows[0] if rows else WalletPassword(member_id=member_id, version=0)
    row.password, row.version = hashed, row.version + 1
    row.failures, row.locked_until, row.changed_at = 0, None, clock.now()
    row.save()
    audit.record(
        actor=Actor.member(member_id), action=SET_PASSWORD, subject=member, after={"version": row.version}
    )


def verify_wallet_password(*, member_id: int, password: str) -> str:
    """Return a wallet token for the right password.

    Wrong guesses are counted in the database, and after too many the password is locked for a while, whoever
    guesses. Raises ``WalletPasswordMissing``, ``WalletPasswordWrong`` (``attempts_left``),
    ``WalletPasswordLocked`` (429).
    """
    guess = _guess(member_id=member_id, password=password)
    if guess.refusal is not None:
        raise guess.refusal
    return guess.token


@in_transaction
def _guess(*, member_id: int, password: str) -> _Guess:
    """Judge one guess under the row's lock: guesses at once are counted one by one."""
    rows = lock_rows(WalletPassword.objects.filter(pk=member_id))
    if not rows:
        return _Guess(refusal=WalletPasswordMissing())
    row = rows[0]
    now = clock.now()
    if row.locked_until is not None and row.locked_until > now:
        return _Guess(refusal=_locked((row.locked_until - now).total_seconds()))
    if row.locked_until is not None:
        row.failures, row.locked_until = 0, None
    if check_password(password, row.password):
        row.failures = 0
        row.save(update_fields=["failures", "locked_until"])
        return _Guess(token=issue_token(row))
    return _Guess(refusal=_count_failure(row))


def _count_failure(row: WalletPassword) -> ShopError:
    row.failures += 1
    left = int(value("wallet_password_attempts")) - row.failures
    seconds = int(value("wallet_password_lock_seconds"))
    if left <= 0:
        row.locked_until = clock.now() + timedelta(seconds=seconds)
    row.save(update_fields=["failures", "locked_until"])
    return WalletPasswordWrong(attempts_left=left) if left > 0 else _locked(seconds)


def _locked(seconds: float) -> WalletPasswordLocked:
    return WalletPasswordLocked(retry_after=max(1, int(seconds)))
