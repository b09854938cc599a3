"""Recharges: ordered, paid into the wallet exactly once, closed when nobody pays."""

from dataclasses import dataclass
from datetime import timedelta

from members.gifts import Gifts, grant_gifts
from members.services.locking import hold_member, lock_member
from members.wallet.errors import RechargeLimited, RechargeUnavailable, WalletFull
from members.wallet.events import RechargePaid
from members.wallet.models import PRINCIPAL, Recharge, RechargePackage
from members.wallet.platforms import refuse_virtual_on_ios
from members.wallet.services.accounts import lock_accounts
from members.wallet.services.gifts import grant_gift
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import FieldError, InvalidInput, TokenInvalid
from shop.core.idempotency import Claim
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.runtime import value
from shop.payments.services.closing import close_payable

KIND = "recharge"
"""The payable kind of recharges."""

RECHARGE = "recharge"
RECHARGE_GIFT = "recharge_gift"
OPENING_GIFT = "opening_gift"
OPENING_REFERENCE = "first"
"""One for each account, so that the ledger itself lets nobody have the opening gift twice."""

_COUNTED = (Recharge.State.PENDING, Recharge.State.CLOSING, Recharge.State.PAID)
_SYSTEM = Actor.system("members.recharges")
BATCH = 200


@dataclass(frozen=True, slots=True)
class RechargeWish:
    """A package, or a free ``amount`` in fen: one of the two."""

    package_id: int | None = None
    amount: int | None = None
    platform: str = ""


@in_transaction
def create_recharge(*, member_id: int, wish: RechargeWish, claim: Claim | None = None) -> Recharge:
    """Write down a recharge that is then paid; ``claim`` keeps its number for a request that is repeated.

    Locks the member. Raises ``IosVirtualPayment``, ``RechargeUnavailable``, ``RechargeLimited``,
    ``WalletFull``, ``InvalidInput`` (a free amount out of bounds), ``TokenInvalid`` for a closed account.
    """
    refuse_virtual_on_ios(wish.platform)
    lock_member(member_id=member_id)
    recharge = _from_package(member_id, wish.package_id) if wish.package_id else _free(wish.amount or 0)
    balance = lock_accounts(member_id)
    maximum = int(value("wallet_maximum_fen"))
    if balance.total + recharge.amount + recharge.gift_money > maximum:
        raise WalletFull(maximum=maximum)
    now = clock.now()
    recharge.number = new_number()
    recharge.member_id = member_id
    recharge.platform = wish.platform
    recharge.created_at = now
    recharge.expires_at = now + timedelta(seconds=value("unpaid_recharge_seconds"))
    recharge.save()
    if claim is not None:
        claim.keep(recharge.number)
    return recharge


def _from_package(member_id: int, package_id: int) -> Recharge:
    package = RechargePackage.objects.filter(pk=package_id, is_active=True).first()
    if package is None:
        raise RechargeUnavailable
    if package.limit_per_member is not None:
        bought = Recharge.objects.filter(member_id=member_id, package=package, state__in=_COUNTED)
        if bought.count() >= package.limit_per_member:
            raise RechargeLimited(limit=package.limit_per_member)
    return Recharge(
        package=package,
        package_name=package.name,
        amount=package.price,
        gift_money=package.gift_money,
        gift_points=package.gift_points,
        gift_growth=package.gift_growth,
        gift_card=package.gift_card,
    )


def _free(amount: int) -> Recharge:
    if not value("recharge_free_amount"):
        raise RechargeUnavailable
    minimum, maximum = int(value("recharge_minimum_fen")), int(value("recharge_maximum_fen"))
    if not minimum <= amount <= maximum:
        error = FieldError("amount", "out_of_range", InvalidInput.title)
        raise InvalidInput(errors=[error], minimum=minimum, maximum=maximum)
    return Recharge(amount=amount)


def book_recharge(recharge: Recharge) -> None:
    """Put a locked, paid recharge into the wallet with its gifts. Call it once; the ledgers hold it to that.

    Locks principal, gift, and whatever further gifts need. The opening gift is decided under the principal's
    lock, so that of two first recharges at once only one gets it.
    """
    lock_accounts(recharge.member_id)
    PRINCIPAL.post(
        account_id=recharge.member_id, amount=recharge.amount, reason=RECHARGE, reference=recharge.number
    )
    opening = _opening_gift(recharge)
    if opening:
        grant_gift(
            member_id=recharge.member_id,
            amount=opening,
            reason=OPENING_GIFT,
            reference=OPENING_REFERENCE,
            memo=recharge.number,
        )
    grant_gifts(
        member_id=recharge.member_id,
        gifts=gifts_of(recharge),
        reason=RECHARGE_GIFT,
        reference=recharge.number,
    )
    recharge.state = Recharge.State.PAID
    recharge.paid_at = clock.now()
    recharge.opening_gift = opening
    recharge.closed_at, recharge.close_reason = None, ""
    recharge.save()
    gift = recharge.gift_money + opening
    publish(RechargePaid(recharge.member_id, number=recharge.number, amount=recharge.amount, gift=gift))


def gifts_of(recharge: Recharge) -> Gifts:
    """Return what came with the recharge, besides the opening gift."""
    return Gifts(recharge.gift_money, recharge.gift_points, recharge.gift_growth, recharge.gift_card)


def _opening_gift(recharge: Recharge) -> int:
    """Return the gift for a first recharge. One below the threshold earns none and does not use it up."""
    threshold = int(value("recharge_opening_from_fen"))
    if recharge.amount < threshold:
        return 0
    earlier = Recharge.objects.filter(
        member_id=recharge.member_id, paid_at__isnull=False, amount__gte=threshold
    )
    return 0 if earlier.exists() else int(value("recharge_opening_gift_fen"))


def expire_recharges() -> int:
    """Close recharges that nobody paid in time, at most ``BATCH``; return how many."""
    over = Recharge.objects.filter(state=Recharge.State.PENDING, expires_at__lte=clock.now())
    numbers = list(over.order_by("expires_at").values_list("number", flat=True)[:BATCH])
    return sum(_expire(number=number) for number in numbers)


@in_transaction
def _expire(*, number: str) -> bool:
    recharge = lock_row(Recharge.objects.filter(number=number))
    if recharge.state != Recharge.State.PENDING:
        return False
    close_payable(actor=_SYSTEM, payable_kind=KIND, payable_number=number, reason="expired")
    return True


def is_member_open(member_id: int) -> bool:
    """Return whether the account is open, and keep it so until the transaction ends."""
    try:
        hold_member(member_id=member_id)
    except TokenInvalid:
        return False
    return True
