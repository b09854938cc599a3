"""What goes with a product: counted from orders, corrected by staff, filled by category and tags."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Product, Sku, Tag
from catalog.services.products import set_product_state
from orders.models import Order, OrderLine
from shop.core import clock
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.ids import new_number
from shop.core.jobs import run_job
from shop.storefront.models import CoPurchase, RelatedChoice
from shop.storefront.queries.related import Relation, relations_of
from shop.storefront.services import copurchase
from shop.storefront.services.copurchase import count_copurchases
from shop.storefront.services.related import choose_related, forget_choice
from tests.catalog.factories import SYSTEM, make_category, make_product, make_warehouse
from tests.members.shoppers import new_member
from tests.storefront.conftest import Get

pytestmark = pytest.mark.django_db


def bought(*products: Product, days_ago: float = 1, payment_status: str = "paid") -> Order:
    """Return an order of one piece each, paid unless told otherwise."""
    now = clock.now()
    order = Order.objects.create(
        number=new_number(),
        member_id=new_member().pk,
        location=make_warehouse(),
        payment_status=payment_status,
        goods_total=0,
        freight=0,
        payable=0,
        due=0,
        created_at=now,
        paid_at=None if payment_status == "unpaid" else now - timedelta(days=days_ago),
    )
    for product in products:
        sku = Sku.objects.filter(product=product)[0]
        OrderLine.objects.create(
            order=order,
            sku=sku,
            product=product,
            title=product.title,
            sku_code=sku.code,
            quantity=1,
            unit_price=100,
            amount=100,
            payable=100,
        )
    return order


def pairs() -> set[tuple[int, int, int]]:
    return set(CoPurchase.objects.values_list("product_id", "other_id", "orders"))


def test_pairs_are_counted_both_ways_from_paid_orders_of_the_window():
    a, b, c = (make_product() for _number in range(3))
    bought(a, b)
    bought(a, b, c, payment_status="partly_refunded")
    bought(a, c, payment_status="unpaid")
    bought(a, c, payment_status="refunded")
    bought(a, c, days_ago=181)
    assert run_job("storefront.count_copurchases") == 6
    assert pairs() == {
        (a.pk, b.pk, 2),
        (b.pk, a.pk, 2),
        (a.pk, c.pk, 1),
        (c.pk, a.pk, 1),
        (b.pk, c.pk, 1),
        (c.pk, b.pk, 1),
    }
    assert count_copurchases() == 6
    assert len(pairs()) == 6


def test_the_count_is_bounded(monkeypatch: pytest.MonkeyPatch):
    goods = [make_product() for _number in range(5)]
    bought(*goods)
    monkeypatch.setattr(copurchase, "MOST_LINES", 3)
    assert count_copurchases() == 6
    monkeypatch.setattr(copurchase, "MOST_OTHERS", 1)
    assert count_copurchases() == 3
    monkeypatch.setattr(copurchase, "MOST_ORDERS", 1)
    bought(goods[0])
    assert count_copurchases() == 0


def test_reasons_come_in_order_and_each_product_once(get: Get):
    category, tag = make_category(), Tag.objects.create(name="茶")
    told = make_product(category_id=category.pk, tag_ids=(tag.pk,))
    both = make_product(title="同类同签", category_id=category.pk, tag_ids=(tag.pk,))
    same = make_product(title="同类", category_id=category.pk)
    tagged = make_product(title="同签", tag_ids=(tag.pk,))
    often, once = make_product(title="常配"), make_product(title="偶配", category_id=category.pk)
    pinned = make_product(title="置顶")
    make_product(title="无关")
    bought(told, often)
    bought(told, often, once)
    count_copurchases()
    choose_related(actor=SYSTEM, product_id=told.pk, other_id=pinned.pk, kind="pin")
    assert relations_of(told.pk, limit=30) == [
        Relation(pinned.pk, "pin", 0),
        Relation(often.pk, "bought", 2),
        Relation(once.pk, "bought", 1),
        Relation(both.pk, "alike", 2),
        Relation(tagged.pk, "alike", 1),
        Relation(same.pk, "alike", 1),
    ]
    answer = get(f"/products/{told.pk}/related?limit=4")
    assert [card["title"] for card in answer["results"]] == ["置顶", "常配", "偶配", "同类同签"]
    assert (answer["next"], answer["previous"]) == (None, None)


def test_what_cannot_be_bought_or_is_blocked_is_hidden(get: Get, refusal: Get):
    category = make_category()
    told = make_product(category_id=category.pk)
    empty = make_product(category_id=category.pk, stock=0)
    off = make_product(category_id=category.pk)
    blocked = make_product(category_id=category.pk)
    good = make_product(category_id=category.pk, title="有货")
    for other in (empty, off):
        choose_related(actor=SYSTEM, product_id=told.pk, other_id=other.pk, kind="pin")
    set_product_state(actor=SYSTEM, product_id=off.pk, state="off_sale")
    choose_related(actor=SYSTEM, product_id=told.pk, other_id=blocked.pk, kind="block")
    titles = [card["title"] for card in get(f"/products/{told.pk}/related")["results"]]
    assert titles == ["有货"]
    assert [row.product_id for row in relations_of(good.pk, limit=9)] == [blocked.pk, told.pk]
    for limit in ("0", "31", "x"):
        assert refusal(f"/products/{told.pk}/related?limit={limit}")[0] == 400


def test_choices_are_few_sound_and_recorded():
    told, other = make_product(), make_product()

    def refused(**changes: Any) -> list[tuple[str, str]]:
        arguments = {"actor": SYSTEM, "product_id": told.pk, "other_id": other.pk, "kind": "pin", **changes}
        with pytest.raises(InvalidInput) as refusal:
            choose_related(**arguments)
        assert not RelatedChoice.objects.exists()
        return [(error.field, error.code) for error in refusal.value.errors]

    assert refused(other_id=told.pk) == [("other", "invalid")]
    assert refused(other_id=987654321) == [("other", "unknown")]
    assert refused(kind="like") == [("kind", "invalid_choice")]
    with pytest.raises(NotFound):
        choose_related(actor=SYSTEM, product_id=987654321, other_id=other.pk, kind="pin")
    stranger = Actor.staff(User.objects.create_user("clerk", is_staff=True))
    for act in (
        lambda: choose_related(actor=stranger, product_id=told.pk, other_id=other.pk, kind="pin"),
        lambda: forget_choice(actor=stranger, product_id=told.pk, other_id=other.pk),
    ):
        with pytest.raises(Forbidden):
            act()
    choose_related(actor=SYSTEM, product_id=told.pk, other_id=other.pk, kind="pin")
    choose_related(actor=SYSTEM, product_id=told.pk, other_id=other.pk, kind="pin")
    choose_related(actor=SYSTEM, product_id=told.pk, other_id=other.pk, kind="block")
    assert RelatedChoice.objects.get().kind == "block"
    forget_choice(actor=SYSTEM, product_id=told.pk, other_id=other.pk)
    with pytest.raises(NotFound):
        forget_choice(actor=SYSTEM, product_id=told.pk, other_id=other.pk)


def test_a_product_has_at_most_fifty_choices():
    told, other = make_product(), make_product()
    products = Product.objects.bulk_create(
        Product(title=f"{n}", category=other.category, created_at=clock.now(), updated_at=clock.now())
        for n in range(50)
    )
    RelatedChoice.objects.bulk_create(RelatedChoice(product=told, other=product) for product in products)
    with pytest.raises(InvalidInput):
        choose_related(actor=SYSTEM, product_id=told.pk, other_id=other.pk, kind="pin")
