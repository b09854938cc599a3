"""Makes a backup: one snapshot of the database, then the media, then the manifest, then the name."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.backup import manifest as manifests
from shop.core.backup.errors import BackupError
from shop.core.backup.manifest import Manifest
from shop.core.backup.media import media_directory, pack_media
from shop.core.backup.tools import connection_environment, find_tools, last_lines, server_major
from shop.core.version import code_version

PREFIX = "jishi-"
_PARTIAL = ".partial-"
_PARTIAL_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    directory: Path
    manifest: Manifest


def create_backup(*, target: Path) -> Backup:
    """Write a backup into a new directory below `target` and return it.

    The database part is one REPEATABLE READ snapshot, shared by pg_dump and the manifest's counts; sales go
    on meanwhile. Media are packed after it, so that a file which a row names is there. The directory is
    built under a hidden name and renamed when complete: what can be seen is whole. Raises BackupError.
    """
    environment = connection_environment()
    tools = find_tools(server_major=server_major())
    media = media_directory()
    _refuse_inside_media(target, media)
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove_abandoned(target)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=target))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        manifest = _fill(partial, program=tools.program("pg_dump"), environment=environment, media=media)
        directory = _publish(partial, target / _name(manifest))
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Backup(directory, manifest)


def list_backups(target: Path) -> list[Path]:
    """Return the complete backups below `target`, oldest first."""
    if not target.is_dir():
        return []
    return sorted(
        path
        for path in target.iterdir()
        if path.name.startswith(PREFIX) and (path / manifests.MANIFEST).is_file()
    )


def remove_old_backups(*, target: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` (at least 1) backups below `target`; return what was deleted."""
    if keep < 1:
        raise BackupError(_("At least one backup has to be kept."))
    old = list_backups(target)[:-keep]
    for path in old:
        shutil.rmtree(path)
    return old


def _fill(partial: Path, *, program: str, environment: dict[str, str], media: Path | None) -> Manifest:
    created_at = clock.wall()
    with _snapshot() as snapshot:
        migrations = tuple(
            sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
        )
        rows = count_rows()
        server_version = _server_version()
        _dump(partial / manifests.DATABASE, program=program, environment=environment, snapshot=snapshot)
    parts = {manifests.DATABASE: manifests.describe(partial / manifests.DATABASE)}
    if media is not None:
        pack_media(media, partial / manifests.MEDIA)
        parts[manifests.MEDIA] = manifests.describe(partial / manifests.MEDIA)
    manifest = Manifest(
        created_at=created_at.astimezone(UTC).isoformat(timespec="seconds"),
        shop_version=code_version(),
        server_version=server_version,
        media="external" if media is None else "files",
        migrations=migrations,
        rows=rows,
        keys=manifests.key_fingerprints(),
        parts=parts,
    )
    manifests.write_manifest(partial, manifest)
    return manifest


@contextmanager
def _snapshot() -> Iterator[str]:
    """Hold a read-only snapshot that other sessions can join; yields its id."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def count_rows() -> dict[str, int]:
    """Return the number of rows of every table, as the current transaction sees them."""
    with connection.cursor() as cursor:
        counts = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  quoted
            counts[table] = int(cursor.fetchone()[0])
        return counts


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]


def _dump(path: Path, *, program: str, environment: dict[str, str], snapshot: str) -> None:
    done = subprocess.run(
        [
            program,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            # No large objects: the shop has none, and their SQL would commit half-way through a restore.
            "-B",
            "--no-password",
            f"--snapshot={snapshot}",
            f"--file={path}",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(_("pg_dump failed:") + "\n" + last_lines(done.stderr))


def _name(manifest: Manifest) -> str:
    return f"{PREFIX}{datetime.fromisoformat(manifest.created_at):%Y%m%dT%H%M%SZ}"


def _publish(partial: Path, wanted: Path) -> Path:
    """Make the files durable, then give the directory its name (two in one second get a counter)."""
    for path in partial.iterdir():
        path.chmod(0o600)
        _sync(path)
    _sync(partial)
    directory, counter = wanted, 1
    while directory.exists():
        counter += 1
        directory = wanted.with_name(f"{wanted.name}-{counter}")
    partial.rename(directory)
    _sync(directory.parent)
    return directory


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(target: Path) -> None:
    """Remove what a killed backup left behind a day ago or earlier."""
    for path in target.glob(f"{_PARTIAL}*"):
        if time.time() - path.stat().st_mtime > _PARTIAL_KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _refuse_inside_media(target: Path, media: Path | None) -> None:
    if media is not None and target.resolve().is_relative_to(media.resolve()):
        raise BackupError(
            _("%(path)s lies inside the media directory, which the web serves: choose another place.")
            % {"path": target}
        )


def _unwritable(target: Path, error: OSError) -> BackupError:
    return BackupError(
        _("The backup could not be written to %(path)s: %(cause)s")
        % {"path": target, "cause": error.strerror or error}
    )
