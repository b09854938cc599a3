"""Stock pages: one list is one document, booked once; figures and filters; levels; replenishment."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Location, Sku, Stock, StockDocument, StockMovement, StockPace
from catalog.rules.products import SkuFields
from catalog.services.stock import Demand, receive_stock, reserve_stock
from shop.core import runtime
from shop.core.models import AuditEntry
from shop.core.redis import client as redis_client
from tests.admin_ui.conftest import Login
from tests.catalog.console.pages import fields_of, post
from tests.catalog.factories import SYSTEM, make_category, make_product, make_sku, make_warehouse

pytestmark = pytest.mark.django_db
IN, TAKE, LEVELS = "/admin/stock/in/", "/admin/stock/take/", "/admin/catalog/stock/"
BUY = "/admin/stock/replenishment/"


@pytest.fixture(autouse=True)
def fresh_redis() -> None:
    redis_client().flushdb()


def paper(*lines: tuple[Sku, object], **changes: object) -> dict[str, object]:
    rows = [{"sku": sku.pk, "quantity": quantity} for sku, quantity in lines]
    return {
        "location": str(make_warehouse().pk),
        "reference": "DN-7",
        "reason": "进货",
        "lines": rows,
        **changes,
    }


def on_hand(*skus: Sku) -> list[int]:
    return [Stock.objects.get(sku=sku, location__is_default=True).on_hand for sku in skus]


def test_goods_come_in_once_however_often_the_button_is_pressed(login: Login) -> None:
    tea, cup = make_sku(stock=0), make_sku(stock=4)
    browser = login("warehouse")
    sent = paper((tea, "24"), (cup, 6), (tea, "1"))
    status, answer = post(browser, IN, sent)
    document = StockDocument.objects.latest("pk")
    assert (status, answer["next"]) == (200, f"/admin/catalog/stockdocument/{document.pk}/change/")
    assert (document.kind, document.lines, document.pieces) == ("stock_in", 2, 31)
    assert post(browser, IN, sent) == (status, answer)
    assert on_hand(tea, cup) == [25, 10]
    status, answer = post(browser, IN, paper((tea, 7)))
    assert (status, answer["code"]) == (409, "stock_conflict")
    assert on_hand(tea, cup) == [25, 10]
    shown = browser.get(f"/admin/catalog/stockdocument/{document.pk}/change/").content.decode()
    assert tea.code in shown
    assert "+25" in shown


def test_goods_can_come_to_another_place(login: Login) -> None:
    tea = make_sku(stock=0)
    backroom = Location.objects.create(name="二号仓")
    assert post(login("operations"), IN, paper((tea, 3), location=str(backroom.pk)))[0] == 200
    assert Stock.objects.get(sku=tea, location=backroom).on_hand == 3
    assert on_hand(tea) == [0]


def test_mistakes_stand_at_their_lines_and_nothing_is_booked(login: Login) -> None:
    tea = make_sku(stock=2)
    browser = login("warehouse")
    bad = paper((tea, "0"), (tea, "1.5"), (tea, ""), reason=" ")
    status, answer = post(browser, IN, bad)
    assert (status, fields_of(answer)) == (
        400,
        ["lines.0.quantity", "lines.1.quantity", "lines.1.quantity", "lines.2.quantity", "reason"],
    )
    assert fields_of(post(browser, IN, paper())[1]) == ["lines"]
    assert fields_of(post(browser, IN, paper((tea, 1), reference=""))[1]) == ["reference"]
    assert fields_of(post(browser, IN, paper((tea, 1), location="999999"))[1]) == ["location"]
    assert fields_of(post(browser, IN, paper((tea, 10**11)))[1]) == ["lines"]
    assert post(browser, IN, paper((tea, 1), lines="x"))[0] == 400
    assert fields_of(post(browser, IN, paper((tea, 1), reason="a\x00"))[1]) == ["reason"]
    assert fields_of(post(browser, IN, paper((tea, 1), reason="a\x00"))[1]) == ["reason"]
    assert post(browser, IN, {**paper(), "lines": [{"sku": 10**15, "quantity": 1}]})[0] == 400
    assert (on_hand(tea), StockDocument.objects.count()) == ([2], 1)


def test_a_count_is_looked_at_before_it_is_booked(login: Login) -> None:
    tea, cup = make_sku(stock=10), make_sku(stock=5)
    browser = login("warehouse")
    _status, answer = post(browser, TAKE, paper((tea, 8), (cup, 5)))
    assert [(row["on_hand"], row["counted"], row["difference"]) for row in answer["differences"]] == [
        (10, 8, -2),
        (5, 5, 0),
    ]
    assert on_hand(tea, cup) == [10, 5]
    sure = paper((tea, 8), (cup, 5), confirmed=True)
    sure["lines"] = [{**line, "expected": book} for line, book in zip(sure["lines"], (10, 5), strict=True)]  # type: ignore[call-overload]
    assert post(browser, TAKE, sure)[0] == 200
    assert post(browser, TAKE, sure)[0] == 200
    assert on_hand(tea, cup) == [8, 5]
    taken = StockMovement.objects.filter(kind="stock_take").order_by("pk")
    assert list(taken.values_list("on_hand_delta", flat=True)) == [-2, 0]


def test_goods_that_moved_while_counting_are_not_overwritten(login: Login) -> None:
    tea = make_sku(stock=10)
    browser = login("warehouse")
    receive_stock(actor=SYSTEM, location_id=None, lines=[Demand(tea.pk, 5)], reference="LATE", reason="进货")
    sure = paper(confirmed=True, lines=[{"sku": tea.pk, "quantity": 9, "expected": 10}])
    status, answer = post(browser, TAKE, sure)
    assert (status, answer["code"]) == (409, "stock_moved")
    assert answer["lines"] == [{"sku": tea.pk, "expected": 10, "on_hand": 15}]
    assert on_hand(tea) == [15]


def test_a_count_below_what_is_promised_is_refused_at_its_line(login: Login) -> None:
    tea, cup = make_sku(stock=10), make_sku(stock=10)
    with transaction.atomic():
        reserve_stock(reference="O1", demands=[Demand(cup.pk, 4)], expires_at=None, actor=SYSTEM)
    browser = login("operations")
    shown = post(browser, TAKE, paper((tea, 9), (cup, 3)))[1]["differences"]
    assert [row["below"] for row in shown] == [False, True]
    status, answer = post(browser, TAKE, paper((tea, 9), (cup, 3), confirmed=True))
    assert (status, answer["code"], fields_of(answer)) == (409, "count_below_reserved", ["lines.1.quantity"])
    assert on_hand(tea, cup) == [10, 10]


@pytest.mark.parametrize("role", ["service", "finance", "clerk", "auditor"])
def test_readers_see_stock_and_book_nothing(login: Login, role: str) -> None:
    tea = make_sku(stock=3)
    stock = Stock.objects.get(sku=tea)
    browser = login(role)
    assert browser.get(LEVELS).status_code == 200
    assert post(browser, IN, paper((tea, 1)))[0] == 403
    assert post(browser, TAKE, paper((tea, 1), confirmed=True))[0] == 403
    address = reverse("admin:catalog_stock_set_levels", args=[stock.pk])
    assert browser.post(address, {"warning_level": "7"}).status_code == 403
    fresh = Stock.objects.get(pk=stock.pk)
    assert (fresh.on_hand, fresh.warning_level, StockDocument.objects.count()) == (3, None, 1)


def test_the_look_up_scans_and_searches(login: Login) -> None:
    tea = make_product(title="正山小种", skus=[SkuFields("TEA-1", 900, barcode="6901028075831")], stock=7)
    sku = tea.skus.get()
    browser = login("clerk")
    address = reverse("admin:catalog_stock_lookup")

    def asked(text: str) -> list[tuple[str, int, bool]]:
        answer = browser.get(address, {"q": text}).json()
        return [(row["code"], row["on_hand"], answer["exact"]) for row in answer["rows"]]

    assert asked("TEA-1") == asked("tea-1") == asked("6901028075831") == [("TEA-1", 7, True)]
    assert asked("小种") == asked("TEA") == [("TEA-1", 7, False)]
    assert asked("") == asked("nothing") == asked("\x00") == []
    _status, answer = post(browser, address, {"codes": ["tea-1", "X", ""], "location": "999"})
    assert ([row["sku"] for row in answer["rows"]], answer["missing"]) == ([sku.pk], ["X"])
    assert answer["rows"][0]["on_hand"] == 0


def test_the_stock_list_finds_filters_and_sets_levels(login: Login) -> None:
    category = make_category("茶")
    tea = make_product(title="正山小种", category_id=category.pk, stock=5).skus.get()
    cup = make_sku(stock=500)
    browser = login("warehouse")

    def found(query: str) -> list[int]:
        return [row.sku_id for row in browser.get(f"{LEVELS}?{query}").context["cl"].result_list]

    assert found("") == [cup.pk, tea.pk]
    assert found(f"q={tea.code}") == found("q=小种") == found(f"category={category.pk}") == [tea.pk]
    assert found("alert=short") == found("alert=low") == found(f"product={tea.product_id}") == [tea.pk]
    assert found(f"location={make_warehouse().pk}&alert=none") == [cup.pk]
    rows = Stock.objects.order_by("pk")
    chosen = {"action": "set_levels", "_selected_action": [row.pk for row in rows], "_confirmed": "1"}
    assert browser.post(LEVELS, {**chosen, "warning_level": "600", "safety_level": ""}).status_code == 302
    assert list(rows.values_list("warning_level", "safety_level", "warning_at")) == [(600, None, 600)] * 2
    assert AuditEntry.objects.filter(action="catalog.set_stock_levels").count() == 2
    assert browser.post(LEVELS, {**chosen, "warning_level": "-1"}).status_code == 200
    assert Stock.objects.filter(warning_level=600).count() == 2


def test_the_journal_is_read_only_and_names_the_colleague(login: Login) -> None:
    tea = make_sku(stock=1)
    browser = login("warehouse")
    assert post(browser, IN, paper((tea, 2)))[0] == 200
    rows = browser.get("/admin/catalog/stockmovement/?q=DN-7").context["cl"].result_list
    assert [(row.on_hand_delta, row.actor_name) for row in rows] == [(2, "warehouse")]
    stock = Stock.objects.get(sku=tea)
    assert len(browser.get(f"/admin/catalog/stockmovement/?stock={stock.pk}").context["cl"].result_list) == 2
    assert len(browser.get("/admin/catalog/stockmovement/?kind=return").context["cl"].result_list) == 0
    movement = rows[0]
    page = f"/admin/catalog/stockmovement/{movement.pk}/change/"
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"on_hand_delta": "9"}).status_code == 403
    assert (
        browser.post(f"/admin/catalog/stockmovement/{movement.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )
    assert StockMovement.objects.get(pk=movement.pk).on_hand_delta == 2


def test_the_replenishment_list_counts_sorts_and_filters(login: Login) -> None:
    category = make_category("茶")
    tea = make_product(title="正山小种", category_id=category.pk, stock=10).skus.get()
    cup = make_sku(stock=500)
    StockPace.objects.create(stock=Stock.objects.get(sku=tea), sold_7=14, sold_30=60)
    browser = login("clerk")

    def rows(query: str = "") -> list[tuple[int, int, int | None, int]]:
        shown = browser.get(f"{BUY}?{query}").context["rows"]
        return [(row.sku_id, row.sold_7, row.cover_days, row.to_order) for row in shown]

    assert rows() == [(tea.pk, 14, 5, 50), (cup.pk, 0, None, 0)]
    assert [row[0] for row in rows("sort=-free")] == [cup.pk, tea.pk]
    assert [row[0] for row in rows("sort=cover_days")] == [tea.pk, cup.pk]
    assert [row[0] for row in rows("sort=evil;drop&page=x")] == [tea.pk, cup.pk]
    assert [row[0] for row in rows("shortage=order")] == [tea.pk]
    assert [row[0] for row in rows("shortage=low&on_sale=1")] == [tea.pk]
    assert [row[0] for row in rows(f"category={category.pk}&q=小种")] == [tea.pk]
    assert rows("brand=999999") == rows("location=999999") == rows("page=9") == rows("q=%00") == []


def test_lists_ask_as_often_for_many_rows_as_for_few(login: Login) -> None:
    make_sku()
    browser = login("warehouse")
    pages = (LEVELS, BUY, "/admin/catalog/stockmovement/", "/admin/catalog/stockdocument/")
    browser.get(LEVELS)
    few = [_queries(browser, page) for page in pages]
    for _number in range(6):
        make_sku()
    assert [_queries(browser, page) for page in pages] == few
    assert max(few) <= 20


def _queries(browser: Client, address: str) -> int:
    redis_client().flushdb()  # what is kept for seconds, there and here, must not blur the count
    runtime.forget()
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


def test_the_sidebar_counts_what_is_short(login: Login) -> None:
    browser = login("warehouse")

    def badge() -> str:
        redis_client().flushdb()
        groups = browser.get("/admin/").context["sidebar_navigation"]
        items = [item for group in groups for item in group["items"]]
        return str(next(item.get("badge", "") for item in items if item["link"] == LEVELS))

    make_sku(stock=500)
    assert badge() == ""
    make_sku(stock=5)
    make_sku(stock=5, on_sale=False)
    assert badge() == "1"
