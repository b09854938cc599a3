"""Kill -9 of web, worker, beat, Redis and PostgreSQL while people pay and get refunds.

Everyone's client repeats what was not answered, as clients do. Afterwards every payment was confirmed once
and refunded once, in our books and in WeChat's, and the audits find nothing.
"""

import itertools
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.client import BillClient
from tests.chaos.killing import killer
from tests.chaos.running_shop import GENEROUS, VICTIMS, RunningShop, wait_for
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.lasts(140), pytest.mark.chaos]

SHOPPERS = 4
NOTIFY = ("once", "twice", "never")


def new_clients(shop: RunningShop) -> list[BillClient]:
    with Stage(shop) as stage:
        tokens = [stage.do("open_session", member_id=100 + number) for number in range(SHOPPERS)]
    return [BillClient(shop, token=token) for token in tokens]


def shop_around(shop: RunningShop, *, rounds: int, seed: int) -> dict[str, int]:
    """Let the shoppers buy and return side by side; returns amount by bill number.

    They stop after ``rounds`` purchases, but not before every part has been killed.
    """
    clients = new_clients(shop)
    tickets = itertools.count(1)

    def go_on(client: BillClient, dice: random.Random, kills: Counter[str]) -> dict[str, int]:
        bought = {}
        while (ticket := next(tickets)) <= rounds or not all(kills[victim] for victim in VICTIMS):
            bill, _payment = client.buy_and_return(1000 + ticket, notify=dice.choice(NOTIFY))
            bought[bill] = 1000 + ticket
        return bought

    with killer(shop, seed=seed) as kills, ThreadPoolExecutor(SHOPPERS) as pool:
        rides = [pool.submit(go_on, c, random.Random(seed + n), kills) for n, c in enumerate(clients)]
        bought = {bill: amount for ride in rides for bill, amount in ride.result().items()}
    print(f"seed {seed}: {len(bought)} payments and refunds, killed {dict(kills)}")
    assert len(bought) >= rounds
    return bought


def _is_quiet(stage: Stage) -> bool:
    """Nothing waits any more: a query may have settled what a message, interrupted by a kill, still tells."""
    report = stage.do("report_shopfloor")
    return bool(report["events_waiting"] == report["messages_waiting"] == 0)


def check_settled_once(shop: RunningShop, report: dict[str, Any], bought: dict[str, int]) -> None:
    """Hold our books against what was bought, and against WeChat's."""
    bills = {bill["number"]: bill for bill in report["bills"]}
    # A killed web process may have placed a bill whose answer was lost: then the repeat got the same one.
    assert set(bills) == set(bought)
    for number, amount in bought.items():
        assert bills[number] == {
            "number": number, "amount": amount, "state": "paid", "confirmed": 1, "refused": 0, "released": 0,
        }  # fmt: skip
    total = sum(bought.values())
    assert sorted(p["payable_number"] for p in report["payments"]) == sorted(bought)
    assert sum(p["captured"] for p in report["payments"]) == total
    assert sum(p["refunded"] for p in report["payments"]) == total
    assert sum(p["refund_committed"] for p in report["payments"]) == total
    assert [r["state"] for r in report["refunds"]] == ["succeeded"] * len(bought)
    assert report["cash"] == 0
    assert report["messages_waiting"] == 0

    paid = [p for p in shop.sandbox("GET", "/payments")["results"] if p["trade_state"] == "REFUND"]
    assert sorted(p["amount"]["total"] for p in paid) == sorted(bought.values())
    given_back = shop.sandbox("GET", "/refunds")["results"]
    assert sorted(r["amount"]["refund"] for r in given_back) == sorted(bought.values())
    assert {r["status"] for r in given_back} == {"SUCCESS"}


def run(tmp_path: Path, *, rounds: int, seed: int) -> None:
    # given a whole shop
    with RunningShop(tmp_path / "shop", settings="tests.chaos.settings", variables=GENEROUS) as shop:
        # when people pay and get refunds while its parts are killed
        bought = shop_around(shop, rounds=rounds, seed=seed)
        wait_for(shop.is_whole, seconds=90, what="every part answers again")
        with Stage(shop) as stage:
            done = "every event and every message of WeChat is worked off"
            wait_for(lambda: _is_quiet(stage), seconds=180, what=done)
            report = stage.do("report_shopfloor")
        # then each is settled exactly once
        check_settled_once(shop, report, bought)
        for audit in ("audit_ledgers", "audit_payments"):
            outcome = shop.manage(audit, check=False)
            assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.timeout(900)
def test_twenty_payments_and_refunds_survive_kill_nine(tmp_path: Path) -> None:
    run(tmp_path, rounds=20, seed=random.SystemRandom().randrange(10**6))


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_two_hundred_payments_and_refunds_survive_kill_nine(tmp_path: Path) -> None:
    run(tmp_path, rounds=200, seed=random.SystemRandom().randrange(10**6))
