"""A small and a big shop beside each other: what one request costs in either, without a server in between.

    python -m bench.sizes --small DIR --big DIR [--rounds 2] [--calls 200] [--figures order,list]

Both shops stand in data directories, as ``make up DATA=DIR`` or ``seed_demo`` leaves them. Each gets a
process with the whole application in it; they are asked in turn, so that what else the machine does falls on
both. The first round only warms up. The benchmark orders and fills carts: give it shops to play with.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIGURES = (
    "list",
    "category",
    "rare_word",
    "usual_word",
    "frequent_word",
    "detail",
    "cart",
    "cart_write",
    "quote",
    "order",
)
TARGET = 1.3


class Shop:
    """A child with one shop's services and application."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, figure: str, calls: int) -> dict[str, float]:
        """Return the milliseconds per call, by process."""
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("The child has no pipes.")
        print(json.dumps({"figure": figure, "calls": calls}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The shop's process ended; what it said stands above.")
        return dict(json.loads(line))


@contextmanager
def opened(data: Path) -> Iterator[Shop]:
    """Start the services of a shop and a process inside."""
    command = [sys.executable, "-m", "shop.embedded", "exec", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--", sys.executable, "-m", "bench.inside"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Shop(process)
    finally:
        process.communicate(timeout=120)


def main() -> None:
    """Ask both in turn and print medians."""
    options = read_options()
    figures = options.figures.split(",")
    seen: dict[tuple[str, str], list[dict[str, float]]] = {}
    with ExitStack() as stack:
        shops = {
            name: stack.enter_context(opened(data))
            for name, data in (("small", options.small), ("big", options.big))
        }
        for turn in range(options.rounds + 1):
            for figure in figures:
                for name, shop in shops.items():
                    answer = shop.ask(figure, options.calls)
                    if turn:
                        seen.setdefault((figure, name), []).append(answer)
    report(figures, seen)


def report(figures: list[str], seen: dict[tuple[str, str], list[dict[str, float]]]) -> None:
    """Print a line for each figure: milliseconds in both shops, and the ratio of every round."""
    titles = ("figure", "small: web", "PostgreSQL", "big: web", "PostgreSQL", "ratio", "by round")
    print(f"| {' | '.join(titles)} |", "| --- " * len(titles) + "|", sep="\n")
    for figure in figures:
        small, big = seen[figure, "small"], seen[figure, "big"]
        rounds = [_sum(many) / _sum(few) for few, many in zip(small, big, strict=True)]
        cells = (
            figure.replace("_", " "),
            *(f"{_median(small, part):.2f}" for part in ("web", "postgres")),
            *(f"{_median(big, part):.2f}" for part in ("web", "postgres")),
            f"{statistics.median(rounds):.2f}{'' if statistics.median(rounds) <= TARGET else ' !'}",
            ", ".join(f"{ratio:.2f}" for ratio in rounds),
        )
        print(f"| {' | '.join(cells)} |")


def _sum(parts: dict[str, float]) -> float:
    return sum(parts.values())


def _median(rounds: list[dict[str, float]], part: str) -> float:
    return statistics.median(one[part] for one in rounds)


def read_options() -> Any:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--small", type=Path, required=True)
    parser.add_argument("--big", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--figures", default=",".join(FIGURES))
    return parser.parse_args()


if __name__ == "__main__":
    main()
