"""What the editor's script sends, for tests without a browser."""

import json
from typing import Any

from django.test import Client
from django.urls import reverse

from catalog.models import Product
from catalog.queries.editing import product_state


def page_of(product: Product, **changes: Any) -> dict[str, Any]:
    """Return the page of a stored product as the script sends it back."""
    state = product_state(Product.objects.get(pk=product.pk), with_cost=True)
    state["media"] = [picture["id"] for picture in state["media"]]
    for sku in state["skus"]:
        sku["image"] = sku["image"]["id"] if sku["image"] else None
    return {**state, **changes}


def new_page(category_id: int, **changes: Any) -> dict[str, Any]:
    """Return a page somebody just filled in: one SKU at 59 yuan."""
    sku = {"code": "N-1", "price": "59", "spec": {}, "is_active": True}
    return {"title": "茶杯", "category": str(category_id), "skus": [sku], **changes}


def send(browser: Client, product: Product | None, page: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Send an editor page; return status and answer."""
    name, arguments = ("add", []) if product is None else ("change", [product.pk])
    return post(browser, reverse(f"admin:catalog_product_{name}", args=arguments), page)


def post(browser: Client, address: str, data: Any) -> tuple[int, dict[str, Any]]:
    """Send JSON; return status and answer (empty when it is no JSON)."""
    answer = browser.post(address, json.dumps(data), content_type="application/json")
    is_json = answer.headers["Content-Type"].startswith("application/json")
    return answer.status_code, answer.json() if is_json else {}


def fields_of(answer: dict[str, Any]) -> list[str]:
    """Return the fields that were refused."""
    return [error["field"] for error in answer["errors"]]
