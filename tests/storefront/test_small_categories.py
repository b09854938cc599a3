"""A small category is read by itself, however many products there are beside it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from catalog.models import Product
from tests.catalog.factories import make_category, make_product

pytestmark = pytest.mark.django_db

PRODUCTS = 20_000


def crowd() -> None:
    """Put many products on sale in one category; the statistics say so."""
    told = make_product(category_id=make_category().pk)
    columns = [str(field.column) for field in Product._meta.concrete_fields]
    names = ", ".join(name for name in columns if name not in ("id", "code"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO catalog_product (code, {names}) SELECT '', {names}"  # noqa: S608  the model's columns
            " FROM catalog_product, generate_series(1, %s) WHERE id = %s",
            [PRODUCTS, told.pk],
        )
        cursor.execute("ANALYZE catalog_product")


class Reads:
    """Asks PostgreSQL how many rows of products each statement looked at."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "catalog_product" in sql:
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                self.rows.append(looked_at(cursor.fetchone()[0][0]["Plan"]))
        return execute(sql, params, many, context)


def looked_at(plan: dict[str, Any]) -> int:
    own = 0
    if plan.get("Relation Name") == "catalog_product":
        own = int(plan["Actual Loops"] * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)))
    return own + sum(looked_at(part) for part in plan.get("Plans", ()))


def test_a_list_and_related_of_a_small_category_do_not_look_through_the_others(client: Client):
    small = make_category()
    told, *_others = [make_product(category_id=small.pk, title=f"小{number}") for number in range(5)]
    crowd()
    listing, related = Reads(), Reads()
    with connection.execute_wrapper(listing):
        answer = client.get(f"/api/v1/products?category={small.pk}").json()
    with connection.execute_wrapper(related):
        assert client.get(f"/api/v1/products/{told.pk}/related").status_code == 200
    assert [card["title"] for card in answer["results"]] == ["小4", "小3", "小2", "小1", "小0"]
    assert sum(listing.rows) <= 50
    assert sum(related.rows) <= 100
