"""Rehearses an upgrade on an older release's own data; `bin/rehearse-upgrade` runs it.

1. The older release's files are taken out of git, and its dependencies if its lock file differs from ours.
2. It migrates an empty database and loads its demonstration data.
3. This checkout migrates that database and brings its declared rows up to date.
4. Every `audit_*` command must exit 0, no migration may be missing; tables that lost rows are named.

With `--keep DIR` the older release's data are kept there, and the next rehearsal from it begins at 3.
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from shop.embedded.messages import EmbeddedError, say
from shop.embedded.services import start_services

ROOT = Path(__file__).resolve().parent.parent.parent
_OLD_STEPS = ("migrate --noinput", "sync_shop", "load_demo")
_NEW_STEPS = ("check", "migrate --noinput", "sync_shop", "migrate --check", "audit_*")
# One process per release: starting Django a dozen times would take longer than all the work. An early release
# may lack a command that came later.
_DRIVER = """
import fnmatch, os, sys
import django
django.setup()
import shop.celery
from django.core.management import call_command, get_commands
for step in sys.argv[1:]:
    pattern, *options = step.split()
    for name in sorted(fnmatch.filter(get_commands(), pattern)):
        print(":", name, *options, flush=True)
        call_command(name, *options)
"""


class RehearsalFailed(Exception):
    """A step of the rehearsal failed; the text holds the end of its output."""


@dataclass(frozen=True)
class Release:
    """A checkout with the interpreter that has its dependencies."""

    name: str
    directory: Path
    python: str

    def take_steps(self, steps: tuple[str, ...], environment: Mapping[str, str]) -> None:
        """Run management commands of this release; RehearsalFailed when one fails."""
        argv = [self.python, "-c", _DRIVER, *steps]
        printed = _run(argv, cwd=self.directory, environment=environment)
        for line in printed.splitlines():
            if line.startswith(": "):
                say(f"{self.name}{line}")


def main(arguments: list[str] | None = None) -> int:
    """Run the rehearsal and return the exit code: 0 safe, 1 not safe, 2 no such revision."""
    parser = argparse.ArgumentParser(prog="bin/rehearse-upgrade", description="Rehearse an upgrade.")
    parser.add_argument("revision", nargs="?", help="tag or commit to come from (default: the last release)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the older release's data are kept")
    options = parser.parse_args(arguments)
    revision = options.revision or previous_release()
    if revision is None:
        say(
            "在此版本之前没有发布过任何版本(没有 v* 标签),无需演练。可以给出一个提交来演练。",
            "No release (tag v*) precedes this version: nothing to rehearse. A commit can be given instead.",
        )
        return 0
    if not _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"):
        say(f"没有这个版本:{revision}", f"No such revision: {revision}")
        return 2
    began = time.monotonic()
    try:
        rehearse(revision, keep=options.keep)
    except (RehearsalFailed, EmbeddedError) as error:
        say(f"从 {revision} 升级失败。", f"The upgrade from {revision} is NOT safe.", detail=str(error))
        return 1
    seconds = time.monotonic() - began
    say(
        f"从 {revision} 升级演练通过({seconds:.0f} 秒)。",
        f"The upgrade from {revision} is safe ({seconds:.0f} s).",
    )
    return 0


def previous_release() -> str | None:
    """Return the newest tag v* before this version, None before the second release."""
    here = _git("tag", "--points-at", "HEAD", "v[0-9]*").split()
    excluded = [f"--exclude={tag}" for tag in here]
    return _git("describe", "--tags", "--abbrev=0", "--match=v[0-9]*", *excluded, "HEAD").strip() or None


def rehearse(revision: str, *, keep: Path | None = None) -> None:
    """Raise RehearsalFailed when this checkout cannot take over the data of `revision`."""
    commit = _git("rev-parse", f"{revision}^{{commit}}").strip()
    kept = keep.resolve() / commit if keep else None
    with tempfile.TemporaryDirectory(prefix="jishi-upgrade-") as directory:
        work = Path(directory)
        if kept and kept.exists():
            say(f"使用保留的 {revision} 数据…", f"Using the data of {revision} that were kept...")
            _copy(kept, work / "shop")
        else:
            _make_older_data(_check_out(revision, work), work / "shop")
            if kept:
                _keep(work / "shop", kept)
        _take_over(work / "shop")


def _make_older_data(older: Release, shop: Path) -> None:
    """Let the older release make its database, its files and its secrets in the directory `shop`."""
    shop.mkdir()
    services = start_services(shop / "services", durable=False)
    try:
        secrets_of_it = _secrets()
        (shop / "secrets.json").write_text(json.dumps(secrets_of_it))
        older.take_steps(_OLD_STEPS, _environment(shop, services.environment, secrets_of_it))
    finally:
        services.stop()


def _take_over(shop: Path) -> None:
    """Let this checkout migrate the shop and audit it."""
    newer = Release("this checkout", ROOT, sys.executable)
    services = start_services(shop / "services", durable=False)
    try:
        secrets_of_it = json.loads((shop / "secrets.json").read_text())
        before = count_rows(services.database_url)
        newer.take_steps(_NEW_STEPS, _environment(shop, services.environment, secrets_of_it))
        _compare(before, count_rows(services.database_url))
    finally:
        services.stop()


def _keep(shop: Path, kept: Path) -> None:
    """Put a copy in its place whole or not at all: another rehearsal may look for it now."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
    _copy(shop, unfinished)
    try:
        unfinished.rename(kept)
    except OSError:  # somebody else's is there by now
        shutil.rmtree(unfinished)


def _copy(source: Path, target: Path) -> None:
    # The cluster's files may belong to another user, and have to stay theirs.
    _run(["cp", "-a", str(source), str(target)], cwd=source.parent)


def count_rows(url: str) -> dict[str, int]:
    """Return the number of rows of each table."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            counts[table] = int(cursor.fetchone()[0])
        return counts


def _check_out(revision: str, work: Path) -> Release:
    """Take the release's files out of git, without touching this checkout."""
    say(f"取出 {revision}…", f"Taking {revision} out of git...")
    directory = work / "older"
    directory.mkdir()
    archive = work / "older.tar"
    _run(["git", "archive", f"--output={archive}", revision], cwd=ROOT)
    with tarfile.open(archive) as tar:
        tar.extractall(directory)  # noqa: S202  our own repository
    return Release(revision, directory, _interpreter(directory, work))


def _interpreter(directory: Path, work: Path) -> str:
    """Return a Python with the release's dependencies: ours, unless its lock file says otherwise."""
    lock = directory / "requirements.lock"
    if lock.read_bytes() == (ROOT / "requirements.lock").read_bytes():
        return sys.executable
    say("安装该版本的依赖…", "Installing the dependencies of that release...")
    _run([sys.executable, "-m", "venv", str(work / "venv")], cwd=work)
    python = str(work / "venv/bin/python")
    _run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)], cwd=work)
    return python


def _secrets() -> dict[str, str]:
    """Return what a fresh shop must be given, and what a shop that exists must be given again."""
    return {
        "SHOP_SECRET_KEY": secrets.token_urlsafe(48),
        "SHOP_ENCRYPTION_KEYS": f"rehearsal:{b64encode(secrets.token_bytes(32)).decode()}",
        "SHOP_HASH_KEY": secrets.token_urlsafe(48),
        "SHOP_ADMIN_PASSWORD": secrets.token_urlsafe(12),
    }


def _environment(shop: Path, services: Mapping[str, str], secrets_of_it: Mapping[str, str]) -> dict[str, str]:
    """Return the shop's environment; nothing of the caller's shop gets in."""
    ours = ("SHOP_", "WECHAT", "DATABASE_URL", "REDIS_URL", "CELERY_", "SENTRY_", "OTEL_", "DJANGO_", "PG")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **inherited,
        **services,
        **secrets_of_it,
        "DATA": str(shop / "data"),
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "SHOP_LOG_LEVEL": "WARNING",
    }


def _compare(before: Mapping[str, int], after: Mapping[str, int]) -> None:
    lost = {
        table: (count, after.get(table, 0)) for table, count in before.items() if after.get(table, 0) < count
    }
    for table, (had, has) in lost.items():
        say(f"注意:{table} 由 {had} 行变为 {has} 行", f"Note: {table} had {had} rows and has {has}")
    kept = sum(after.get(table, 0) for table in before)
    say(f"原有 {len(before)} 张表现有 {kept} 行", f"The {len(before)} earlier tables now hold {kept} rows")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _run(argv: list[str], *, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        end = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise RehearsalFailed(f"{Path(argv[0]).name} ({done.returncode})\n{end}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
