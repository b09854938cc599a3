"""May this payment be made without asking for the payment password?"""

from datetime import datetime, time

from django.core import signing
from django.db.models import F, Sum

from members.wallet.errors import WalletPasswordMissing, WalletTokenInvalid, WalletTokenRequired
from members.wallet.models import WalletPassword, WalletSpend
from shop.core import clock
from shop.core.runtime import value

TOKEN_SECONDS = 300
"""How long a wallet token is good for, in true time: long enough to finish a checkout."""

_SALT = "members.wallet.token"


def issue_token(password: WalletPassword) -> str:
    """Return the token that proves that the member just gave this password; good for paying and nothing
    else."""
    return signing.dumps([password.pk, password.version], salt=_SALT)


def check_authority(*, member_id: int, amount: int, wallet_token: str | None) -> bool:
    """Return whether the password was given for a payment that may be made; raise what forbids it.

    Without a password set, members pay freely unless the shop demands one. With one, a payment within both
    limits (each, and all of the day together) needs no token. The caller holds the lock of the member's
    principal, so that payments at once cannot slip past the limit of the day.

    Raises ``WalletTokenInvalid``, ``WalletTokenRequired``, ``WalletPasswordMissing``.
    """
    password = WalletPassword.objects.filter(pk=member_id).first()
    if password is None:
        if value("wallet_password_required"):
            raise WalletPasswordMissing
        return False
    if wallet_token:
        _check_token(password, wallet_token)
        return True
    if not within_limits(member_id=member_id, amount=amount):
        raise WalletTokenRequired
    return False


def needs_password(*, member_id: int, amount: int) -> bool:
    """Return whether a client should ask for the payment password before it pays ``amount`` fen."""
    if amount == 0:
        return False
    if not WalletPassword.objects.filter(pk=member_id).exists():
        return bool(value("wallet_password_required"))
    return not within_limits(member_id=member_id, amount=amount)


def within_limits(*, member_id: int, amount: int) -> bool:
    """Return whether ``amount`` may be paid today without the password."""
    if amount > value("wallet_free_payment_fen"):
        return False
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.BEIJING)
    spent = WalletSpend.objects.filter(member_id=member_id, created_at__gte=midnight, verified=False)
    today = spent.aggregate(
        total=Sum(F("principal") + F("gift") - F("returned_principal") - F("returned_gift"))
    )["total"]
    return (today or 0) + amount <= int(value("wallet_free_day_fen"))


def _check_token(password: WalletPassword, token: str) -> None:
    try:
        content = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise WalletTokenInvalid from error
    if content != [password.pk, password.version]:
        raise WalletTokenInvalid
