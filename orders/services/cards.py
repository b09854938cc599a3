"""Member cards and orders: the discount of a card, a card bought with the goods, and what becomes of both.

The caller of everything that changes something holds the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from members.cards.models import CardPurchase, MemberCard, MemberCardPeriod
from members.cards.queries import Holding, holding_of, wanted_card
from members.cards.runtime import STACK, cards_enabled
from members.cards.services.purchases import book_purchase, close_purchase, new_purchase
from members.cards.services.refunding import refund_with_order
from members.cards.services.uses import record_use, return_use
from members.wallet.platforms import refuse_virtual_on_ios
from orders.errors import FeatureUnavailable
from orders.models import Order, OrderAdjustment
from orders.pricing.card import CardPrice, CardTerms
from orders.pricing.steps.card import CARD_DISCOUNT
from shop.core.db import lock_row
from shop.core.runtime import value
from shop.payments.models import Payment

_UNPAID = (CardPurchase.State.PENDING, CardPurchase.State.CLOSING)


@dataclass(frozen=True, slots=True)
class CardDeal:
    """What cards mean for an order. ``bought``: the card that is bought with it, at the member's price.

    ``period``: the member's card that makes it cheaper; ``None`` when the bought one does.
    """

    terms: CardTerms
    holding: Holding
    bought: MemberCard | None = None
    period: MemberCardPeriod | None = None

    @property
    def lifted_to(self) -> int | None:
        """Return the tier that comes with the bought card: it counts for this order already."""
        return None if self.bought is None else self.bought.tier_id


def card_deal(*, member_id: int, card_id: int | None, platform: str) -> CardDeal | None:
    """Return what cards mean for an order now; one statement, none in a shop without cards.

    Of several cards the one with the largest discount counts, also if it is only just being bought. Raises
    ``FeatureUnavailable``, ``CardUnavailable``, ``CardTrialUsed``, ``CardOwnedForever``,
    ``IosVirtualPayment`` about a card that is to be bought.
    """
    if not cards_enabled():
        if card_id is not None:
            raise FeatureUnavailable(field="card")
        return None
    if card_id is not None:
        refuse_virtual_on_ios(platform)
    holding = holding_of(member_id, card_id=card_id)
    bought = None if card_id is None else wanted_card(holding)
    best = min(holding.running, key=lambda period: period.discount_permille, default=None)
    price = None if bought is None else CardPrice(bought.name, f"card:{bought.pk}", holding.price_of(bought))
    stacks = value("card_tier_stacking") == STACK
    if bought is not None and (best is None or bought.discount_permille < best.discount_permille):
        terms = CardTerms(bought.name, f"card:{bought.pk}", bought.discount_permille, stacks, price)
        return CardDeal(terms, holding, bought)
    if best is None:
        return None
    terms = CardTerms(best.card_name, f"card:{best.card_id}", best.discount_permille, stacks, price)
    return CardDeal(terms, holding, bought, best)


def write_card(order: Order, deal: CardDeal | None, *, discounted: bool) -> None:
    """Note on an unsaved order what cards mean for it, and write the purchase of a bought one."""
    if deal is None:
        return
    if discounted and deal.period is not None:
        order.card_period = deal.period
    if deal.bought is not None:
        purchase = new_purchase(order.member_id, deal.bought, deal.holding, platform=order.platform)
        purchase.order_number = order.number
        purchase.save(force_insert=True)
        order.card_purchase = purchase
        order.card_amount = purchase.amount


def settle_card(order: Order) -> None:
    """The order is paid: open the card that came with it, and write down what a card took off.

    Locks the purchase and the wallet. Raises ``CardTrialUsed``, ``CardOwnedForever`` when the member got such
    a card in another way meanwhile.
    """
    period_id = order.card_period_id
    if order.card_purchase_id is not None:
        purchase = lock_row(CardPurchase.objects.filter(pk=order.card_purchase_id))
        opened = book_purchase(purchase)
        period_id = period_id or opened.pk
    if period_id is None:
        return
    cuts = OrderAdjustment.objects.filter(order=order, kind=CARD_DISCOUNT)
    discount = -(cuts.aggregate(total=Sum("amount"))["total"] or 0)
    if discount:
        record_use(period_id=period_id, order_number=order.number, discount=discount)


def release_card(order: Order) -> None:
    """The order closes: its card is not bought, and what a card took off it does not count as use."""
    if order.card_period_id is None and order.card_purchase_id is None:
        return
    return_use(order_number=order.number)
    if order.card_purchase_id is not None:
        purchase = lock_row(CardPurchase.objects.filter(pk=order.card_purchase_id))
        if purchase.state in _UNPAID:
            close_purchase(purchase, reason="order_closed")


def refund_card(order: Order, payments: Sequence[Payment]) -> int:
    """The paid order is cancelled: refund its card if no other order used it; return what is kept for it.

    That is the card's price where the card stays, and spent gift money that was deducted where it does not.
    """
    if order.card_purchase_id is None:
        return 0
    number = CardPurchase.objects.values_list("number", flat=True).get(pk=order.card_purchase_id)
    refund_with_order(number=number, payments=list(payments))
    refunded = CardPurchase.objects.values_list("refunded", flat=True).get(pk=order.card_purchase_id)
    return order.card_amount - refunded
