"""Every row of the catalog says its name: in the console, in logs, in the audit."""

import pytest

from catalog import models
from catalog.services.stock import Demand, reserve_stock
from tests.catalog.factories import SYSTEM, make_product

pytestmark = pytest.mark.django_db


def test_rows_are_called_what_people_call_them():
    tag = models.Tag.objects.create(name="新品")
    product = make_product(title="碗", tag_ids=(tag.pk,))
    sku = product.skus.get()
    stock = sku.stocks.get()
    reserve_stock(reference="A", demands=[Demand(sku.pk, 1)], expires_at=None, actor=SYSTEM)
    day = models.SoldOutDay.objects.create(stock=stock, day="2026-03-01", seconds=60)
    store = models.Store(name="外滩店")
    rows = [
        (product, "碗"),
        (sku, sku.code),
        (stock, f"{sku.pk}@{stock.location_id}"),
        (day, f"{stock.pk} 2026-03-01"),
        (tag, "新品"),
        (store, "外滩店"),
        (product.category, product.category.name),
        (models.Brand(name="青禾"), "青禾"),
        (models.Attribute(name="材质"), "材质"),
        (models.ServicePromise(name="包邮"), "包邮"),
        (models.SearchTerm(term="绿茶"), "绿茶"),
        (models.HotWord(term="春茶"), "春茶"),
        (models.StockPace(stock=stock, sold_30=4), f"{stock.pk}: 4"),
        (models.Reservation.objects.get(), "A"),
        (models.ProductTag.objects.get(), f"{product.pk}:{tag.pk}"),
        (product.media.get(), product.media.get().file.name),
        (stock.movements.latest("pk"), "预占 A"),
        (models.StockDocument.objects.get(), models.StockDocument.objects.get().reference),
    ]
    assert [str(row) for row, _name in rows] == [name for _row, name in rows]
    assert str(sku.price_changes.get()).startswith(f"{sku.pk} ")
