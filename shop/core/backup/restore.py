"""Brings a backup back: checks everything first, then replaces database and media whole or not at all."""

import contextlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from shop.core.backup import manifest as manifests
from shop.core.backup.create import count_rows
from shop.core.backup.errors import BackupError
from shop.core.backup.manifest import Manifest
from shop.core.backup.media import discard, has_media, media_directory, stage_media, swap_media
from shop.core.backup.tools import PostgresTools, connection_environment, find_tools, last_lines, server_major

# The server drops the present tables and fills the new ones in one transaction. Another session that holds
# a lock makes it give up instead of waiting for ever.
_REPLACE = b"""
BEGIN;
SET LOCAL lock_timeout = '5s';
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public;
"""
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Restored:
    """What a restore did, and what the operator has to do now.

    `pending` are migrations that this code has and the backup had not; `missing_keys` are encryption keys
    that the backup's personal data need and this environment lacks; `redis_cleared` is False when Redis was
    down.
    """

    manifest: Manifest
    pending: tuple[str, ...]
    missing_keys: tuple[str, ...]
    redis_cleared: bool


def restore_backup(*, archive: Path, force: bool = False) -> Restored:
    """Replace the database and the media by those of a backup.

    Order: every checksum; that this code knows the backup's migrations; that database and media are empty
    (`force` replaces what is there and disregards other sessions); media are staged; the database is replaced
    in one transaction; media are swapped in; Redis, whose content follows from the database, is emptied.
    Raises BackupError; before the database's commit nothing has changed.
    """
    environment = connection_environment()
    manifest = manifests.read_manifest(archive)
    manifests.verify_parts(archive, manifest)
    _refuse_unknown_migrations(manifest)
    tools = _fitting_tools(manifest)
    media = _media_target(manifest)
    if not force:
        _refuse_occupied(media)
    staged = stage_media(archive / manifests.MEDIA, media) if media is not None else None
    try:
        _replace_database(archive / manifests.DATABASE, tools=tools, environment=environment)
    except BaseException:
        if staged is not None:
            discard(staged)
        raise
    _put_in_place(staged)
    _compare_rows(manifest)
    present = manifests.key_fingerprints()
    return Restored(
        manifest=manifest,
        pending=_pending_migrations(),
        missing_keys=tuple(kid for kid, mark in manifest.keys.items() if present.get(kid) != mark),
        redis_cleared=_clear_redis(),
    )


def _refuse_unknown_migrations(manifest: Manifest) -> None:
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update((app, name) for app, name in migration.replaces)
    unknown = set(manifest.migrations) - {f"{app}.{name}" for app, name in known}
    if unknown:
        raise BackupError(
            _(
                "The backup was made by version %(version)s, whose migrations this code lacks: %(names)s. "
                "Restore it with that version or a later one."
            )
            % {"version": manifest.shop_version, "names": ", ".join(sorted(unknown))}
        )


def _fitting_tools(manifest: Manifest) -> PostgresTools:
    major = server_major()
    if manifest.server_major > major:
        raise BackupError(
            _(
                "The backup comes from PostgreSQL %(from)s, this server is %(to)s: "
                "restore into %(from)s or later."
            )
            % {"from": manifest.server_major, "to": major}
        )
    return find_tools(server_major=major)


def _media_target(manifest: Manifest) -> Path | None:
    media = media_directory()
    if manifest.media != "files":
        return None
    if media is None:
        raise BackupError(
            _(
                "The backup holds media files, but this shop keeps its media in an object store. "
                "Restore with the file storage, then move the files."
            )
        )
    return media


def _refuse_occupied(media: Path | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')"
        )
        relations = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        sessions = cursor.fetchone()[0]
    if relations:
        raise BackupError(
            _("The database is not empty (%(count)s tables and sequences). --force replaces all of it.")
            % {"count": relations}
        )
    if media is not None and has_media(media):
        raise BackupError(
            _("The media directory %(path)s is not empty. --force replaces all of it.") % {"path": media}
        )
    if sessions:
        raise BackupError(
            _("%(count)s other sessions use the database: stop web, workers and beat first.")
            % {"count": sessions}
        )


def _replace_database(dump: Path, *, tools: PostgresTools, environment: dict[str, str]) -> None:
    """Stream the dump as SQL into one transaction; COMMIT is sent only after pg_restore ended well."""
    connection.close()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        with _reader(dump, tools, complaints) as reader, _writer(tools, environment, complaints) as writer:
            try:
                _stream(reader, _pipe(reader.stdout), _pipe(writer.stdin))
            except BrokenPipeError:
                reader.kill()
            failed = writer.wait() != 0 or reader.wait() != 0
        if failed:
            complaints.seek(0)
            cause = last_lines(complaints.read())
            raise BackupError(
                _("The database was left as it was; PostgreSQL refused the restore:") + "\n" + cause
            )


def _stream(reader: subprocess.Popen[bytes], source: IO[bytes], target: IO[bytes]) -> None:
    """Send BEGIN, the emptied schema, the dump and COMMIT; BrokenPipeError when psql gave up."""
    try:
        target.write(_REPLACE)
        shutil.copyfileobj(source, target, _CHUNK)
        if reader.wait() == 0:
            target.write(b"\nCOMMIT;\n")
        target.flush()
    finally:
        with contextlib.suppress(BrokenPipeError):
            target.close()


def _reader(dump: Path, tools: PostgresTools, complaints: IO[str]) -> subprocess.Popen[bytes]:
    argv = [tools.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=complaints)


def _writer(
    tools: PostgresTools, environment: dict[str, str], complaints: IO[str]
) -> subprocess.Popen[bytes]:
    # VERBOSITY=terse: an error's DETAIL and CONTEXT quote rows, and rows hold personal data.
    argv = [tools.program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null"]
    argv += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=complaints, env=environment)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise BackupError(_("A program was started without its pipe."))
    return stream


def _put_in_place(staged: Path | None) -> None:
    try:
        if staged is not None:
            swap_media(staged)
    except OSError as error:
        raise BackupError(
            _("The database was restored, the media were not: %(cause)s. Repair that, restore with --force.")
            % {"cause": error.strerror or error}
        ) from error


def _compare_rows(manifest: Manifest) -> None:
    present = count_rows()
    differing = [table for table, count in manifest.rows.items() if present.get(table) != count]
    if differing:
        raise BackupError(
            _("The restored tables do not hold as many rows as the backup states: %(tables)s.")
            % {"tables": ", ".join(differing)}
        )


def _pending_migrations() -> tuple[str, ...]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(f"{migration.app_label}.{migration.name}" for migration, _backwards in plan)


def _clear_redis() -> bool:
    """Empty the Redis databases of cache and broker: what lies there belongs to the replaced database."""
    try:
        for url in {settings.REDIS_URL, settings.CELERY_BROKER_URL}:
            redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=10).flushdb()
    except redis.RedisError:
        return False
    return True
