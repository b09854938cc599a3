"""Callbacks and message pushes: queued in the store, delivered in the background, retried on WeChat's tables.

A notification is ``waiting`` until the merchant acknowledges it (``acked``), the table ends (``given_up``) or
nobody was meant to hear of it (``silent``). The plaintext is stored; every attempt is sealed and signed anew.
"""

import asyncio
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from shop.sandbox import faults, outgoing
from shop.sandbox.box import Box
from shop.sandbox.store import Row

PAY_TABLE: Final = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
TRANSFER_TABLE: Final = (0, *[15] * 10, *[300] * 10, *[1800] * 44)
PUSH_TABLE: Final = (5, 5, 5)
TABLES: Final = {"transfer": TRANSFER_TABLE, "push": PUSH_TABLE}
LATE_SECONDS: Final = 20
NOTIFY_MODES: Final = ("once", "twice", "never", "late", "before_answer")
PARALLEL: Final = 32


def queue(
    box: Box,
    *,
    kind: str,
    reference: str,
    url: str,
    event_type: str,
    body: dict[str, Any],
    mode: str = "once",
    tamper: str = "",
    copies: int = 1,
) -> int:
    """Store one notification; ``mode`` is once, twice, never, late or before_answer. Returns its id.

    before_answer leaves the delivery to the caller, who must await ``Courier.deliver_now`` after the commit.
    """
    now = box.now()
    next_at: float | None = now + (LATE_SECONDS if mode == "late" else 0)
    if mode == "never" or not url:
        next_at = None
    return box.store.insert(
        "notifications",
        uid=secrets.token_hex(16),
        kind=kind,
        reference=reference,
        url=url,
        event_type=event_type,
        body=json.dumps(body, ensure_ascii=False),
        state="silent" if next_at is None else "waiting",
        attempts=0,
        copies=2 if mode == "twice" else copies,
        tamper=tamper,
        created_at=now,
        next_at=next_at,
    )


class Courier:
    """Delivers what is due; HTTP runs on threads, bookkeeping on the event loop."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="callback")
        self._on_the_way: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start_due(self) -> float | None:
        """Start a delivery for everything due; returns when the next one is due (business time)."""
        if self._box.setting("hold_callbacks"):
            return None
        rows = self._box.store.all(
            "SELECT * FROM notifications WHERE next_at IS NOT NULL ORDER BY next_at, id LIMIT 200"
        )
        for row in rows:
            if row["id"] in self._on_the_way:
                continue
            if row["next_at"] > self._box.now():
                return float(row["next_at"])
            self._spawn(row)
        return None

    def _spawn(self, row: Row) -> None:
        self._on_the_way.add(row["id"])
        task = asyncio.create_task(self._deliver(row, row["copies"]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver_now(self, ids: list[int], *, copies: int | None = None) -> None:
        """Deliver these in the given order, one after the other, and wait for the answers."""
        self._on_the_way.update(ids)
        for number in ids:
            row = self._box.store.one("SELECT * FROM notifications WHERE id = ?", number)
            if row is not None:
                await self._deliver(row, copies or row["copies"])

    async def _deliver(self, row: Row, copies: int) -> None:
        loop, started = asyncio.get_running_loop(), self._box.now()
        try:
            letters = [self._prepare(row) for _ in range(copies)]
            results = await asyncio.gather(
                *(loop.run_in_executor(self._pool, outgoing.post, letter) for letter in letters)
            )
            self._settle(row, results, started)
        finally:
            self._on_the_way.discard(row["id"])
            self._box.bell.set()

    def _prepare(self, row: Row) -> outgoing.Letter:
        path = outgoing.path_of(row["url"])
        with self._box.store.transaction():
            fault = faults.take(self._box.store, "callback", "POST", path)
        return outgoing.write(self._box, row, fault.kind if fault else "")

    def _settle(self, row: Row, results: list[outgoing.Result], started: float) -> None:
        """Book the attempt: acknowledged, or the next entry of the retry table after its start."""
        store = self._box.store
        attempts = row["attempts"] + 1
        acked = all(result.acknowledged for result in results)
        with store.transaction():
            for result in results:
                store.insert(
                    "deliveries", notification_id=row["id"], at=started, status=result.status, why=result.why
                )
            if acked or row["state"] == "acked":
                state, next_at = "acked", None
            else:
                table = TABLES.get(row["kind"], PAY_TABLE)
                over = attempts > len(table)
                state, next_at = ("given_up", None) if over else ("waiting", started + table[attempts - 1])
            store.run(
                "UPDATE notifications SET state = ?, attempts = ?, next_at = ?, copies = 1 WHERE id = ?",
                state, attempts, next_at, row["id"],
            )  # fmt: skip

    async def close(self) -> None:
        """Wait for letters on their way; whatever is unsettled is sent again after a restart."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        self._pool.shutdown(wait=False, cancel_futures=True)
