"""One owner per data directory: an advisory lock that the kernel frees when the owner dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from shop.embedded.files import leave_to_owner
from shop.embedded.messages import EmbeddedError
from shop.embedded.ports import wait_until
from shop.embedded.process import born

_BLINK_SECONDS = 0.3
_GUARDIAN_SECONDS = 60.0


class DataLock:
    """Held while a process works in a data directory. Not inherited by children."""

    def __init__(self, data: Path) -> None:
        self.path = data / "lock"
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        leave_to_owner(self.path)
        if not self._acquire():
            owner = self._owner()
            os.close(self._handle)
            raise EmbeddedError(
                f"目录 {data} 正被另一个进程使用（pid {owner or '?'}）。"
                "请先停止它，或用 DATA= 指定另一个目录。",
                f"{data} is in use by another process (pid {owner or '?'}). Stop that one first, or "
                "name another directory with DATA=.",
            )
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def fileno(self) -> int:
        """Return the lock's descriptor: whoever inherits it holds the lock on after our death."""
        return self._handle

    def _acquire(self) -> bool:
        # A short patience always: is_locked() of another process takes the lock for a blink.
        if wait_until(self._try, seconds=_BLINK_SECONDS):
            return True
        # A killed owner's guardian holds the lock until it has ended what was left behind.
        owner = self._owner()
        dead = owner.isdigit() and born(int(owner)) is None
        return dead and wait_until(self._try, seconds=_GUARDIAN_SECONDS)

    def _owner(self) -> str:
        return os.pread(self._handle, 64, 0).decode(errors="replace").strip()

    def _try(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go; safe to call twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> "DataLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_locked(data: Path) -> bool:
    """Tell whether a living process owns the directory."""
    try:
        handle = os.open(data / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
