"""The last pieces over HTTP: a whole shop as `make up` runs it, three hundred buyers at the same moment.

Nothing is patched and nothing is turned up: the web server's own processes and threads, the limits of a
production shop, PostgreSQL at its hundred connections. What happens to the same rush without the lock on the
stock rows is shown in ``test_order_storm.test_without_the_lock_fifty_are_sold_again_and_again``: there only
the database's own CHECK and trigger are left.
"""

import http.client
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest

from tests.chaos.running_shop import RunningShop
from tests.chaos.stage import Stage
from tests.storms import raised, storm

pytestmark = pytest.mark.lasts(50)

BUYERS = 300
PRICE = 100
FREIGHT = 1000
"""What the default freight template of a new shop takes."""

SPARING = 50
"""Connections that a shop of this size stays below, of PostgreSQL's hundred."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def outcome(self) -> str:
        return f"{self.status} {self.body.get('code', '')}".strip()


class Crowd:
    """Three hundred members who are logged in and have an address, and the shop they rush into."""

    def __init__(self, shop: RunningShop, stage: Stage) -> None:
        self.shop = shop
        self.stage = stage
        self.shoppers = stage.do("make_shoppers", openids=[f"o-storm-{number}" for number in range(BUYERS)])

    def rush(self, wanted: Callable[[int], dict[str, Any]], payable: int) -> list[Answer]:
        """Everybody's order leaves at one moment, over a connection that is already open."""

        def buy(number: int) -> Answer:
            return self._order(lines[number], self.shoppers[number], wanted(number), payable)

        lines = [http.client.HTTPConnection("127.0.0.1", self.shop.port, timeout=120) for _ in range(BUYERS)]
        for line in lines:
            line.connect()
        answers = storm(buy, threads=BUYERS, connect=False)
        for line in lines:
            line.close()
        assert raised(answers) == []
        return answers

    @staticmethod
    def _order(
        line: http.client.HTTPConnection, shopper: dict[str, Any], wanted: dict[str, Any], payable: int
    ) -> Answer:
        body = {**wanted, "delivery": "express", "address": shopper["address"], "expected_payable": payable}
        headers = {
            "Authorization": f"Bearer {shopper['token']}",
            "Idempotency-Key": uuid.uuid4().hex,
            "Content-Type": "application/json",
        }
        line.request("POST", "/api/v1/orders", json.dumps(body), headers)
        answer = line.getresponse()
        return Answer(answer.status, json.loads(answer.read()))

    def counters(self, *skus: int) -> list[tuple[int, int]]:
        """On hand and reserved."""
        found = self.stage.do("counters", skus=list(skus))
        return [tuple(found[str(sku)]) for sku in skus]

    def shelf(self, pieces: int) -> int:
        return int(self.stage.do("stock_shelf", pieces=pieces, price=PRICE)[0])


class ConnectionWatch:
    """Counts PostgreSQL's connections while it is open; ``peak`` is the most there were at one moment."""

    def __init__(self, database_url: str) -> None:
        self.peak = 0
        self._connection = psycopg2.connect(database_url)
        self._connection.autocommit = True
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "ConnectionWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()
        self._connection.close()

    def ask(self, question: str) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]

    def _watch(self) -> None:
        while not self._enough.wait(0.05):
            clients = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            self.peak = max(self.peak, int(self.ask(clients)))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    with RunningShop(tmp_path_factory.mktemp("storm") / "shop") as shop, Stage(shop) as stage:
        yield Crowd(shop, stage)


@pytest.fixture
def connections(crowd: Crowd) -> Iterator[ConnectionWatch]:
    with ConnectionWatch(crowd.shop.database_url) as watch:
        assert watch.ask("SHOW max_connections") == "100"
        yield watch


@pytest.fixture(autouse=True)
def books_add_up(crowd: Crowd, connections: ConnectionWatch) -> Iterator[None]:
    """After every rush the audits find nothing and the database had connections to spare."""
    yield
    assert crowd.stage.do("audit") == ""
    assert 0 < connections.peak < SPARING
    print(f"at most {connections.peak} connections to PostgreSQL")


def items(*wanted: tuple[int, int]) -> dict[str, Any]:
    return {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in wanted]}


def outcomes(answers: list[Answer]) -> Counter[str]:
    return Counter(answer.outcome for answer in answers)


def test_three_hundred_buy_the_last_fifty(crowd: Crowd) -> None:
    sku = crowd.shelf(50)

    answers = crowd.rush(lambda _number: items((sku, 1)), PRICE + FREIGHT)

    assert outcomes(answers) == Counter({"201": 50, "409 out_of_stock": 250})
    assert crowd.counters(sku) == [(50, 50)]
    refused = [answer.body["lines"] for answer in answers if answer.status == 409]
    assert all([(line["sku"], line["wanted"]) for line in lines] == [(sku, 1)] for lines in refused)
    assert all(line["available"] == 0 for lines in refused for line in lines)
    numbers = {answer.body["number"] for answer in answers if answer.status == 201}
    assert len(numbers) == 50


def test_mixed_carts_in_opposite_order(crowd: Crowd) -> None:
    scarce, plenty = crowd.shelf(50), crowd.shelf(1000)

    def cart(number: int) -> dict[str, Any]:
        return items(*[(scarce, 1), (plenty, 2)][:: 1 if number % 2 else -1])

    answers = crowd.rush(cart, 3 * PRICE + FREIGHT)

    assert outcomes(answers) == Counter({"201": 50, "409 out_of_stock": 250})
    assert crowd.counters(scarce, plenty) == [(50, 50), (1000, 100)]
    refused = [answer.body["lines"] for answer in answers if answer.status == 409]
    assert all([line["sku"] for line in lines] == [scarce] for lines in refused)


def test_two_lines_of_one_sku_are_one_demand(crowd: Crowd) -> None:
    sku = crowd.shelf(50)

    answers = crowd.rush(lambda _number: items((sku, 1), (sku, 2)), 3 * PRICE + FREIGHT)

    assert outcomes(answers) == Counter({"201": 16, "409 out_of_stock": 284})
    assert crowd.counters(sku) == [(50, 48)]
    refused = [answer.body["lines"] for answer in answers if answer.status == 409]
    assert all([line["wanted"] for line in lines] == [3] for lines in refused)
