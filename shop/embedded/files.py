"""Small private files: written whole or not at all, readable by their owner only."""

import json
import os
from pathlib import Path
from typing import Any

_TAIL_BYTES = 16_384


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically, mode 0600."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    leave_to_owner(scratch)
    scratch.replace(path)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replace a private JSON file atomically."""
    write_private(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file, {} when there is no such file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"{path} must hold a JSON object")
    return value


def full_path(text: str | Path) -> Path:
    """Return the one spelling of a path: absolute, without `..`, `~` and symbolic links."""
    return Path(text).expanduser().resolve()


def make_private_directory(path: Path) -> Path:
    """Make a directory that only its owner may enter; one that exists keeps its mode."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        leave_to_owner(path)
    return path


def leave_to_owner(path: Path) -> None:
    """When root makes something in a user's directory, it shall be the user's."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        if above.st_uid != 0:
            os.chown(path, above.st_uid, above.st_gid)


def tail(path: Path, lines: int) -> str:
    """Return the last lines of a log, "" when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def rotate(path: Path, *, limit: int, keep: int) -> None:
    """Copy a log that has outgrown `limit` bytes aside (.1 is the newest) and empty it.

    The writer keeps its handle: it appends, so it goes on at the start of the emptied file.
    """
    try:
        if path.stat().st_size <= limit:
            return
    except FileNotFoundError:
        return
    for number in range(keep - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    path.with_name(f"{path.name}.1").write_bytes(path.read_bytes())
    os.truncate(path, 0)
