"""Whole purchases while web, worker, beat, Redis and PostgreSQL are killed, one after another.

Login, cart, quote, order, payment, and then one of eight endings, by WeChat alone or with wallet and points.
Whatever died in between: every order is paid and kept, or closed with its goods released and its money given
back; stock, wallets, points, ledgers and WeChat's own books agree to the piece and to the fen.
"""

import itertools
import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.acts import AUDITS
from tests.chaos.killing import killer
from tests.chaos.running_shop import GENEROUS, VICTIMS, RunningShop, wait_for
from tests.chaos.shopper import ENDINGS, Clerk, Purchase, Shopper
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.lasts(100), pytest.mark.chaos]

SHOPPERS = 5
PIECES = 10_000
TAKEN = ("SUCCESS", "REFUND")
KEPT = ("awaiting_shipment", "shipped", "received", "completed")
ENDED = {
    "received": "received",
    "shipped": "shipped",
    "kept": "awaiting_shipment",
    "cancelled_unpaid": "closed",
    "cancelled_paid": "refunded",
    "expired": "closed",
    "expired_while_paying": "awaiting_shipment",
}
"""Where an order with this ending stands at last. Cancelling while paying may end either way."""


def go_shopping(
    shop: RunningShop, clerk: Clerk, shelves: list[int], *, purchases: int, seed: int
) -> list[Purchase]:
    """Let the shoppers buy side by side: ``purchases`` of them, and on until every part has been killed."""
    tickets = itertools.count(1)
    dice = random.Random(seed)
    deck = [ending for _ in range(purchases // len(ENDINGS) + 1) for ending in ENDINGS]
    dice.shuffle(deck)
    shoppers = [Shopper(shop, clerk=clerk, dice=random.Random(seed + n)) for n in range(SHOPPERS)]

    def go_on(shopper: Shopper, dice: random.Random, kills: Counter[str]) -> list[Purchase]:
        done = []
        while (ticket := next(tickets)) <= purchases or not all(kills[victim] for victim in VICTIMS):
            lines = {sku: dice.randint(1, 3) for sku in dice.sample(shelves, dice.randint(1, 3))}
            mixed = ticket // len(ENDINGS) % 2 == 0  # each ending with and without the wallet
            done.append(shopper.buy(lines, ending=deck[ticket % len(deck)], mixed=mixed))
        return done

    with killer(shop, seed=seed) as kills, ThreadPoolExecutor(SHOPPERS) as pool:
        rides = [
            pool.submit(go_on, shopper, random.Random(seed - n - 1), kills)
            for n, shopper in enumerate(shoppers)
        ]
        bought = [purchase for ride in rides for purchase in ride.result()]
    print(f"seed {seed}: {Counter(one.ending for one in bought)}, killed {dict(kills)}")
    assert len(bought) >= purchases
    return bought


def is_settled(books: dict[str, Any]) -> bool:
    """Whether nothing is under way any more: every order at an end, every refund given, all told."""
    return (
        all(order["status"] in (*KEPT, "closed", "refunded") for order in books["orders"])
        and all(order["refunded"] in (0, order["paid"]) for order in books["orders"])
        and all(payment["refunded"] == payment["refund_committed"] for payment in books["payments"])
        and all(refund["state"] == "succeeded" for refund in books["refunds"])
        and books["events_waiting"] == books["messages_waiting"] == 0
    )


def check_ends(bought: list[Purchase], books: dict[str, Any]) -> None:
    """Every order is paid and kept, or ended with its money given back; none is there that nobody placed."""
    orders = {order["number"]: order for order in books["orders"]}
    # Repeated requests whose answer was lost have got the same order again.
    assert sorted(orders) == sorted(purchase.number for purchase in bought)
    captured: Counter[str] = Counter()
    for payment in books["payments"]:
        if payment["disposition"] != "returned":  # a wallet's part of an order that nobody paid
            captured[payment["payable_number"]] += payment["captured"]
    for purchase in bought:
        order = orders[purchase.number]
        assert order["payable"] == purchase.payable
        assert order["status"] == ENDED.get(purchase.ending, order["status"])
        if order["status"] in KEPT:
            assert (order["payment_status"], order["paid"], order["refunded"]) == (
                "paid",
                purchase.payable,
                0,
            )
        else:
            assert order["status"] == ("refunded" if order["paid"] else "closed")
            assert order["refunded"] == order["paid"]
        assert captured[purchase.number] == order["paid"]


def check_stock(bought: list[Purchase], books: dict[str, Any], counters: dict[str, list[int]]) -> None:
    """Movements of each order, and the counters they lead to, to the piece."""
    status = {order["number"]: order["status"] for order in books["orders"]}
    moved: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for movement in books["movements"]:
        sums = moved[movement["order"], movement["sku"]]
        sums[0] += movement["on_hand"]
        sums[1] += movement["reserved"]
    on_hand, promised = Counter[int](), Counter[int]()
    for purchase in bought:
        gone = status[purchase.number] in ("shipped", "received", "completed")
        waits = status[purchase.number] == "awaiting_shipment"
        for sku, pieces in purchase.lines.items():
            assert moved[purchase.number, sku] == [-pieces if gone else 0, pieces if waits else 0]
            on_hand[sku] -= pieces if gone else 0
            promised[sku] += pieces if waits else 0
    assert counters == {sku: [PIECES + on_hand[int(sku)], promised[int(sku)]] for sku in counters}


def check_wallets(bought: list[Purchase], books: dict[str, Any]) -> None:
    """What was given to pay with lies in orders that stand, or is back; nothing is lost, nothing is new."""
    standing = [order for order in books["orders"] if order["status"] in KEPT]
    given = sum(one.money for one in bought), sum(one.points for one in bought)
    assert (
        books["wallets"] + sum(order["wallet_amount"] for order in standing),
        books["points"] + sum(order["points_used"] for order in standing),
    ) == given
    assert any(order["wallet_amount"] and order["points_used"] for order in books["orders"])


def check_wechat(shop: RunningShop, books: dict[str, Any]) -> None:
    """Hold our books against WeChat's, number by number."""
    paid = [one for one in shop.sandbox("GET", "/payments")["results"] if one["trade_state"] in TAKEN]
    assert {one["out_trade_no"]: one["amount"]["total"] for one in paid} == {
        attempt["out_trade_no"]: attempt["amount"]
        for attempt in books["attempts"]
        if attempt["state"] == "paid"
    }
    returned = shop.sandbox("GET", "/refunds")["results"]
    assert {one["status"] for one in returned} <= {"SUCCESS"}
    assert sorted(one["amount"]["refund"] for one in returned) == sorted(
        refund["amount"] for refund in books["refunds"] if refund["payment__method"] == "wechat"
    )
    taken = sum(one["amount"]["total"] for one in paid)
    assert books["cash"] == taken - sum(one["amount"]["refund"] for one in returned)


def run(tmp_path: Path, *, purchases: int, seed: int) -> None:
    # given a whole shop with goods
    with RunningShop(tmp_path / "shop", variables=GENEROUS) as shop, Stage(shop) as stage:
        clerk = Clerk(stage)
        stage.do("let_wallets_pay")
        shelves = stage.do("stock_shelf", pieces=PIECES, price=1990, count=6)
        # when people buy, each to another end, while its parts are killed
        bought = go_shopping(shop, clerk, shelves, purchases=purchases, seed=seed)
        wait_for(shop.is_whole, seconds=90, what="every part answers again")
        wait_for(lambda: is_settled(clerk.do("books")), seconds=150, what="everything is settled")
        # then each is at its end, once, and all books agree
        books = clerk.do("books")
        check_ends(bought, books)
        check_stock(bought, books, clerk.do("counters", skus=shelves))
        check_wechat(shop, books)
        check_wallets(bought, books)
        for audit in AUDITS:
            outcome = shop.manage(audit, check=False)
            assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.timeout(900)
def test_twenty_purchases_survive_kill_nine(tmp_path: Path) -> None:
    run(tmp_path, purchases=20, seed=random.SystemRandom().randrange(10**6))


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_two_hundred_purchases_survive_kill_nine(tmp_path: Path) -> None:
    run(tmp_path, purchases=200, seed=random.SystemRandom().randrange(10**6))
