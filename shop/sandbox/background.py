"""What happens by itself: refunds and transfers settle, transfers expire, callbacks go out."""

import asyncio
import logging
import sqlite3

from shop.sandbox.box import Box
from shop.sandbox.callbacks import Courier
from shop.sandbox.pay import refunds, sharing, transfers

_IDLE_SECONDS = 1.0
_log = logging.getLogger("shop.sandbox")


async def run(box: Box, courier: Courier) -> None:
    """Forever: do what is due, then sleep until the next due time or until somebody rings the bell.

    A full disk or a busy database is tried again; any other error is a bug and ends the process.
    """
    while True:
        box.bell.clear()
        pause = _IDLE_SECONDS
        try:
            settle_due(box)
            upcoming = [moment for moment in (courier.start_due(), _next_due(box)) if moment is not None]
            if upcoming:
                pause = min(_IDLE_SECONDS, max(0.005, min(upcoming) - box.now()))
        except (sqlite3.Error, OSError):
            _log.exception("background work failed; trying again")
        try:
            async with asyncio.timeout(pause):
                await box.bell.wait()
        except TimeoutError:
            continue


def settle_due(box: Box) -> None:
    """Settle every refund, transfer and split whose time has come, each in its own transaction."""
    now = box.now()
    for row in box.store.all("SELECT * FROM refunds WHERE due_at <= ?", now):
        with box.store.transaction():
            refunds.settle(box, row, row["outcome"])
    for row in box.store.all("SELECT * FROM transfers WHERE due_at <= ?", now):
        with box.store.transaction():
            transfers.advance(box, row)
    for row in box.store.all("SELECT * FROM splits WHERE due_at <= ?", now):
        with box.store.transaction():
            sharing.settle(box, row)


def _next_due(box: Box) -> float | None:
    moments = [
        box.store.one(f"SELECT min(due_at) AS due FROM {table} WHERE due_at IS NOT NULL")  # noqa: S608
        for table in ("refunds", "transfers", "splits")
    ]
    due = [row["due"] for row in moments if row and row["due"] is not None]
    return min(due, default=None)
