"""Bad luck on order: what happens to the next matching answers or callbacks.

``kind`` is what goes wrong; ``match`` says to which requests (method, path_prefix); ``times`` how often.
``target: "callback"`` applies stale, wrong_serial, signtest and tamper to the callbacks we send instead
(path_prefix then matches the path of the merchant's callback address).
"""

import json
from dataclasses import dataclass
from typing import Any

from shop.sandbox.errors import ControlError
from shop.sandbox.store import Store

ANSWER_KINDS = (
    "timeout_after_commit",
    "timeout_before_commit",
    "bad_signature_after_commit",
    "429",
    "500",
    "500_after_commit",
    "unsigned_4xx",
    "empty_body",
    "stale",
    "wrong_serial",
    "signtest",
    "drop",
    "drop_after_commit",
    "errcode",
)
CALLBACK_KINDS = ("stale", "wrong_serial", "signtest", "tamper")
PAY_ONLY = ("bad_signature_after_commit", "unsigned_4xx", "stale", "wrong_serial", "signtest")


@dataclass(frozen=True)
class Fault:
    kind: str
    errcode: int = -1


def add(store: Store, body: dict[str, Any]) -> int:
    """Plan a fault; raises ControlError when it is malformed."""
    unknown = set(body) - {"match", "kind", "times", "target", "errcode"}
    match = body.get("match") or {}
    if unknown or not isinstance(match, dict) or set(match) - {"method", "path_prefix"}:
        raise ControlError(400, "BAD_FAULT", f"unknown fields: {sorted(unknown) or match}")
    target = body.get("target", "answer")
    kinds = {"answer": ANSWER_KINDS, "callback": CALLBACK_KINDS}.get(target, ())
    kind = str(body.get("kind"))
    if kind not in kinds:
        raise ControlError(400, "BAD_FAULT", f"kind must be one of {kinds} for target {target}")
    times = body.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise ControlError(400, "BAD_FAULT", "times must be a positive integer")
    plan = {"match": match, "kind": kind, "target": target, "errcode": int(body.get("errcode", -1))}
    return store.insert("faults", body=json.dumps(plan), remaining=times)


def take(store: Store, target: str, method: str, path: str) -> Fault | None:
    """The first planned fault that fits; counts it down."""
    for row in store.all("SELECT * FROM faults WHERE remaining > 0 ORDER BY id"):
        plan = json.loads(row["body"])
        if plan["target"] == target and _fits(plan, method, path):
            store.run("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", row["id"])
            return Fault(plan["kind"], plan["errcode"])
    return None


def _fits(plan: dict[str, Any], method: str, path: str) -> bool:
    match = plan["match"]
    if plan["target"] == "answer" and plan["kind"] in PAY_ONLY and not path.startswith("/v3/"):
        return False
    wanted = str(match.get("method", method)).upper()
    return wanted == method.upper() and path.startswith(match.get("path_prefix", ""))


def clear(store: Store) -> None:
    store.run("DELETE FROM faults")
    store.run("DELETE FROM autopays")


def listing(store: Store) -> list[dict[str, Any]]:
    rows = store.all("SELECT * FROM faults WHERE remaining > 0 ORDER BY id")
    return [{"id": row["id"], "remaining": row["remaining"], **json.loads(row["body"])} for row in rows]
