"""The catalog's public endpoints."""

import pytest

from catalog.api.serializers import CategoryBody, DegreesField
from catalog.models import HotWord, Location, Store
from catalog.services.stock import Demand, receive_stock
from tests.catalog.factories import SYSTEM, make_category, make_sku

pytestmark = pytest.mark.django_db


def make_stores(count=3):
    for number in range(count):
        Store.objects.create(
            name=f"店{number}",
            province="上海市",
            city="上海市",
            district="黄浦区",
            detail="某路1号",
            latitude=31.2 + number / 100,
            longitude="121.470000",
            opening_hours="9:00-21:00",
            phone="021-1234",
        )


def get(client, path):
    answer = client.get("/api/v1" + path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refusal(client, path):
    answer = client.get("/api/v1" + path)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_the_tree(client):
    assert get(client, "/categories") == {"results": [], "next": None, "previous": None}
    top = make_category("食品")
    leaf = make_category("茶", parent=top)
    assert get(client, "/categories")["results"] == [
        {
            "id": top.pk,
            "name": "食品",
            "image": "",
            "children": [{"id": leaf.pk, "name": "茶", "image": "", "children": []}],
        }
    ]
    assert refusal(client, "/categories?x=1") == [("x", "unknown_field")]


def test_stores_page_by_distance(client):
    make_stores()
    first = get(client, "/stores?lat=31.225&lng=121.47&limit=2")
    assert [store["name"] for store in first["results"]] == ["店2", "店1"]
    assert first["results"][0] == {
        "id": Store.objects.get(name="店2").pk,
        "name": "店2",
        "phone": "021-1234",
        "province": "上海市",
        "city": "上海市",
        "district": "黄浦区",
        "detail": "某路1号",
        "opening_hours": "9:00-21:00",
        "latitude": 31.22,
        "longitude": 121.47,
        "distance": 556,
    }
    second = client.get(first["next"]).json()
    assert [store["name"] for store in second["results"]] == ["店0"]
    assert second["next"] is None
    back = client.get(second["previous"]).json()
    assert [store["name"] for store in back["results"]] == ["店2", "店1"]


def test_stores_without_coordinates_and_by_product(client):
    make_stores()
    assert [row["distance"] for row in get(client, "/stores")["results"]] == [None, None, None]
    sku = make_sku()
    place = Location.objects.create(name="店1仓", kind="store", store=Store.objects.get(name="店1"))
    lines = [Demand(sku.pk, 1)]
    receive_stock(actor=SYSTEM, location_id=place.pk, lines=lines, reference="IN", reason="x")
    found = get(client, f"/stores?product={sku.product_id}")["results"]
    assert [store["name"] for store in found] == ["店1"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("lat=31", ("lng", "required")),
        ("lng=121", ("lat", "required")),
        ("lat=91&lng=0", ("lat", "out_of_range")),
        ("lat=0&lng=-180.1", ("lng", "out_of_range")),
        ("lat=nan&lng=0", ("lat", "invalid")),
        ("lat=1e1&lng=0", ("lat", "invalid")),
        ("product=0", ("product", "min_value")),
        ("cursor=x", ("cursor", "invalid")),
    ],
)
def test_bad_coordinates(client, query, error):
    assert refusal(client, f"/stores?{query}") == [error]


def test_search_words(client):
    HotWord.objects.create(term="春茶")
    make_category("春装")
    assert get(client, "/search/hot") == {"results": ["春茶"], "next": None, "previous": None}
    assert get(client, "/search/suggestions?q=春")["results"] == ["春装"]
    assert get(client, "/search/suggestions")["results"] == []
    assert refusal(client, "/search/suggestions?q=" + "x" * 41) == [("q", "max_length")]


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_queries_does_not_grow(client, count, django_assert_num_queries):
    make_stores(count)
    for _ in range(count):
        make_category()
    for path in ("/stores?lat=1&lng=1", "/stores", "/categories"):
        with django_assert_num_queries(1):
            get(client, path)


def test_categories_are_described_to_clients():
    node = {"id": 1, "name": "食品", "image": "", "children": [{"id": 2}]}
    assert CategoryBody(node).data == node
    assert DegreesField(limit=90).to_representation(31) == 31.0
