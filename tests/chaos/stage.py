"""The hands behind a running shop: a process of its own that fills shelves, makes shoppers, ships, counts.

It works through the shop's own services, on the shop's own database, with the shop's own environment. What a
test wants of it goes in as a line of JSON and comes back as one, so Django starts once and not for every
little thing.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.chaos.running_shop import RunningShop
from tests.sandbox_process import ROOT


class StageError(Exception):
    """What was asked for could not be done now: a part of the shop is down, or the shop refused."""


class Stage:
    """``with Stage(shop) as stage: stage.do("stock_shelf", pieces=50, price=100)``; acts are in ``acts``."""

    def __init__(self, shop: RunningShop) -> None:
        self._log = Path(f"{shop.log}.stage").open("ab")  # noqa: SIM115  closed in __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.stage"],
            cwd=ROOT,
            env=shop.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=20)
        self._log.close()

    def do(self, act: str, **arguments: Any) -> Any:
        """Play one act and return what it returned; ``StageError`` when it failed. One thread at a time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"act": act, "arguments": arguments}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"the stage ended: {Path(self._log.name).read_text(errors='replace')[-2000:]}"
        answer = json.loads(line)
        if "error" in answer:
            raise StageError(answer["error"])
        return answer["result"]


def main() -> None:
    from shop.embedded.discover import load_environment

    load_environment(ROOT)
    answers, sys.stdout = sys.stdout, sys.stderr  # a line of a log must not look like an answer
    import django

    django.setup()
    from django.db import connection

    import shop.celery  # noqa: F401
    from tests.chaos import acts

    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            result = {"result": getattr(acts, wanted["act"])(**wanted["arguments"])}
        except Exception as error:  # noqa: BLE001  handed to the test, which judges it
            result = {"error": f"{type(error).__name__}: {error}"[:500]}
            connection.close()
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
