"""Card purchases: ordered, paid into a period exactly once, closed when nobody pays."""

from datetime import timedelta

from members.cards.models import CardPurchase, MemberCard, MemberCardPeriod
from members.cards.queries import Holding, holding_of, wanted_card
from members.cards.services.periods import Opening, Source, lock_cards, objection_to, open_period
from members.services.locking import lock_member
from members.wallet.platforms import refuse_virtual_on_ios
from shop.core import clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import ShopError
from shop.core.idempotency import Claim
from shop.core.ids import new_number
from shop.core.runtime import value
from shop.payments.services.closing import close_payable

KIND = "card"
"""The payable kind of cards that are bought by themselves."""

BATCH = 200
_SYSTEM = Actor.system("members.cards")
_State = CardPurchase.State


@in_transaction
def create_purchase(
    *, member_id: int, card_id: int, platform: str = "", claim: Claim | None = None
) -> CardPurchase:
    """Write down a purchase that is then paid; one that costs nothing is paid at once.

    ``claim`` keeps its number for a request that is repeated. Locks the member. Raises
    ``IosVirtualPayment``, ``CardUnavailable``, ``CardTrialUsed``, ``CardOwnedForever``, ``TokenInvalid`` for
    a closed account.
    """
    refuse_virtual_on_ios(platform)
    lock_member(member_id=member_id)
    holding = holding_of(member_id, card_id=card_id)
    purchase = new_purchase(member_id, wanted_card(holding), holding, platform=platform)
    purchase.expires_at = clock.now() + timedelta(seconds=value("unpaid_card_seconds"))
    purchase.save()
    if claim is not None:
        claim.keep(purchase.number)
    if purchase.amount == 0:
        book_purchase(purchase)
    return purchase


def new_purchase(member_id: int, card: MemberCard, holding: Holding, *, platform: str = "") -> CardPurchase:
    """Return an unsaved purchase of ``card`` at the member's price."""
    is_renewal = holding.renews(card)
    return CardPurchase(
        **card.terms(),
        number=new_number(),
        member_id=member_id,
        is_renewal=is_renewal,
        amount=holding.price_of(card),
        gift_money=card.renewal_gift if is_renewal else card.opening_gift,
        platform=platform[:10],
        created_at=clock.now(),
    )


def objection_of(purchase: CardPurchase) -> ShopError | None:
    """Lock the member's cards and return why a purchase can no longer be carried out, or ``None``."""
    lock_cards(purchase.member_id)
    return objection_to(_opening(purchase))


def book_purchase(purchase: CardPurchase) -> MemberCardPeriod:
    """Open the card of a locked, paid purchase, with its gift. Call it once; the tables hold it to that.

    Locks the wallet. Raises ``CardTrialUsed``, ``CardOwnedForever``.
    """
    period = open_period(_opening(purchase))
    purchase.state = _State.PAID
    purchase.paid_at = clock.now()
    purchase.closed_at, purchase.close_reason = None, ""
    purchase.save(update_fields=["state", "paid_at", "closed_at", "close_reason"])
    return period


def _opening(purchase: CardPurchase) -> Opening:
    return Opening(
        member_id=purchase.member_id,
        terms=purchase.terms(),
        source=Source.PURCHASE,
        reference=purchase.number,
        gift_money=purchase.gift_money,
        is_renewal=purchase.is_renewal,
    )


def close_purchase(purchase: CardPurchase, *, reason: str) -> None:
    """Close a locked purchase: nothing was paid, nothing was held."""
    purchase.state, purchase.closed_at, purchase.close_reason = _State.CLOSED, clock.now(), reason[:40]
    purchase.save(update_fields=["state", "closed_at", "close_reason"])


def expire_purchases() -> int:
    """Close purchases that nobody paid in time, at most ``BATCH``; return how many."""
    over = CardPurchase.objects.filter(state=_State.PENDING, order_number="", expires_at__lte=clock.now())
    numbers = list(over.order_by("expires_at").values_list("number", flat=True)[:BATCH])
    return sum(_expire(number=number) for number in numbers)


@in_transaction
def _expire(*, number: str) -> bool:
    purchase = lock_row(CardPurchase.objects.filter(number=number))
    if purchase.state != _State.PENDING:
        return False
    close_payable(actor=_SYSTEM, payable_kind=KIND, payable_number=number, reason="expired")
    return True
