"""Prices: written down at every change; a crossed-out price must have been charged."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import MarketPriceUnproven
from catalog.models import PriceChange, Product
from catalog.queries.findings import product_findings
from catalog.rules.gtin import check_digit, is_gtin
from catalog.rules.prices import is_proven, time_charged
from catalog.rules.products import SkuFields
from catalog.services.products import PriceUpdate, add_sales, change_price
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry, OutboxEvent
from tests.catalog.factories import SYSTEM, make_product, make_sku
from tests.orders.test_query_counts import settled

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("history", "proven"),
    [
        ([], False),
        ([(START, 200)], True),
        ([(START, 199)], False),
        ([(START + 94 * DAY, 200)], False),
        ([(START + 93 * DAY, 200)], True),
        ([(START, 200), (START + 5 * DAY, 100)], False),
        ([(START, 200), (START + 16 * DAY, 100)], False),  # six days of it lie within the window
        ([(START, 200), (START + 17 * DAY, 100)], True),
        (
            [
                (START + 50 * DAY, 250),
                (START + 54 * DAY, 100),
                (START + 60 * DAY, 200),
                (START + 63 * DAY, 1),
            ],
            True,
        ),
        (
            [
                (START + 50 * DAY, 250),
                (START + 54 * DAY, 100),
                (START + 60 * DAY, 200),
                (START + 62 * DAY, 1),
            ],
            False,
        ),
    ],
)
def test_seven_days_within_ninety_prove_a_price(history, proven):
    now = START + 100 * DAY
    assert is_proven(history, price=100, market_price=200, now=now, min_days=7, window_days=90) is proven


def test_nothing_crossed_out_needs_no_proof():
    for market_price in (None, 100):
        assert is_proven((), price=100, market_price=market_price, now=START, min_days=7, window_days=90)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 5)), max_size=8), st.integers(1, 5))
def test_time_charged_is_what_counting_day_by_day_gives(points, wanted):
    history = [(START + day * DAY, price) for day, price in sorted(points)]
    counted = 0
    for day in range(20, 100):
        moment = START + day * DAY
        before = [price for at, price in history if at <= moment]
        counted += bool(before) and before[-1] >= wanted
    since, until = START + 20 * DAY, START + 100 * DAY
    assert time_charged(history, at_least=wanted, since=since, until=until) == counted * DAY


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("6901028075831", True),
        ("6901028075830", False),
        ("96385074", True),
        ("036000291452", True),
        ("10614141000415", True),
        ("690102807583", False),
        ("69010280758311", False),
        ("6901028O75831", False),
        ("６９０１０２８０７５８３１", False),
        ("", False),
    ],
)
def test_gtin_check_digits(code, valid):
    assert is_gtin(code) is valid


@given(st.sampled_from([7, 11, 12, 13]), st.data())
def test_one_wrong_digit_is_always_noticed(length, data):
    digits = data.draw(st.text("0123456789", min_size=length, max_size=length))
    code = digits + str(check_digit(digits))
    assert is_gtin(code)
    place = data.draw(st.integers(0, length))
    wrong = str((int(code[place]) + data.draw(st.integers(1, 9))) % 10)
    assert not is_gtin(code[:place] + wrong + code[place + 1 :])


@pytest.mark.django_db
class TestChangePrice:
    def test_a_change_is_written_down_derived_audited_and_published(self):
        specs = [SkuFields(f"P{n}", 1000 * n, {"码": str(n)}) for n in (1, 2, 3)]
        product = make_product(skus=specs, spec_names=("码",))
        OutboxEvent.objects.all().delete()
        first, second, third = product.skus.all()
        updates = [PriceUpdate(first.pk, 4000), PriceUpdate(second.pk, 2000), PriceUpdate(third.pk, 2500)]
        changed = change_price(actor=SYSTEM, updates=updates, reason="换季")
        assert [sku.code for sku in changed] == ["P1", "P3"]
        product.refresh_from_db()
        assert (product.min_price, product.max_price) == (2000, 4000)
        assert list(PriceChange.objects.filter(sku=first).order_by("pk").values_list("price", flat=True)) == [
            1000,
            4000,
        ]
        assert PriceChange.objects.filter(sku=second).count() == 1
        entry = AuditEntry.objects.get(action="catalog.change_price")
        assert (entry.before, entry.after) == (
            {"P1": [1000, None], "P3": [3000, None]},
            {"P1": [4000, None], "P3": [2500, None]},
        )
        assert [event.name for event in OutboxEvent.objects.all()] == ["catalog.product_changed"]

    def test_the_same_prices_change_nothing(self):
        sku = make_sku(price=1000)
        assert change_price(actor=SYSTEM, updates=[PriceUpdate(sku.pk, 1000)]) == []
        assert not AuditEntry.objects.filter(action="catalog.change_price").exists()

    def test_refusals_change_nothing(self):
        sku = make_sku(price=1000)
        for updates, error in (
            ([PriceUpdate(sku.pk, 0)], InvalidInput),
            ([PriceUpdate(sku.pk, 900, 800)], InvalidInput),
            ([PriceUpdate(sku.pk, 900), PriceUpdate(987654321, 900)], NotFound),
            ([PriceUpdate(sku.pk, 900, 1100)], MarketPriceUnproven),
        ):
            with pytest.raises(error):
                change_price(actor=SYSTEM, updates=updates)
        with pytest.raises(Forbidden):
            change_price(actor=Actor.member(1), updates=[PriceUpdate(sku.pk, 900)])
        assert PriceChange.objects.count() == 1
        assert Product.objects.get().min_price == 1000

    def test_a_price_charged_for_a_week_may_be_crossed_out(self):
        with time_machine.travel(START, tick=False) as clock:
            sku = make_sku(price=1000)
            clock.shift(timedelta(days=6, hours=23))
            update = [PriceUpdate(sku.pk, 900, 1000)]
            with pytest.raises(MarketPriceUnproven):
                change_price(actor=SYSTEM, updates=update)
            clock.shift(timedelta(hours=1))
            change_price(actor=SYSTEM, updates=update)
            assert Product.objects.get().market_price == 1000
            assert product_findings(sku.product_id).unproven == []
            clock.shift(timedelta(days=84))
            assert product_findings(sku.product_id).unproven == [sku]

    def test_the_shop_may_choose_to_be_warned_only(self):
        sku = make_sku(price=1000)
        runtime.set_value(actor=SYSTEM, name="market_price_refuse", value=False)
        runtime.forget()
        change_price(actor=SYSTEM, updates=[PriceUpdate(sku.pk, 900, 1100)])
        assert product_findings(sku.product_id).unproven == [sku]
        with pytest.raises(MarketPriceUnproven):
            change_price(actor=SYSTEM, updates=[PriceUpdate(sku.pk, 900, 1200)], unproven="refuse")

    @pytest.mark.parametrize("count", [1, 40])
    def test_the_number_of_queries_does_not_grow_with_the_skus(self, count):
        skus = [make_sku(price=1000) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            change_price(actor=SYSTEM, updates=[PriceUpdate(sku.pk, 900) for sku in skus])
        assert settled(queries) == 10

    def test_sales_are_added_and_taken_away_but_never_negative(self, django_assert_num_queries):
        first, second = make_product(), make_product()
        with transaction.atomic(), django_assert_num_queries(2):
            add_sales(pieces={first.pk: 5, second.pk: 3, 987654321: 1})
        with transaction.atomic():
            add_sales(pieces={first.pk: -2, second.pk: -9})
        assert [product.sales for product in Product.objects.order_by("pk")] == [3, 0]

    def test_findings_of_an_absent_product(self):
        with pytest.raises(NotFound):
            product_findings(987654321)
