"""The order list: tabs, filters, search, badges, and a number of queries that does not grow."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order, Shipment
from orders.queries.orders import count_for_staff
from orders.queries.staff import STAFF_TABS, TROUBLE, count_tabs, in_tab, search_orders
from orders.services.shipping import ship_order
from orders.states import Status
from shop.core import clock
from shop.core.console import BoundedPaginator, paging
from shop.payments.models import Refund
from tests.admin_ui.conftest import Login
from tests.catalog.factories import SYSTEM, make_sku
from tests.orders.buyer import Buyer, attempt_of
from tests.orders.console.orders import any_order, page

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "orders_order_changelist"


def listed(browser: Client, query: str = "") -> list[str]:
    """Return the numbers of the orders that the list shows, in its order."""
    answer = browser.get(reverse(f"admin:{LIST}") + query)
    assert answer.status_code == 200
    return [order.number for order in answer.context["cl"].result_list]


def orders_in_every_status() -> dict[str, Order]:
    return {
        status: any_order(number=f"N{place:023d}", status=status)
        for place, status in enumerate(Status.values)
    }


def test_a_row_says_what_when_who_and_how_much(login: Login, buyer: Buyer) -> None:
    sku, cup = make_sku(price=5900, title="凤凰单丛"), make_sku(price=100, title="建盏")
    order = buyer.placed((sku, 2), (cup, 3))

    text = page(login("owner", language="en"), LIST)

    for words in (order.number, "凤凰单丛", "王**", "138****5678", "¥121.00", "2 kinds, 5 pieces"):
        assert words in text, words
    for secret in ("王小明", "13812345678", "人民大道"):
        assert secret not in text


def test_every_status_is_in_one_tab_and_the_tabs_show_just_theirs(login: Login) -> None:
    by_status = orders_in_every_status()
    browser = login("auditor")
    shown: list[str] = []
    for tab, statuses in STAFF_TABS.items():
        numbers = listed(browser, f"?tab={tab}")
        assert sorted(numbers) == sorted(by_status[status].number for status in statuses), tab
        shown += numbers
    assert sorted(shown) == sorted(order.number for order in by_status.values())
    assert listed(browser, "?tab=nonsense") == []
    assert len(listed(browser)) == 12


def test_tabs_count_what_passes_and_never_what_stays(login: Login) -> None:
    orders_in_every_status()
    assert count_tabs() == {
        "to_pay": 4,
        "to_ship": 1,
        "partly_shipped": 1,
        "to_pick_up": 1,
        "trouble": 0,
    }
    answer = login("owner").get(reverse(f"admin:{LIST}") + "?tab=to_ship&payment_status__exact=unpaid")
    tabs = {tab.query: (tab.count, tab.is_chosen) for tab in answer.context["order_tabs"]}
    assert tabs["?payment_status__exact=unpaid&tab=to_ship"] == (1, True)
    assert tabs["?payment_status__exact=unpaid&tab=shipped"] == (None, False)
    assert tabs["?payment_status__exact=unpaid"] == (None, False)


def test_trouble_is_a_refund_that_stopped_or_a_closing_that_does_not_end(payer: Buyer) -> None:
    order, calm = payer.paid((make_sku(), 1)), payer.placed((make_sku(), 1))
    stuck = any_order(status=Status.CLOSING, expires_at=clock.now() - timedelta(hours=2))
    any_order(number="FRESH", status=Status.CLOSING, expires_at=clock.now() - timedelta(minutes=2))
    assert list(in_tab(Order.objects.all(), TROUBLE)) == [stuck]
    payment = attempt_of(order).payment
    Refund.objects.create(
        number="R1", payment=payment, amount=1, reference="x", state="abnormal", created_at=clock.now()
    )

    found = in_tab(Order.objects.order_by("pk"), TROUBLE)

    assert [one.pk for one in found] == [order.pk, stuck.pk]
    assert calm not in found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?payment_status__exact=paid", ["B"]),
        ("?payment_status__exact=paid&fulfilment_status__exact=partial", []),
        ("?fulfilment_status__exact=partial", ["C"]),
        ("?delivery__exact=pickup", ["C"]),
        ("?payable_from=10&payable_to=20.50", ["B"]),
        ("?payable_from=20.51", ["C"]),
        ("?payable_from=ten", []),
        ("?created_at_from=2026-03-02&created_at_to=2026-03-02", ["B"]),
        ("?member=nobody", []),
    ],
)
def test_filters(login: Login, query: str, expected: list[str]) -> None:
    day = clock.now().replace(year=2026, month=3, day=1, hour=4)
    any_order(number="A", created_at=day, payable=999, goods_total=999, due=999)
    any_order(
        number="B",
        created_at=day + timedelta(days=1),
        payable=2050,
        goods_total=2050,
        due=2050,
        payment_status="paid",
        paid_at=day,
    )
    any_order(
        number="C",
        created_at=day + timedelta(days=2),
        payable=2051,
        goods_total=2051,
        due=2051,
        fulfilment_status="partial",
        delivery="pickup",
    )
    assert listed(login("finance"), query) == expected


def test_the_orders_of_one_member(login: Login, buyer: Buyer, stranger: Buyer) -> None:
    sku = make_sku()
    mine, theirs = buyer.placed((sku, 1)), stranger.placed((sku, 1))
    browser = login("service")
    assert listed(browser, f"?member={buyer.member.pk}") == [mine.number]
    assert listed(browser) == [theirs.number, mine.number]


def test_search_finds_by_every_number_and_by_whole_phone(login: Login, payer: Buyer) -> None:
    sku = make_sku()
    order = payer.paid((sku, 1))
    ship_order(actor=SYSTEM, number=order.number, carrier="SF", tracking="SF1234567890123")
    other = any_order(number="OTHER")
    attempt = attempt_of(order)
    browser = login("service")
    for term in (
        order.number,
        order.number.lower(),
        "138 1234 5678",
        "SF1234567890123",
        "sf1234567890123",
        sku.code,
        attempt.transaction_id,
        attempt.out_trade_no,
        attempt.payment.number,
    ):
        assert listed(browser, f"?q={term}") == [order.number], term
    for term in ("13812345", order.number[:-1], "SF123456789012", "nothing"):
        assert listed(browser, f"?q={term}") == [], term
    assert listed(browser, f"?q={order.number}&tab=to_pay") == [order.number]
    assert set(search_orders(Order.objects.all(), "  ")) == {Order.objects.get(pk=order.pk), other}


def test_queries_do_not_grow_with_the_rows(login: Login, buyer: Buyer) -> None:
    browser = login("owner")
    sku, cup = make_sku(), make_sku()
    buyer.placed((sku, 1))
    listed(browser)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(listed(browser)) == 1
    for _order in range(12):
        buyer.placed((sku, 1), (cup, 1))
    with CaptureQueriesContext(connection) as many:
        assert len(listed(browser)) == 13
    assert len(many) == len(few) <= 22


def test_nothing_counts_the_whole_table(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(5):
        any_order(number=f"N{place}", status=Status.COMPLETED)
    browser = login("auditor")
    with CaptureQueriesContext(connection) as queries:
        listed(browser)
    counts = [
        query["sql"] for query in queries if "COUNT(" in query["sql"] and "orders_order" in query["sql"]
    ]
    assert counts
    for sql in counts:
        assert f"LIMIT {paging.COUNTED}" in sql or '"status" IN' in sql, sql
    monkeypatch.setattr(paging, "COUNTED", 3)
    assert BoundedPaginator(Order.objects.all(), 2).count == 3
    assert BoundedPaginator([1, 2, 3, 4], 2).count == 4


def test_the_sidebar_counts_what_waits_for_those_who_ship(login: Login, buyer: Buyer) -> None:
    any_order(number="W1", status=Status.AWAITING_SHIPMENT)
    any_order(number="W2", status=Status.PARTLY_SHIPPED)
    any_order(number="W3", status=Status.AWAITING_SHIPMENT, after_sale_status="open")
    any_order(number="W4", status=Status.AWAITING_PICKUP)
    assert count_for_staff()["to_ship"] == 2

    def badge(role: str) -> object:
        groups = login(role).get("/admin/").context["sidebar_navigation"]
        items = [item for group in groups for item in group["items"]]
        return next(item.get("badge") for item in items if item["link"] == reverse(f"admin:{LIST}"))

    assert {role: badge(role) for role in ("warehouse", "service", "clerk")} == {
        "warehouse": "2",
        "service": None,
        "clerk": None,
    }


def test_an_empty_shop_and_both_languages(login: Login) -> None:
    assert listed(login("owner")) == []
    english = login("clerk", language="en").get(reverse(f"admin:{LIST}")).content.decode()
    assert "To pick up" in english
    assert Shipment.objects.count() == 0
