"""What a member gives from the wallet while the rest of a payable is paid in another way.

A payable that takes a wallet part holds it when it is placed, keeps it when it is paid, and returns it when
it closes unpaid. The money is always in one payment row: in the wallet before and after, in the row between.
"""

from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_rows
from shop.core.errors import NotFound
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.payments.events import PaymentSucceeded
from shop.payments.models import Payment, Refund
from shop.payments.registry import wallet
from shop.payments.services.refund_rows import write_refund
from shop.payments.services.releasing import about

_SYSTEM = Actor.system("payments.wallet")
RETURN_REFERENCE = "returned"


@in_transaction
def hold_wallet_part(
    *,
    member_id: int,
    payable_kind: str,
    payable_number: str,
    amount: int,
    wallet_token: str | None = None,
    agreed: bool = False,
) -> Payment:
    """Take ``amount`` fen from the wallet and hold it for a payable whose row the caller has locked.

    The wallet is locked last. ``agreed``: the member agreed before, no password is asked for. Raises
    WalletUnavailable and what the wallet refuses with; a second part of the same payable is refused by the
    database.
    """
    number = new_number()
    payment = Payment.objects.create(
        number=number,
        payable_kind=payable_kind,
        payable_number=payable_number,
        part=Payment.Part.WALLET,
        member_id=member_id,
        method=Payment.Method.WALLET,
        state=Payment.State.PAID,
        disposition=Payment.Disposition.HELD,
        amount=amount,
        captured=amount,
        created_at=clock.now(),
        paid_at=clock.now(),
    )
    wallet().debit(
        member_id=member_id,
        amount=amount,
        payment_number=number,
        wallet_token=wallet_token,
        agreed=agreed,
    )
    return payment


@in_transaction
def keep_wallet_part(*, payable_kind: str, payable_number: str) -> int:
    """The payable is paid: keep what is held for it; return the fen. Locks the part.

    Raises NotFound when nothing is held: the payable must not count as paid then.
    """
    part = lock_held_part(payable_kind=payable_kind, payable_number=payable_number)
    if part is None:
        raise NotFound
    part.disposition = Payment.Disposition.KEPT
    part.save(update_fields=["disposition"])
    publish(PaymentSucceeded(**about(part), method=part.method))
    return part.amount


@in_transaction
def return_wallet_part(*, payable_kind: str, payable_number: str, reason: str) -> int:
    """The payable closes unpaid: give what is held back to the wallet, in its split; return the fen.

    Safe to repeat. Locks the part, then the wallet.
    """
    part = lock_held_part(payable_kind=payable_kind, payable_number=payable_number)
    if part is None:
        return 0
    part.disposition = Payment.Disposition.RETURNED
    part.closing_reason = reason[:40]
    part.save(update_fields=["disposition", "closing_reason"])
    write_refund(
        actor=_SYSTEM,
        payment=part,
        amount=part.amount,
        reason=reason,
        reference=RETURN_REFERENCE,
        kind=Refund.Kind.REQUESTED,
    )
    return part.amount


def lock_held_part(*, payable_kind: str, payable_number: str) -> Payment | None:
    """Lock and return the part that is held for a payable, if any: before stock, which comes before wallets.

    The caller holds the payable's lock, under which alone parts are held, kept and returned.
    """
    rows = lock_rows(
        Payment.objects.filter(
            payable_kind=payable_kind,
            payable_number=payable_number,
            disposition=Payment.Disposition.HELD,
        )
    )
    return rows[0] if rows else None
