"""Orders and whole purchases in a real shop, beside the least that REST framework can do, in one run.

    python -m bench.orders [--seconds 8] [--rounds 3] [--callers 16] [--big DIR]

The shop is started fresh by the supervisor, as `make up` runs it: granian, worker, beat, PostgreSQL with
fsync, Redis, the WeChat sandbox. Every figure comes with the CPU milliseconds per order of all processes that
had to do with it; a slice lasts until the queues are empty, so nothing is put off until after the count.
With ``--big`` a second shop, on a data directory that ``seed_demo`` filled, is asked in turn with the small
one. The benchmark leaves its orders there.
"""

import argparse
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench.cpu import CpuMeter, load_average
from bench.load import Line, Load, closed_loop
from bench.yardstick import ITEMS
from tests.chaos.running_shop import RunningShop, wait_for
from tests.chaos.stage import Stage
from tests.sandbox_process import ROOT, free_port

PRODUCTS = 60
SHOPPERS = 150
LINES = 3
PRICE = 1990
SERVER = ("web", "postgres")
PARTS = (*SERVER, "worker", "redis", "beat")
BIG = " big"
Caller = Callable[[int], Callable[[], None]]


@dataclass(frozen=True)
class Slice:
    """What one slice showed: the loop, milliseconds of CPU per round by part, seconds until all was done."""

    name: str
    load: Load
    cpu: dict[str, float]
    drained: float
    machine_load: float

    @property
    def rate(self) -> float:
        """Return rounds per second, the time until the queues were empty included."""
        return self.load.done / self.drained

    def cpu_of(self, *parts: str) -> float:
        """Return the milliseconds per round of these parts together."""
        return sum(self.cpu.get(part, 0.0) for part in parts)


class Market:
    """The running shop with goods on its shelves and members who are logged in."""

    def __init__(self, shop: RunningShop, stage: Stage) -> None:
        self.shop = shop
        self.stage = stage
        openids = [shop.sandbox("POST", "/users", {})["openid"] for _ in range(SHOPPERS)]
        self.shoppers = stage.do("make_shoppers", openids=openids)
        self.skus = stage.do("stock_shelf", pieces=1_000_000, price=PRICE, count=PRODUCTS)
        run = shop.data / "run"
        self.families = {name: int((run / f"{name}.pid").read_text()) for name in (*PARTS, "sandbox")}
        self.busy = 0
        """How often a prepay was put off because too many were asking WeChat."""
        self._turns = itertools.count()

    def wanted(self, dice: random.Random) -> tuple[str, dict[str, Any]]:
        """Return the headers of the next member and what they want: three SKUs, one piece each."""
        shopper = self.shoppers[next(self._turns) % SHOPPERS]
        items = [{"sku": sku, "quantity": 1} for sku in dice.sample(self.skus, LINES)]
        body = {"items": items, "delivery": "express", "address": shopper["address"]}
        return f"Authorization: Bearer {shopper['token']}\r\n", body

    def placing(self, number: int) -> Callable[[], None]:
        """POST /orders, three lines, at the price that a quote gave before the run."""
        line, dice = Line(self.shop.base_url), random.Random(number)
        payable = self._quote(line, *self.wanted(dice))

        def place() -> None:
            headers, body = self.wanted(dice)
            self._order(line, headers, {**body, "expected_payable": payable})

        return place

    def purchasing(self, number: int) -> Callable[[], None]:
        """Quote, order, prepay at WeChat, pay there; WeChat's signed callback makes it paid."""
        line, wechat = Line(self.shop.base_url), Line(self.shop.sandbox_url)
        dice = random.Random(number)

        def purchase() -> None:
            headers, body = self.wanted(dice)
            payable = self._quote(line, headers, body)
            order = self._order(line, headers, {**body, "expected_payable": payable})
            path = f"/api/v1/orders/{order['number']}/payments"
            started = self._prepay(line, path, headers + new_key())
            answered(wechat, 200, "POST", "/_sandbox/pay", {"wechat": started["wechat"], "notify": "once"})

        return purchase

    def _prepay(self, line: Line, path: str, headers: str) -> dict[str, Any]:
        """Ask again, as clients do, when too many were asking WeChat at this moment."""
        while True:
            status, answer = line.call("POST", path, b'{"method": "wechat"}', headers)
            if status == 201:
                return dict(json.loads(answer))
            if status != 503:
                raise RuntimeError(f"{path}: {status} {answer[:500].decode(errors='replace')}")
            self.busy += 1
            time.sleep(0.5)

    def _quote(self, line: Line, headers: str, body: dict[str, Any]) -> int:
        return int(answered(line, 200, "POST", "/api/v1/checkout/quote", body, headers)["payable"])

    def _order(self, line: Line, headers: str, body: dict[str, Any]) -> dict[str, Any]:
        return answered(line, 201, "POST", "/api/v1/orders", body, headers + new_key())

    def is_idle(self) -> bool:
        """Return whether no event and no callback waits any more."""
        return bool(self.stage.do("waiting") == 0)


def new_key() -> str:
    """Return a fresh Idempotency-Key as a header."""
    return f"Idempotency-Key: {uuid.uuid4().hex}\r\n"


def answered(
    line: Line, status: int, method: str, path: str, body: dict[str, Any], headers: str = ""
) -> dict[str, Any]:
    """Return the answer's body; a bench with refusals in it is none."""
    seen, answer = line.call(method, path, json.dumps(body).encode(), headers)
    if seen != status:
        raise RuntimeError(f"{method} {path}: {seen} {answer[:500].decode(errors='replace')}")
    return dict(json.loads(answer))


def yardstick(base_url: str) -> Caller:
    """Return the loop over the bare order view."""

    def caller(number: int) -> Callable[[], None]:
        line, dice = Line(base_url), random.Random(number)

        def place() -> None:
            answered(line, 201, "POST", "/order", {"item": dice.randint(1, ITEMS), "buyer": number})

        return place

    return caller


def measure(
    name: str,
    caller: Caller,
    *,
    families: dict[str, int],
    options: argparse.Namespace,
    is_done: Callable[[], bool] = lambda: True,
) -> Slice:
    """Run one slice and wait until its consequences are over."""
    began, before = time.perf_counter(), CpuMeter(families)
    load = closed_loop(caller, callers=options.callers, seconds=options.seconds)
    while not is_done():
        time.sleep(0.1)
    drained = time.perf_counter() - began
    cpu = {part: taken / load.done for part, taken in before.taken().items()}
    return Slice(name, load, cpu, drained, load_average())


@contextmanager
def bare_view(database_url: str) -> Iterator[tuple[str, int]]:
    """Serve the yardstick on a database of its own in the shop's PostgreSQL; yields its URL and pid."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE yardstick")
    connection.close()
    port = free_port()
    environment = os.environ | {
        "YARDSTICK_DATABASE_URL": urlunsplit(urlsplit(database_url)._replace(path="/yardstick"))
    }
    environment["DJANGO_SETTINGS_MODULE"] = "bench.yardstick.settings"
    subprocess.run([sys.executable, "-m", "bench.yardstick.tables"], cwd=ROOT, env=environment, check=True)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "bench.yardstick.orders:application"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "1"),
            *("--no-ws", "--log-level", "error"),
        ],
        cwd=ROOT,
        env=environment,
    )
    base_url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _serves(base_url), seconds=60, what="the yardstick answers")
        yield base_url, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _serves(base_url: str) -> bool:
    try:
        return Line(base_url).call("GET", "/plain")[0] == 200
    except OSError:
        return False


def idle(market: Market, seconds: float) -> dict[str, float]:
    """Return what the shop takes while nobody does anything: milliseconds of CPU per second, by part."""
    meter = CpuMeter(market.families)
    time.sleep(seconds)
    return {part: taken / seconds for part, taken in meter.taken().items()}


def report(slices: list[Slice], resting: dict[str, float]) -> None:
    """Print every slice, then the medians that the targets speak of.

    The jobs that run by the clock are in the figures: the slower the machine, the more of them fall to an
    order. How much that is, the idle shop shows.
    """
    parts = ", ".join(f"{part} {resting[part]:.1f}" for part in PARTS)
    print(f"idle shop, ms CPU per second: {parts}; sum {sum(resting[part] for part in PARTS):.1f}")
    titles = ("slice", "per s", "p50 ms", "p99 ms", *PARTS, "sandbox", "sum", "load")
    print("", f"| {' | '.join(titles)} |", "| --- " * len(titles) + "|", sep="\n")
    for one in slices:
        cells = (
            one.name,
            f"{one.rate:.1f}",
            *(f"{one.load.milliseconds(share):.0f}" for share in (0.5, 0.99)),
            *(f"{one.cpu_of(part):.1f}" for part in (*PARTS, "sandbox")),
            f"{one.cpu_of(*PARTS):.1f}",
            f"{one.machine_load:.1f}",
        )
        print(f"| {' | '.join(cells)} |")
    orders, bares, purchases = (_named(slices, name) for name in ("order", "bare", "purchase"))
    ratios = [bare.load.per_second / order.load.per_second for bare, order in zip(bares, orders, strict=True)]
    rate = statistics.median(one.rate for one in purchases)
    print(f"\norder: 1/{statistics.median(ratios):.1f} of the bare view's rate in its round (target 1/12)")
    print(f"order: {_median_cpu(orders, *SERVER):.1f} ms CPU over web and PostgreSQL (target 15)")
    print(f"purchase: {rate:.1f} per s until the last was paid (target 25)")
    print(f"purchase: {_median_cpu(purchases, *PARTS):.1f} ms CPU over all our processes (target 60)")
    _report_growth(orders, _named(slices, f"order{BIG}"), *SERVER)
    _report_growth(purchases, _named(slices, f"purchase{BIG}"), *PARTS)


def _report_growth(small: list[Slice], big: list[Slice], *parts: str) -> None:
    """Print how much more processor time the big shop took in the same round, if one was measured."""
    if big:
        grown = [many.cpu_of(*parts) / few.cpu_of(*parts) for few, many in zip(small, big, strict=True)]
        seen = ", ".join(f"{ratio:.2f}" for ratio in grown)
        print(f"{big[0].name}: {statistics.median(grown):.2f} x the small shop's CPU ({seen}; target 1.3)")


def _named(slices: list[Slice], name: str) -> list[Slice]:
    return [one for one in slices if one.name == name]


def _median_cpu(slices: list[Slice], *parts: str) -> float:
    return statistics.median(one.cpu_of(*parts) for one in slices)


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--big", type=Path, help="data directory of a big shop to measure beside")
    parser.add_argument("--threads", type=int, default=12, help="of each of the two web processes")
    return parser.parse_args()


@contextmanager
def open_market(data: Path, *, threads: int) -> Iterator[Market]:
    """Start a shop on this data directory, with goods and members of the benchmark's own."""
    with RunningShop(data, variables={"WEB_THREADS": str(threads)}) as shop, Stage(shop) as stage:
        yield Market(shop, stage)


def main() -> None:
    """Start everything, measure in turn, report."""
    options = read_options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        small = stack.enter_context(open_market(folder / "shop", threads=options.threads))
        markets = {"": small}
        if options.big:
            markets[BIG] = stack.enter_context(open_market(options.big, threads=options.threads))
        base_url, pid = stack.enter_context(bare_view(small.shop.database_url))
        bare_families = {"web": pid, "postgres": small.families["postgres"]}

        def ours(name: str, market: Market, caller: Caller) -> Slice:
            return measure(name, caller, families=market.families, options=options, is_done=market.is_idle)

        for market in markets.values():
            ours("warm", market, market.purchasing)
        resting = idle(small, options.seconds)
        slices = []
        for _round in range(options.rounds):
            slices.append(measure("bare", yardstick(base_url), families=bare_families, options=options))
            for size, market in markets.items():
                slices.append(ours(f"order{size}", market, market.placing))
            for size, market in markets.items():
                slices.append(ours(f"purchase{size}", market, market.purchasing))
                print(f"{slices[-1].name} {slices[-1].rate:.1f} per s", file=sys.stderr)
        report(slices, resting)
        print(f"prepays put off: {sum(market.busy for market in markets.values())}")


if __name__ == "__main__":
    main()
