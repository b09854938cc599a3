"""The log of every request received, with secrets masked."""

import json
import re
import time
from typing import Any

from shop.sandbox.store import Store

_SECRET_QUERY = re.compile(r"((?:secret|access_token|js_code)=)[^&]+")
_SECRET_FIELDS = {"secret", "access_token", "session_key", "user_name", "bank_account", "real_name"}
_KEEP = 20_000
_BODY = 4000


def record(
    store: Store,
    *,
    method: str,
    path: str,
    query: str,
    status: int,
    why: str,
    body: bytes,
    fault: str = "",
    verified: bool = True,
) -> None:
    """Write one line; ``why`` is empty when the request was accepted. Old lines fall off at 20 000."""
    line = store.insert(
        "log",
        at=time.time(),
        method=method,
        path=path,
        query=_SECRET_QUERY.sub(r"\1***", query),
        status=status,
        verified=int(verified),
        why=why,
        body=masked(body)[:_BODY],
        fault=fault,
    )
    if line % 500 == 0:
        store.run("DELETE FROM log WHERE id <= ?", line - _KEEP)


def masked(body: bytes) -> str:
    """The body as text with secret fields starred; what is not JSON is only measured."""
    if not body:
        return ""
    try:
        return json.dumps(_mask(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"<{len(body)} bytes, not JSON>"


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET_FIELDS else _mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return value


def since(store: Store, line: int, limit: int = 1000) -> list[dict[str, Any]]:
    rows = store.all("SELECT * FROM log WHERE id > ? ORDER BY id LIMIT ?", line, limit)
    return [row | {"verified": bool(row["verified"])} for row in rows]


def latest(store: Store, limit: int) -> list[dict[str, Any]]:
    return store.all("SELECT * FROM log ORDER BY id DESC LIMIT ?", limit)
