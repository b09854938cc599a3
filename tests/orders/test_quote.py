"""POST /checkout/quote: the price as of now, warnings instead of refusals, constant queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import FreightTemplate, Location, Product, Sku, Store
from catalog.rules.products import SkuFields
from catalog.services.stock import Demand, receive_stock
from orders.models import Order
from tests.catalog.factories import SYSTEM, make_product, make_sku
from tests.members.shoppers import fields_of, problem
from tests.orders.buyer import Buyer, new_buyer

pytestmark = pytest.mark.django_db(transaction=True)


def make_store(**fields) -> Store:
    place = {"province": "上海市", "city": "上海市", "district": "黄浦区", "detail": "南京东路1号"}
    return Store.objects.create(
        **{"name": "人民广场店", "latitude": "31.23", "longitude": "121.47", **place, **fields}
    )


def test_a_quote_adds_up_and_explains_itself(buyer: Buyer) -> None:
    shirt, cup = make_sku(price=5900), make_sku(price=1250)

    answer = buyer.quote((shirt, 1), (cup, 2))

    assert answer.status_code == 200
    body = answer.json()
    assert (body["goods_total"], body["freight"], body["payable"], body["due"]) == (8400, 800, 9200, 9200)
    assert (body["wallet_amount"], body["points_used"], body["adjustments"], body["warnings"]) == (
        0,
        0,
        [],
        [],
    )
    assert body["coupons"] == {"usable": [], "unusable": []}
    first, second = body["lines"]
    assert (first["sku"], first["quantity"], first["unit_price"], first["amount"]) == (
        shirt.pk,
        1,
        5900,
        5900,
    )
    assert (first["payable"], first["freight"], second["freight"]) == (5900, 562, 238)
    assert [reason["code"] for reason in second["explanation"]] == ["price", "freight_flat"]
    assert "8.00" in second["explanation"][1]["text"]
    assert Order.objects.count() == 0


def test_the_same_sku_twice_is_one_line(buyer: Buyer) -> None:
    sku = make_sku(price=100, stock=5)

    body = buyer.quote((sku, 2), (sku, 4)).json()

    assert [(line["sku"], line["quantity"]) for line in body["lines"]] == [(sku.pk, 6)]
    assert body["warnings"] == [{"code": "out_of_stock", "sku": sku.pk, "available": 5}]


def test_stock_and_limits_are_warnings(buyer: Buyer) -> None:
    short = make_sku(stock=1)
    limited = make_sku(limit_per_order=2)
    least = make_sku(min_quantity=3)

    answer = buyer.quote((short, 2), (limited, 3), (least, 1))

    assert answer.status_code == 200
    assert answer.json()["warnings"] == [
        {"code": "out_of_stock", "sku": short.pk, "available": 1},
        {"code": "limit_per_order", "sku": limited.pk, "available": 100, "limit": 2},
        {"code": "min_quantity", "sku": least.pk, "available": 100, "limit": 3},
    ]


def test_the_skus_of_one_product_share_its_limits(buyer: Buyer) -> None:
    fields = [SkuFields(code=f"L-{size}", price=100, spec={"尺码": size}) for size in ("S", "M")]
    product = make_product(skus=fields, spec_names=("尺码",), limit_per_order=3)
    small, medium = product.skus.all()

    warnings = buyer.quote((small, 2), (medium, 2)).json()["warnings"]

    assert [(item["code"], item["sku"]) for item in warnings] == [("limit_per_order", small.pk)]


def test_what_is_not_on_sale_is_refused_by_name(buyer: Buyer) -> None:
    good, off = make_sku(), make_sku(on_sale=False)

    answer = buyer.phone.post(
        "/checkout/quote",
        buyer.body((good, 1), (off, 1))
        | {"items": [{"sku": s, "quantity": 1} for s in (good.pk, off.pk, 987654)]},
    )

    assert problem(answer) == (409, "goods_unavailable")
    assert answer.json()["lines"] == [
        {"sku": off.pk, "reason": "off_sale"},
        {"sku": 987654, "reason": "unknown"},
    ]


def test_a_quote_from_the_cart_leaves_out_what_cannot_be_bought(buyer: Buyer) -> None:
    good, off, sold_out, unselected = (make_sku(price=1000, stock=1) for _ in range(4))
    for sku in (good, off, sold_out, unselected):
        buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 1})
    item = next(i for i in buyer.phone.get("/cart").json()["items"] if i["sku"] == unselected.pk)
    buyer.phone.patch(f"/cart/items/{item['id']}", {"selected": False})
    Product.objects.filter(pk=off.product_id).update(state="off_sale")
    Product.objects.filter(pk=sold_out.product_id).update(min_quantity=2)

    body = buyer.quote().json()

    assert [line["sku"] for line in body["lines"]] == [good.pk]
    assert {(item["code"], item["sku"]) for item in body["warnings"]} == {
        ("unavailable", off.pk),
        ("out_of_stock", sold_out.pk),
    }


def test_a_cart_of_sold_out_goods_is_quoted_with_a_warning(buyer: Buyer) -> None:
    sku = make_sku(price=1000, stock=3)
    buyer.phone.post("/cart/items", {"sku": sku.pk, "quantity": 3})
    new_buyer().placed((sku, 3))

    body = buyer.quote().json()

    assert [(line["sku"], line["quantity"]) for line in body["lines"]] == [(sku.pk, 3)]
    assert body["warnings"] == [{"code": "out_of_stock", "sku": sku.pk, "available": 0}]


def test_a_cart_without_anything_to_buy_is_refused(buyer: Buyer) -> None:
    assert problem(buyer.quote()) == (409, "nothing_selected")


@pytest.mark.parametrize(("delivery", "freight"), [("express", 800), ("local", 800)])
def test_deliveries_that_somebody_drives_cost_freight(buyer: Buyer, delivery, freight) -> None:
    assert buyer.quote((make_sku(), 1), delivery=delivery).json()["freight"] == freight


def test_pick_up_costs_nothing_and_looks_at_the_stores_own_stock(buyer: Buyer) -> None:
    sku = make_sku(stock=9)
    without = make_store()
    store = make_store(name="徐家汇店")
    room = Location.objects.create(name="徐家汇店后仓", kind="store", store=store)
    receive_stock(
        actor=SYSTEM, location_id=room.pk, lines=[Demand(sku.pk, 1)], reference="IN-S", reason="调拨"
    )

    own = buyer.quote((sku, 2), delivery="pickup", store=store.pk).json()
    default = buyer.quote((sku, 2), delivery="pickup", store=without.pk).json()

    assert (own["freight"], own["warnings"]) == (0, [{"code": "out_of_stock", "sku": sku.pk, "available": 1}])
    assert default["warnings"] == []


def test_pick_up_needs_an_open_store(buyer: Buyer) -> None:
    sku = make_sku()
    closed = make_store(is_open=False)

    assert problem(buyer.quote((sku, 1), delivery="pickup")) == (409, "store_required")
    assert problem(buyer.quote((sku, 1), delivery="pickup", store=closed.pk)) == (409, "store_closed")
    assert problem(buyer.quote((sku, 1), delivery="pickup", store=999)) == (404, "not_found")


def test_virtual_goods_travel_alone(buyer: Buyer) -> None:
    code, shirt = make_sku(is_virtual=True), make_sku()

    mixed = buyer.quote((code, 1), (shirt, 1))
    assert problem(mixed) == (409, "delivery_unsuitable")
    assert mixed.json()["lines"] == [{"sku": code.pk, "reason": "virtual_goods"}]
    physical = buyer.quote((shirt, 1), delivery="virtual")
    assert physical.json()["lines"] == [{"sku": shirt.pk, "reason": "physical_goods"}]
    assert buyer.quote((code, 1), delivery="virtual").json()["payable"] == 5900


def test_another_members_address_is_not_found(buyer: Buyer, stranger: Buyer) -> None:
    answer = buyer.phone.post(
        "/checkout/quote", {**buyer.body((make_sku(), 1)), "address": stranger.address_id}
    )
    assert problem(answer) == (404, "not_found")


@pytest.mark.parametrize(
    "more",
    [
        {"activity": {"kind": "flash_sale", "id": 1}},
        {"coupon": 3},
        {"freight_coupon": 3},
        {"card": 1},
        {"slot": 1},
    ],
)
def test_what_the_shop_does_not_offer_yet_is_refused_by_name(buyer: Buyer, more) -> None:
    answer = buyer.quote((make_sku(), 1), **more)
    assert problem(answer) == (409, "feature_unavailable")
    assert answer.json()["field"] == next(iter(more))


def test_asking_for_nothing_of_it_is_fine(buyer: Buyer) -> None:
    nothing = {
        "activity": None,
        "coupon": "best",
        "freight_coupon": None,
        "points": 0,
        "use_wallet": False,
        "wallet_token": None,
        "card": None,
        "slot": None,
        "store": None,
    }
    assert buyer.quote((make_sku(), 1), **nothing).status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"delivery": "express"}, [("items", "required")]),
        (
            {"delivery": "express", "items": [{"sku": 1, "quantity": 1}], "from_cart": True},
            [("items", "required")],
        ),
        ({"delivery": "teleport", "from_cart": True}, [("delivery", "invalid_choice")]),
        ({"delivery": "express", "items": []}, [("items", "min_length")]),
        ({"delivery": "express", "items": [{"sku": 1, "quantity": -1}]}, [("items.0.quantity", "min_value")]),
        ({"delivery": "express", "from_cart": True, "coupon": "worst"}, [("coupon", "invalid")]),
        ({"from_cart": True}, [("delivery", "required")]),
    ],
)
def test_malformed_bodies_are_refused_by_field(buyer: Buyer, body, expected) -> None:
    answer = buyer.phone.post("/checkout/quote", body)
    assert problem(answer) == (400, "invalid_input")
    assert fields_of(answer) == expected


def test_several_templates_add_up(buyer: Buyer) -> None:
    heavy = FreightTemplate.objects.create(name="大件", flat_fee=3000)
    light, big = make_sku(price=1000), make_sku(price=1000, freight_template_id=heavy.pk)

    body = buyer.quote((light, 1), (big, 1)).json()

    assert [line["freight"] for line in body["lines"]] == [800, 3000]


def test_fifty_lines_take_as_many_queries_as_one(buyer: Buyer) -> None:
    product = make_product(stock=0)
    more = Sku.objects.bulk_create(
        [Sku(product=product, code=f"Q-{n}", price=100, spec={"n": str(n)}) for n in range(49)]
    )
    receive_stock(
        actor=SYSTEM, location_id=None, lines=[Demand(s.pk, 9) for s in more], reference="IN-Q", reason="进货"
    )
    first = make_sku()
    with CaptureQueriesContext(connection) as one:
        buyer.quote((first, 1))
    with CaptureQueriesContext(connection) as fifty:
        answer = buyer.quote((first, 1), *[(sku, 1) for sku in more])
    assert len(answer.json()["lines"]) == 50
    assert len(one) == len(fifty) <= 8, [query["sql"][:90] for query in fifty]
