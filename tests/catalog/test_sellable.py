"""What cart, quote and checkout read of SKUs."""

from datetime import timedelta

import pytest

from catalog.models import FreightTemplate, Location, Product, Stock
from catalog.queries import FreightTerms, sellable_skus
from catalog.rules.products import SkuFields
from catalog.services.products import delete_product
from catalog.services.stock import Demand, receive_stock, reserve_stock
from shop.core import clock
from tests.catalog.factories import SYSTEM, make_product, make_sku

pytestmark = pytest.mark.django_db


def test_a_row_holds_everything_that_pricing_needs():
    skus = [
        SkuFields("W-L", 5900, {"颜色": "白", "尺码": "L"}, 7900, 3000, weight_g=200, volume_cm3=500),
        SkuFields("W-M", 4900, {"尺码": "M", "颜色": "白"}),
    ]
    product = make_product(
        skus=skus, stock=8, spec_names=("颜色", "尺码"), limit_per_order=5, limit_per_member=9, min_quantity=2
    )
    large = product.skus.get(code="W-L")
    reserve_stock(
        reference="A",
        demands=[Demand(large.pk, 3)],
        expires_at=clock.now() + timedelta(minutes=5),
        actor=SYSTEM,
    )
    row = sellable_skus([large.pk])[large.pk]
    assert (row.product_id, row.code, row.title) == (product.pk, "W-L", product.title)
    assert list(row.spec.items()) == [("颜色", "白"), ("尺码", "L")]
    assert (row.price, row.market_price, row.cost) == (5900, 7900, 3000)
    assert (row.weight_g, row.volume_cm3, row.available) == (200, 500, 5)
    assert (row.min_quantity, row.limit_per_order, row.limit_per_member) == (2, 5, 9)
    assert row.category_path == product.category.path
    assert row.image == product.media.get().file.url
    assert row.freight == FreightTerms(FreightTemplate.objects.get().pk, "包邮模板", 800, 9900)
    assert row.unsellable is None


def test_reasons_why_a_sku_cannot_be_bought():
    gone, off, inactive, empty = make_sku(), make_sku(on_sale=False), make_sku(), make_sku(stock=0)
    delete_product(actor=SYSTEM, product_id=gone.product_id)
    inactive.is_active = False
    inactive.save()
    rows = sellable_skus([gone.pk, off.pk, inactive.pk, empty.pk, 987654321])
    assert {pk: row.unsellable for pk, row in rows.items()} == {
        gone.pk: "off_sale",
        off.pk: "off_sale",
        inactive.pk: "sku_inactive",
        empty.pk: "sold_out",
    }


def test_available_is_that_of_the_location_asked_for():
    sku = make_sku(stock=7)
    store = Location.objects.create(name="分仓")
    receive_stock(
        actor=SYSTEM, location_id=store.pk, lines=[Demand(sku.pk, 2)], reference="IN", reason="调拨"
    )
    assert sellable_skus([sku.pk])[sku.pk].available == 7
    assert sellable_skus([sku.pk], location_id=store.pk)[sku.pk].available == 2
    assert sellable_skus([sku.pk], location_id=store.pk + 1)[sku.pk].available == 0
    assert Stock.objects.count() == 2


def test_a_products_own_freight_template_comes_before_the_default():
    own = FreightTemplate.objects.create(name="生鲜", flat_fee=1500)
    sku = make_sku(freight_template_id=own.pk)
    assert sellable_skus([sku.pk])[sku.pk].freight == FreightTerms(own.pk, "生鲜", 1500, None)
    FreightTemplate.objects.filter(is_default=True).delete()
    Product.objects.update(freight_template=None)
    assert sellable_skus([sku.pk])[sku.pk].freight is None


@pytest.mark.parametrize("count", [1, 50])
def test_one_query_for_any_number_of_skus(count, django_assert_num_queries):
    ids = [make_sku().pk for _ in range(count)]
    with django_assert_num_queries(1):
        assert len(sellable_skus(ids)) == count
    with django_assert_num_queries(0):
        assert sellable_skus([]) == {}
