"""Health checks of containers: `python -m shop.core.probe http URL|worker|beat`, exit code 0 or 1.

Standard library only and no Django, because it starts anew every few seconds. Web and sandbox are asked over
HTTP. A worker and beat touch a file in SHOP_PROBE_DIR of their own container whenever their loop turns
(`shop.celery` connects `mark_alive`): so each replica tells of itself, and none is called healthy because its
neighbour is. Without SHOP_PROBE_DIR nobody asks, and no file is written.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# A worker's loop turns every 2 s. Beat sends each queue's heartbeat job every 15 s.
_SILENCE_ALLOWED = {"worker": 30.0, "beat": 60.0}
_TIMEOUT = 5.0


def mark_alive(process: str) -> None:
    """Note that this container's `process` ("worker" or "beat") is at work now."""
    path = _file(process)
    if path is not None:
        path.touch()


def silence(process: str) -> float | None:
    """Return how many seconds ago `process` was at work, None when it never was."""
    path = _file(process)
    try:
        return None if path is None else max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return None


def main(arguments: list[str]) -> int:
    """Run one check; say on stderr what is wrong."""
    match arguments:
        case ["http", url]:
            return _ask(url)
        case [("worker" | "beat") as process]:
            return _listen(process)
    sys.stderr.write("usage: python -m shop.core.probe http URL|worker|beat\n")
    return 2


def _ask(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:  # noqa: S310  the operator's own URL
            return 0 if response.status == 200 else _complain(f"{url}: {response.status}")
    except urllib.error.HTTPError as error:
        return _complain(f"{url}: {error.code} {error.read(500).decode(errors='replace')}")
    except OSError as error:
        return _complain(f"{url}: {error}")


def _listen(process: str) -> int:
    age = silence(process)
    if age is None:
        return _complain(f"{process} has not been at work yet")
    if age > _SILENCE_ALLOWED[process]:
        return _complain(f"{process} was last at work {age:.0f} s ago")
    return 0


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _file(process: str) -> Path | None:
    directory = os.environ.get("SHOP_PROBE_DIR")
    return Path(directory) / f"jishi-{process}-alive" if directory else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
