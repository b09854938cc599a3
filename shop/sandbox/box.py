"""The sandbox itself: identity, store, clock, switches and the bell that wakes the background."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from shop.sandbox import identity as identities
from shop.sandbox.settings import DEFAULTS, checked
from shop.sandbox.store import Row, Store


class Box:
    """Shared by every handler; used from the event loop's thread only."""

    def __init__(self, data: Path, *, push_url: str = "") -> None:
        self.identity = identities.load(data)
        self.store = Store(data / "sandbox.sqlite3")
        self.push_url = push_url
        self.bell = asyncio.Event()
        self.nonces: dict[str, float] = {}
        self._offset = float(self.store.read("clock_offset", 0))
        self._settings: dict[str, Any] = DEFAULTS | self.store.read("settings", {})

    def now(self) -> float:
        """Business time: real time plus what ``/_sandbox/clock`` has added."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += seconds
        self.store.write("clock_offset", self._offset)
        self.bell.set()

    @property
    def clock_offset(self) -> float:
        return self._offset

    def setting(self, name: str) -> Any:
        return self._settings[name]

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self._settings)

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Raises BadSettingError; stored, so that a restart keeps them."""
        self._settings |= checked(changes)
        self.store.write("settings", {k: v for k, v in self._settings.items() if v != DEFAULTS[k]})
        self.bell.set()

    def reset_settings(self) -> None:
        self._settings = dict(DEFAULTS)
        self.store.write("settings", {})
        self.bell.set()

    def user(self, openid: str) -> Row | None:
        return self.store.one("SELECT * FROM users WHERE openid = ?", openid)

    def touch_user(self, openid: str) -> None:
        self.store.run("UPDATE users SET active_at = ? WHERE openid = ?", self.now(), openid)


def dumps(value: Any) -> str:
    """Compact JSON, Chinese as Chinese: as WeChat writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
