"""Card codes: made in batches, exported once, redeemed once; wrong guesses are counted."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from members.cards.errors import CardCodeInvalid, CardCodesExported, CardCodesLocked, CardUnavailable
from members.cards.models import CardCode, CardCodeBatch, CardGuesses, MemberCard, MemberCardPeriod
from members.cards.models.code import MOST_CODES
from members.cards.permissions import EXPORT_CODES, MAKE_CODES
from members.cards.rules import CODE_LENGTH, CODE_LETTERS, normal_code, shown_code
from members.cards.runtime import cards_enabled
from members.cards.services.periods import Opening, Source, open_period
from members.services.locking import lock_member
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.crypto import keyed_hash
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.errors import FieldError, InvalidInput, NotFound, ShopError
from shop.core.permissions import require
from shop.core.runtime import value

_PURPOSE = "card_code"
_INSERT = 1000


def code_hash(code: str) -> str:
    """Return the keyed hash under which a code is kept."""
    return keyed_hash(normal_code(code), purpose=_PURPOSE)


@in_transaction
def make_batch(
    *, actor: Actor, card_id: int, name: str, quantity: int, redeem_until: datetime | None = None
) -> CardCodeBatch:
    """Make ``quantity`` codes for a card; they can be exported once. Audited.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput`` (more codes than a batch may have).
    """
    require(actor, MAKE_CODES)
    if not 1 <= quantity <= MOST_CODES:
        raise InvalidInput(errors=[FieldError("quantity", "out_of_range", InvalidInput.title)])
    if not MemberCard.objects.filter(pk=card_id).exists():
        raise NotFound
    codes: set[str] = set()
    while len(codes) < quantity:
        codes.add("".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH)))
    batch = CardCodeBatch.objects.create(
        name=name,
        card_id=card_id,
        quantity=quantity,
        redeem_until=redeem_until,
        sealed="\n".join(sorted(codes)),
        created_at=clock.now(),
    )
    rows = (CardCode(batch=batch, code_hash=code_hash(code)) for code in codes)
    CardCode.objects.bulk_create(rows, batch_size=_INSERT)
    audit.record(actor=actor, action=MAKE_CODES, subject=batch, after={"card": card_id, "quantity": quantity})
    return batch


@in_transaction
def export_codes(*, actor: Actor, batch_id: int) -> list[str]:
    """Return the codes of a batch as people read them, once: then only their hashes are left. Audited.

    Locks the batch. Raises ``Forbidden``, ``NotFound``, ``CardCodesExported``.
    """
    require(actor, EXPORT_CODES)
    batch = lock_row(CardCodeBatch.objects.filter(pk=batch_id))
    if batch.exported_at is not None:
        raise CardCodesExported
    codes = [shown_code(code) for code in batch.sealed.split("\n")]
    batch.sealed, batch.exported_at = "", clock.now()
    batch.save(update_fields=["sealed", "exported_at"])
    audit.record(actor=actor, action=EXPORT_CODES, subject=batch, after={"quantity": len(codes)})
    return codes


@in_transaction
def stop_batch(*, actor: Actor, batch_id: int, reason: str) -> None:
    """Let no code of a batch be redeemed any more. Audited. Raises ``Forbidden``, ``NotFound``."""
    require(actor, MAKE_CODES)
    batch = lock_row(CardCodeBatch.objects.filter(pk=batch_id))
    before, batch.is_active = batch.is_active, False
    batch.save(update_fields=["is_active"])
    audit.record(
        actor=actor,
        action=MAKE_CODES,
        subject=batch,
        before={"is_active": before},
        after={"is_active": False},
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Try:
    """How a try ended; judged after its transaction, because a wrong one must stay counted."""

    period: MemberCardPeriod | None = None
    refusal: ShopError | None = None


def redeem_code(*, member_id: int, code: str) -> MemberCardPeriod:
    """Open the card of a code, once; the same member sending the same code again gets the same period.

    Wrong codes are counted in the database, and after too many in a row the member must wait. Raises
    ``CardCodeInvalid`` (``attempts_left``), ``CardCodesLocked`` (429), ``CardTrialUsed``,
    ``CardOwnedForever`` (the code stays good), ``CardUnavailable`` while the shop has no cards,
    ``TokenInvalid`` for a closed account.
    """
    if not cards_enabled():
        raise CardUnavailable
    done = _redeem(member_id=member_id, code=code)
    if done.period is None:
        raise done.refusal or CardCodeInvalid()
    return done.period


@in_transaction
def _redeem(*, member_id: int, code: str) -> _Try:
    """Judge one try. Locks the member, the code, and, if it is good, the wallet."""
    lock_member(member_id=member_id)
    guesses = _guesses(member_id)
    now = clock.now()
    if guesses.locked_until is not None and guesses.locked_until > now:
        return _Try(refusal=_locked((guesses.locked_until - now).total_seconds()))
    if guesses.locked_until is not None:
        guesses.failures, guesses.locked_until = 0, None
    rows = lock_rows(CardCode.objects.filter(code_hash=code_hash(code)))
    found = rows[0] if rows else None
    if found is None or not _is_good(found, member_id, now):
        return _Try(refusal=_count_failure(guesses))
    if guesses.failures:
        guesses.failures = 0
        guesses.save()
    return _Try(period=_open(member_id, found, now))


def _guesses(member_id: int) -> CardGuesses:
    """Return the member's count; the caller holds the member."""
    return CardGuesses.objects.filter(pk=member_id).first() or CardGuesses(member_id=member_id)


def _is_good(code: CardCode, member_id: int, now: datetime) -> bool:
    if code.redeemed_at is not None:
        return code.redeemed_by_id == member_id
    in_time = Q(redeem_until__isnull=True) | Q(redeem_until__gt=now)
    return CardCodeBatch.objects.filter(in_time, pk=code.batch_id, is_active=True).exists()


def _open(member_id: int, code: CardCode, now: datetime) -> MemberCardPeriod:
    """Open the card; whatever forbids it undoes everything, so that the code stays good."""
    card = MemberCard.objects.get(code_batches=code.batch_id)
    period = open_period(Opening(member_id, card.terms(), Source.CODE, str(code.pk)))
    if code.redeemed_at is None:
        code.redeemed_by_id, code.redeemed_at = member_id, now
        code.save(update_fields=["redeemed_by", "redeemed_at"])
    return period


def _count_failure(guesses: CardGuesses) -> ShopError:
    guesses.failures += 1
    left = int(value("card_code_attempts")) - guesses.failures
    seconds = int(value("card_code_lock_seconds"))
    if left <= 0:
        guesses.locked_until = clock.now() + timedelta(seconds=seconds)
    guesses.save()
    return CardCodeInvalid(attempts_left=left) if left > 0 else _locked(seconds)


def _locked(seconds: float) -> CardCodesLocked:
    return CardCodesLocked(retry_after=max(1, int(seconds)))
