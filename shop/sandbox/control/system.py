"""Clock, switches, faults, log and callbacks."""

from typing import Any

from shop.sandbox import faults, ids, journal
from shop.sandbox.box import Box
from shop.sandbox.control.gate import Done, Order
from shop.sandbox.errors import ControlError


def health(box: Box, _order: Order) -> dict[str, Any]:
    return {"status": "ok", "appid": box.identity.appid, "mchid": box.identity.mchid}


def clock(box: Box, order: Order) -> dict[str, Any]:
    """{advance_seconds?}: move business time (due dates, never signature timestamps); 0 just reads."""
    seconds = order.body.get("advance_seconds", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise ControlError(400, "BAD_REQUEST", "advance_seconds must be a number, not negative")
    if seconds:
        box.advance(seconds)
    return {"now": ids.rfc3339(box.now()), "offset_seconds": box.clock_offset}


def change_settings(box: Box, order: Order) -> dict[str, Any]:
    box.change_settings(order.body)
    return box.settings


def show_settings(box: Box, _order: Order) -> dict[str, Any]:
    return box.settings


def reset_settings(box: Box, _order: Order) -> dict[str, Any]:
    box.reset_settings()
    return box.settings


def offline(box: Box, order: Order) -> dict[str, Any]:
    """{on, mode?: drop|hang}: from now on both hosts are unreachable, the control plane stays."""
    on, mode = order.body.get("on", True), order.text("mode", "drop")
    if not isinstance(on, bool) or mode not in ("drop", "hang"):
        raise ControlError(400, "BAD_REQUEST", "on must be a boolean, mode drop or hang")
    box.change_settings({"offline": mode if on else ""})
    return {"offline": box.setting("offline")}


def add_fault(box: Box, order: Order) -> dict[str, Any]:
    return {"id": faults.add(box.store, order.body)}


def clear_faults(box: Box, _order: Order) -> dict[str, Any]:
    faults.clear(box.store)
    return {"cleared": True}


def list_faults(box: Box, _order: Order) -> dict[str, Any]:
    return {"results": faults.listing(box.store)}


def log(box: Box, order: Order) -> dict[str, Any]:
    """Requests received after line ``since``, oldest first; ``next`` is the value for the next call."""
    since = order.query.get("since", "0")
    if not since.isdigit():
        raise ControlError(400, "BAD_REQUEST", "since must be a line number")
    rows = journal.since(box.store, int(since))
    return {"results": rows, "next": rows[-1]["id"] if rows else int(since)}


def notifications(box: Box, order: Order) -> dict[str, Any]:
    """Callbacks and pushes, newest first, with every delivery; ``reference`` narrows."""
    reference = order.query.get("reference")
    where, values = ("WHERE reference = ?", (reference,)) if reference else ("", ())
    rows = box.store.all(
        f"SELECT * FROM notifications {where} ORDER BY id DESC LIMIT 500",  # noqa: S608
        *values,
    )
    for row in rows:
        sql = "SELECT at, status, why FROM deliveries WHERE notification_id = ? ORDER BY id"
        row["deliveries"] = box.store.all(sql, row["id"])
    return {"results": rows}


def resend(box: Box, order: Order) -> Done:
    """{copies?}: send this notification again now, ``copies`` of it in parallel; answers when delivered."""
    number = int(order.path["id"])
    row = box.store.one("SELECT * FROM notifications WHERE id = ?", number)
    if row is None:
        raise ControlError(404, "NO_NOTIFICATION", "no such notification")
    copies = order.whole("copies", 1)
    if not 1 <= copies <= 200:
        raise ControlError(400, "BAD_REQUEST", "copies must be 1..200")
    return Done({"id": number, "copies": copies}, first=[number], copies=copies)


def release(box: Box, order: Order) -> Done:
    """{ids?, reverse?}: deliver held callbacks one after the other in this order; ends the holding."""
    wanted = order.body.get("ids")
    waiting = box.store.all("SELECT id FROM notifications WHERE next_at IS NOT NULL ORDER BY id")
    numbers = [row["id"] for row in waiting]
    if isinstance(wanted, list):
        unknown = [number for number in wanted if number not in numbers]
        if unknown:
            raise ControlError(409, "NOT_WAITING", f"not waiting: {unknown}")
        numbers = wanted
    if order.body.get("reverse"):
        numbers = numbers[::-1]
    return Done({"released": numbers}, first=numbers)


def hold(box: Box, order: Order) -> dict[str, Any]:
    """{on}: keep callbacks back until they are released."""
    on = order.body.get("on", True)
    box.change_settings({"hold_callbacks": on})
    return {"hold_callbacks": on}
