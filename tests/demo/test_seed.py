"""``seed_demo``: a shop of any size, in which every audit stays clean."""

import io
import json
import random
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from rest_framework.test import APIClient

from catalog.models import Media, Product, Sku, Stock, StockMovement
from catalog.queries import ProductFilters, list_ids, list_products, product_cards
from catalog.queries.images import rendition_url
from catalog.services.stock import Demand, receive_stock
from members.models import Address, Member, MemberFacts, WechatIdentity
from orders.models import Order, OrderEvent, OrderLine, Shipment
from shop.core.actors import Actor
from shop.core.auth import open_session
from shop.demo.seeding.goods import plan_goods
from shop.payments.models import CashAccount, CashEntry, Payment, PaymentAttempt, Refund
from tests.catalog.factories import make_product

pytestmark = [pytest.mark.lasts(20), pytest.mark.django_db(transaction=True)]
AUDITS = ("audit_stock", "audit_orders", "audit_payments", "audit_ledgers")


def seed(**options: int) -> None:
    call_command("sync_shop", stdout=io.StringIO())
    sizes = {"products": 120, "members": 80, "orders": 700, **options}
    call_command("seed_demo", stdout=io.StringIO(), **sizes)


def assert_audits_clean() -> None:
    for audit in AUDITS:
        call_command(audit, stdout=io.StringIO(), stderr=io.StringIO())  # exits with 1 on drift


def definitions() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2"
        )
        keys = list(cursor.fetchall())
        # A condition that was parsed twice is written with other brackets: only that there is one counts.
        cursor.execute(
            "SELECT tablename, indexname, split_part(indexdef, ' WHERE ', 1), indexdef LIKE '%% WHERE %%'"
            " FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2",
            [],
        )
        return keys + list(cursor.fetchall())


def test_a_seeded_shop_adds_up_and_has_orders_in_every_state():
    before = definitions()
    seed()
    assert (Product.objects.count(), Member.objects.count(), Order.objects.count()) == (120, 80, 700)
    assert_audits_clean()
    assert set(Order.objects.values_list("status", flat=True)) >= {
        "pending_payment",
        "awaiting_shipment",
        "shipped",
        "received",
        "completed",
        "closed",
        "refunded",
    }
    assert Address.objects.filter(is_default=True).count() == 80
    assert OrderEvent.objects.filter(kind="placed").count() == 700
    paid = Order.objects.exclude(paid_at=None)
    assert Payment.objects.count() == paid.count()
    assert CashEntry.objects.count() == paid.count() + Refund.objects.count()
    assert CashAccount.objects.get().balance == sum(order.paid - order.refunded for order in paid)
    assert sum(facts.orders_paid for facts in MemberFacts.objects.all()) == paid.count()
    assert definitions() == before


def test_lines_of_orders_keep_addresses_of_pictures_as_real_ones_do():
    picture = Media(file="products/a.jpg", renditions={"400": "products/a-400.jpg"})
    goods = plan_goods(1, rng=random.Random(1), pictures=[picture])
    assert goods.images == [rendition_url("products/a.jpg", picture.renditions)]
    assert goods.images[0].startswith("/media/products/a")


def test_some_goods_sell_much_more_than_others():
    seed()
    sold = Counter(OrderLine.objects.values_list("product_id", flat=True)).most_common()
    assert sum(count for _product, count in sold[:12]) > sum(count for _product, count in sold) / 5
    assert Shipment.objects.exclude(tracking="").exists()


def test_what_staff_do_next_works_on_a_seeded_shop():
    """Sequences go on after the seeded rows, stock can be booked, addresses are readable."""
    seed()
    sku = Sku.objects.order_by("pk").first()
    assert sku is not None
    receive_stock(
        actor=Actor.system("test"),
        location_id=None,
        lines=[Demand(sku.pk, 3)],
        reference="after-seeding",
        reason="delivery",
    )
    assert (
        StockMovement.objects.order_by("-pk").values_list("reference", flat=True).first() == "after-seeding"
    )
    assert Address.objects.order_by("pk").values_list("phone", flat=True)[0].startswith("1009")
    assert_audits_clean()


def test_lists_search_and_a_members_orders_answer():
    seed()
    ids = list_ids({1: (list_products(ProductFilters(), sort="sales"), 20)})[1]
    cards = product_cards(ids)
    assert len(cards) == len(ids) == 20
    word = Product.objects.get(pk=ids[0]).title.split()[0]
    assert ids[0] in list_ids({1: (list_products(ProductFilters(q=word)), 1000)})[1]
    order = Order.objects.filter(status="completed").order_by("pk")[0]
    tokens = open_session(member_id=order.member_id)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
    listed = client.get("/api/v1/orders", {"limit": 50})
    assert listed.status_code == 200
    assert order.number in {row["number"] for row in listed.json()["results"]}
    shown = client.get(f"/api/v1/orders/{order.number}").json()
    assert (shown["status"], shown["address"]["receiver"] != "") == ("completed", True)


def test_everything_encrypted_can_be_read():
    seed(products=20, members=10, orders=60)
    assert all(phone.startswith("100") for phone in Member.objects.values_list("phone", flat=True))
    assert all(
        openid.startswith("oSEED") for openid in WechatIdentity.objects.values_list("openid", flat=True)
    )
    assert all(
        openid.startswith("oSEED") for openid in PaymentAttempt.objects.values_list("openid", flat=True)
    )
    assert all(
        json.loads(order.address)["receiver"] for order in Order.objects.exclude(delivery="pickup").iterator()
    )
    assert all("室" in detail for detail in Address.objects.values_list("detail", flat=True))


def test_a_shop_with_orders_is_refused_and_left_as_it_is():
    seed(products=20, members=10, orders=30)
    with pytest.raises(CommandError, match="This shop has orders"):
        call_command("seed_demo", stdout=io.StringIO(), products=20, members=10, orders=30)
    assert Order.objects.count() == 30


def test_goods_of_ones_own_are_refused():
    make_product()
    with pytest.raises(CommandError, match="goods that are not"):
        call_command("seed_demo", stdout=io.StringIO(), products=5, members=5, orders=5)
    assert (Product.objects.count(), Stock.objects.count(), Order.objects.count()) == (1, 1, 0)


def test_force_adds_to_what_is_there():
    seed(products=20, members=10, orders=30)
    seed(products=5, members=5, orders=20, force=True)
    assert (Product.objects.count(), Member.objects.count(), Order.objects.count()) == (25, 15, 50)
    assert_audits_clean()


def test_the_same_seed_makes_the_same_orders():
    seed(products=20, members=10, orders=40)
    first = list(OrderLine.objects.order_by("pk").values_list("order__number", "title", "quantity"))
    call_command("flush", interactive=False, verbosity=0)
    seed(products=20, members=10, orders=40)
    assert list(OrderLine.objects.order_by("pk").values_list("order__number", "title", "quantity")) == first
