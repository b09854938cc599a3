"""The cart: live prices, reasons why a line cannot be bought, limits, and nobody else's hands in it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Sku
from orders.models import CartItem
from orders.rules import MAX_LINES, MAX_PIECES
from tests.catalog.factories import make_product, make_sku
from tests.members.shoppers import fields_of, problem
from tests.orders.buyer import Buyer

pytestmark = pytest.mark.django_db(transaction=True)


def add(buyer: Buyer, sku: Sku, quantity: int = 1):
    return buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": quantity})


def cart(buyer: Buyer):
    return buyer.phone.get("/cart").json()


def test_an_item_is_added_on_top_and_shown_with_todays_price(buyer: Buyer) -> None:
    sku = make_sku(price=5900, stock=20)
    assert add(buyer, sku, 2).status_code == 201
    answer = add(buyer, sku, 3)
    Sku.objects.filter(pk=sku.pk).update(price=4900)

    body = cart(buyer)

    assert answer.status_code == 201
    assert answer.json()["items"][0]["quantity"] == 5
    [item] = body["items"]
    assert (item["sku"], item["quantity"], item["price"], item["amount"]) == (sku.pk, 5, 4900, 24500)
    assert (item["available"], item["invalid"], item["warnings"], item["selected"]) == (20, None, [], True)
    assert (body["goods_total"], body["pieces"]) == (24500, 5)


def test_invalid_lines_say_why_and_do_not_count(buyer: Buyer) -> None:
    good, off, inactive, sold_out, short = (make_sku(price=1000, stock=3) for _ in range(5))
    for sku in (good, off, inactive, sold_out):
        add(buyer, sku)
    add(buyer, short, 9)
    Product.objects.filter(pk=off.product_id).update(state="off_sale")
    Sku.objects.filter(pk=inactive.pk).update(is_active=False)
    Product.objects.filter(pk=sold_out.product_id).update(min_quantity=4)

    body = cart(buyer)

    found = {item["sku"]: (item["invalid"], item["warnings"]) for item in body["items"]}
    assert found == {
        good.pk: (None, []),
        off.pk: ("off_sale", []),
        inactive.pk: ("sku_inactive", []),
        sold_out.pk: ("sold_out", ["min_quantity"]),
        short.pk: (None, ["insufficient"]),
    }
    assert (body["goods_total"], body["pieces"]) == (10_000, 10)


def test_quantity_and_selection_are_changed_and_items_removed(buyer: Buyer) -> None:
    first, second = make_sku(price=1000), make_sku(price=500)
    add(buyer, first)
    item = add(buyer, second).json()["items"][0]["id"]

    assert buyer.phone.patch(f"/cart/items/{item}", {"quantity": 4}).json()["goods_total"] == 3000
    assert buyer.phone.patch(f"/cart/items/{item}", {"selected": False}).json()["goods_total"] == 1000
    assert buyer.phone.post("/cart/select", {"selected": False}).json()["goods_total"] == 0
    chosen = buyer.phone.post("/cart/select", {"items": [item], "selected": True})
    assert chosen.json()["goods_total"] == 2000
    assert buyer.phone.delete(f"/cart/items/{item}").status_code == 204
    assert problem(buyer.phone.delete(f"/cart/items/{item}")) == (404, "not_found")
    assert [line["sku"] for line in cart(buyer)["items"]] == [first.pk]


def test_what_cannot_be_bought_is_not_added(buyer: Buyer) -> None:
    off = make_sku(on_sale=False)
    limited = make_sku(limit_per_order=3)

    refused = add(buyer, off)
    assert problem(refused) == (409, "goods_unavailable")
    assert refused.json()["lines"] == [{"sku": off.pk, "reason": "off_sale"}]
    unknown = buyer.phone.post("/cart/items", {"sku": 999_999, "quantity": 1})
    assert unknown.json()["lines"] == [{"sku": 999_999, "reason": "unknown"}]
    add(buyer, limited, 3)
    over = add(buyer, limited)
    assert problem(over) == (409, "purchase_limited")
    assert over.json()["lines"] == [{"sku": limited.pk, "code": "limit_per_order", "limit": 3, "wanted": 4}]
    assert list(CartItem.objects.values_list("sku", "quantity")) == [(limited.pk, 3)]


def test_a_cart_holds_so_many_skus_and_pieces(buyer: Buyer) -> None:
    from shop.core import clock

    product = make_product(stock=0)
    skus = Sku.objects.bulk_create(
        [Sku(product=product, code=f"M-{n}", price=100, spec={"n": str(n)}) for n in range(MAX_LINES)]
    )
    CartItem.objects.bulk_create(
        [CartItem(member=buyer.member, sku=sku, quantity=1, added_at=clock.now()) for sku in skus]
    )

    full = add(buyer, make_sku())

    assert problem(full) == (409, "cart_full")
    assert full.json()["limit"] == MAX_LINES
    assert problem(add(buyer, skus[0], MAX_PIECES)) == (409, "purchase_limited")
    assert CartItem.objects.count() == MAX_LINES


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("sku", "required"), ("quantity", "required")]),
        ({"sku": "1", "quantity": 1}, [("sku", "invalid")]),
        ({"sku": 1, "quantity": 0}, [("quantity", "min_value")]),
        ({"sku": 1, "quantity": 1000}, [("quantity", "max_value")]),
        ({"sku": 1, "quantity": 1, "price": 1}, [("price", "unknown_field")]),
    ],
)
def test_malformed_items_are_refused_by_field(buyer: Buyer, body, expected) -> None:
    answer = buyer.phone.post("/cart/items", body)
    assert problem(answer) == (400, "invalid_input")
    assert fields_of(answer) == expected


def test_a_change_of_nothing_changes_nothing(buyer: Buyer) -> None:
    before = add(buyer, make_sku()).json()
    answer = buyer.phone.patch(f"/cart/items/{before['items'][0]['id']}", {})
    assert (answer.status_code, answer.json()) == (200, before)


def test_another_members_item_is_not_found_and_stays_as_it_is(buyer: Buyer, stranger: Buyer) -> None:
    item = add(buyer, make_sku(), 2).json()["items"][0]["id"]

    assert problem(stranger.phone.patch(f"/cart/items/{item}", {"quantity": 9})) == (404, "not_found")
    assert problem(stranger.phone.delete(f"/cart/items/{item}")) == (404, "not_found")
    selection = stranger.phone.post("/cart/select", {"items": [item], "selected": False})
    assert problem(selection) == (404, "not_found")

    assert list(CartItem.objects.values_list("quantity", "is_selected")) == [(2, True)]
    assert cart(stranger)["items"] == []


def test_the_cart_takes_as_many_queries_for_one_line_as_for_thirty(buyer: Buyer) -> None:
    add(buyer, make_sku())
    with CaptureQueriesContext(connection) as few:
        cart(buyer)
    for _ in range(29):
        add(buyer, make_sku())
    with CaptureQueriesContext(connection) as many:
        assert len(cart(buyer)["items"]) == 30
    assert len(few) == len(many)
