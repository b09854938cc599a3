"""From the payment of an order, staff find the card that was bought with it."""

from typing import Any

import pytest

from members.cards.models import CardPurchase
from orders.admin.panels import card_of_payment
from shop.core import clock
from shop.payments.models import Payment
from tests.members.cards.holders import card
from tests.orders.console.orders import any_order

pytestmark = pytest.mark.django_db


def test_the_payment_leads_to_the_card(rf: Any, admin_user: Any) -> None:
    order, sold = any_order(), card()
    request = rf.get("/")
    request.user = admin_user
    payment = Payment(payable_kind="order", payable_number=order.number)
    assert card_of_payment(request, payment) is None
    bought = CardPurchase.objects.create(
        number="CARD1",
        member_id=order.member_id,
        **sold.terms(),
        amount=9_900,
        order_number=order.number,
        state="paid",
        created_at=clock.now(),
        paid_at=clock.now(),
    )
    found = card_of_payment(request, payment)
    assert found is not None
    (item,) = found.items
    assert (item.text, item.url) == ("年卡", f"/admin/members/cardpurchase/{bought.pk}/change/")
    assert "99.00" in item.detail
    assert card_of_payment(request, Payment(payable_kind="recharge", payable_number=order.number)) is None
