import pytest
from django.urls import reverse

from catalog.models import Stock, StockDocument, StockMovement
from tests.catalog.factories import make_product

pytestmark = pytest.mark.django_db


def test_all(login):
    product = make_product()
    b = login("owner")
    for url in [
        reverse("admin:catalog_product_changelist"),
        reverse("admin:catalog_product_changelist") + "?q=T恤",
        reverse("admin:catalog_product_changelist") + "?state=bin&stock=low&finding=wording",
        reverse("admin:catalog_product_add"),
        reverse("admin:catalog_product_change", args=[product.pk]),
        reverse("admin:catalog_stock_changelist"),
        reverse("admin:catalog_stock_changelist") + "?q=SKU&alert=short",
        reverse("admin:catalog_stock_change", args=[Stock.objects.first().pk]),
        reverse("admin:catalog_stockmovement_changelist"),
        reverse("admin:catalog_stockmovement_changelist") + "?q=IN&kind=stock_in",
        reverse("admin:catalog_stockdocument_changelist"),
        reverse("admin:catalog_stockmovement_change", args=[StockMovement.objects.first().pk]),
        reverse("admin:catalog_stockdocument_change", args=[StockDocument.objects.first().pk]),
        reverse("admin:stock_in"),
        reverse("admin:stock_take"),
        reverse("admin:catalog_stock_lookup") + "?q=SKU",
    ]:
        r = b.get(url)
        assert r.status_code == 200, (url, r.status_code)
