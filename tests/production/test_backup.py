"""Backup and restore, with real programs on real clusters: what went in comes out, or nothing changes."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
from pytest_django import DjangoDbBlocker

from shop.core.backup.errors import BackupError
from shop.core.backup.manifest import describe, read_manifest, verify_parts
from shop.embedded.services import start_services
from tests.production.databases import contents, execute, fresh_database, query
from tests.production.shops import Shop, own_redis

pytestmark = [pytest.mark.lasts(60), pytest.mark.timeout(600)]
PASSWORD_IN_URL = "p4ss-w0rd-nobody-may-see"
PICTURES = {
    "products/水杯.jpg": bytes(range(256)) * 40,
    "products/深/层/a b.png": b"\x89PNG\r\n" + os.urandom(3000),
    "empty.txt": b"",
}


def put_media(shop: Shop, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = shop.media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def media_of(shop: Shop) -> dict[str, bytes]:
    files = (path for path in shop.media.rglob("*") if path.is_file())
    return {path.relative_to(shop.media).as_posix(): path.read_bytes() for path in files}


def newest_backup(shop: Shop) -> Path:
    return max((shop.data / "backups").glob("jishi-*"))


def back_up(shop: Shop, *arguments: str) -> Path:
    """Make a backup and return its directory: the last line that the command prints."""
    done = shop.call("backup", *arguments)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(autouse=True, scope="module")
def database_access(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Commands that run in this process may use the database."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A migrated shop with rows of every awkward kind, a ledger, and media."""
    with fresh_database(os.environ["DATABASE_URL"]) as url:
        shop = Shop(tmp_path_factory.mktemp("source"), url, own_redis())
        shop.manage("migrate", "--verbosity=0")
        execute(url, ROWS)
        shop.manage("shell", "--verbosity=0", "--command", LEDGER)
        put_media(shop, PICTURES)
        yield shop


ROWS = """
INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active,
                       date_joined)
SELECT '店员' || i, E'tab\\there\\nnewline \\\\. ''quote'' "double"', i % 2 = 0, '', '', '', false, true,
       timestamptz '2026-01-01 00:00:00.123456+08' + i * interval '1 hour'
FROM generate_series(1, 500) AS i
"""
LEDGER = """
from shop.payments.models import CASH, CashAccount
account = CashAccount.objects.create(mchid="1900000001")
for number in range(1, 101):
    CASH.post(account_id=account.pk, amount=number * 7, reason="capture", reference=f"P{number}", memo="收款")
"""
BALANCE = 7 * 100 * 101 // 2


@pytest.fixture(scope="module")
def backup(source: Shop) -> Path:
    return back_up(source)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Shop]:
    """An empty database on the run's own server, and an empty media directory."""
    with fresh_database(os.environ["DATABASE_URL"]) as url:
        yield Shop(tmp_path / "target", url, own_redis())


def test_a_backup_restored_into_a_second_cluster_is_byte_identical(
    source: Shop, backup: Path, tmp_path: Path
) -> None:
    before = contents(source.database_url)
    services = start_services(tmp_path / "cluster", durable=False)
    try:
        target = Shop(tmp_path / "data", services.database_url, services.redis_url)
        stale = redis.Redis.from_url(services.redis_url)
        stale.set("shop:left-over", "of another database")

        done = target.manage("restore", str(backup))

        assert contents(services.database_url) == before
        assert media_of(target) == PICTURES
        assert query(services.database_url, "SELECT balance FROM payments_cashaccount") == [(BALANCE,)]
        with pytest.raises(psycopg2.errors.RestrictViolation):
            execute(services.database_url, "UPDATE payments_cashentry SET amount = 1")
        assert stale.dbsize() == 0
        assert "sync_shop" in done.stdout
        assert target.manage("audit_ledgers").returncode == 0
        assert target.manage("migrate", "--check").returncode == 0
        restored_again = Path(target.manage("backup").stdout.splitlines()[-1])
        assert (
            json.loads((restored_again / "manifest.json").read_text())["rows"] == manifest_of(backup)["rows"]
        )
    finally:
        services.stop()


def manifest_of(directory: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((directory / "manifest.json").read_text())
    return manifest


def test_the_manifest_says_what_is_inside(source: Shop, backup: Path) -> None:
    manifest = manifest_of(backup)

    assert manifest["rows"]["auth_user"] == 500
    assert "core.0001_ground" in manifest["migrations"]
    assert set(manifest["parts"]) == {"database.dump", "media.tar"}
    assert set(manifest["keys"]) == {"test1", "SHOP_HASH_KEY"}
    assert os.environ["SHOP_HASH_KEY"] not in (backup / "manifest.json").read_text()
    assert {path.name: path.stat().st_mode & 0o777 for path in backup.iterdir()} == dict.fromkeys(
        ("database.dump", "manifest.json", "manifest.json.sha256", "media.tar"), 0o600
    )
    assert backup.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["database.dump", "media.tar", "manifest.json", "manifest.json.sha256"])
@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
def test_no_byte_of_a_backup_changes_unnoticed(
    backup: Path, tmp_path: Path, name: str, position: float
) -> None:
    damaged = copy_of(backup, tmp_path / "damaged")
    flip_byte(damaged / name, position)

    with pytest.raises(BackupError):
        verify_parts(damaged, read_manifest(damaged))
    verify_parts(backup, read_manifest(backup))


def flip_byte(path: Path, position: float) -> None:
    content = bytearray(path.read_bytes())
    content[round((len(content) - 1) * position)] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["database.dump", "media.tar"])
def test_a_flipped_byte_is_refused_and_nothing_changes(
    source: Shop, backup: Path, target: Shop, tmp_path: Path, name: str
) -> None:
    damaged = copy_of(backup, tmp_path / "damaged")
    flip_byte(damaged / name, 0.5)
    before = contents(target.database_url)

    done = target.call("restore", "--force", str(damaged))

    assert done.returncode == 1
    assert contents(target.database_url) == before
    assert not target.media.exists()


def test_a_missing_part_is_refused(source: Shop, backup: Path, target: Shop, tmp_path: Path) -> None:
    damaged = copy_of(backup, tmp_path / "damaged")
    (damaged / "media.tar").unlink()

    assert target.call("restore", str(damaged)).returncode == 1
    assert target.call("restore", str(tmp_path / "nowhere")).returncode == 1
    assert "auth_user" not in contents(target.database_url)


def test_a_database_in_use_is_only_replaced_by_force(backup: Path, target: Shop) -> None:
    execute(target.database_url, "CREATE TABLE notes (line text); INSERT INTO notes VALUES ('mine')")
    put_media(target, {"old.jpg": b"old"})
    before = contents(target.database_url)

    refused = target.call("restore", str(backup))

    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert contents(target.database_url) == before
    assert media_of(target) == {"old.jpg": b"old"}

    target.call("restore", "--force", str(backup))

    assert "notes" not in contents(target.database_url)
    assert contents(target.database_url)["auth_user"] != ""
    assert media_of(target) == PICTURES


def test_media_alone_are_not_overwritten_without_force(backup: Path, target: Shop) -> None:
    put_media(target, {"old.jpg": b"old"})

    refused = target.call("restore", str(backup))

    assert refused.returncode == 1
    assert "auth_user" not in contents(target.database_url)
    assert media_of(target) == {"old.jpg": b"old"}


def test_other_sessions_stop_a_restore(backup: Path, target: Shop) -> None:
    with closing(psycopg2.connect(target.database_url)):
        refused = target.call("restore", str(backup))

    assert refused.returncode == 1
    assert "auth_user" not in contents(target.database_url)


def test_a_restore_that_fails_half_way_leaves_everything_as_it_was(backup: Path, target: Shop) -> None:
    # Given a table that another session holds, so that the server refuses to drop it
    execute(target.database_url, "CREATE TABLE notes (line text); INSERT INTO notes VALUES ('mine')")
    put_media(target, {"old.jpg": b"old"})
    before = contents(target.database_url)
    with closing(psycopg2.connect(target.database_url)) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE notes IN ACCESS SHARE MODE")

        refused = target.call("restore", "--force", str(backup))

    assert refused.returncode == 1
    assert "lock timeout" in refused.stderr
    assert contents(target.database_url) == before
    assert media_of(target) == {"old.jpg": b"old"}


def test_a_dump_that_breaks_off_is_rolled_back(backup: Path, target: Shop, tmp_path: Path) -> None:
    # Given a dump that was cut before anybody took its checksum
    cut = copy_of(backup, tmp_path / "cut")
    content = (cut / "database.dump").read_bytes()
    (cut / "database.dump").write_bytes(content[: len(content) * 3 // 4])
    rewrite_manifest(cut)
    before = contents(target.database_url)

    refused = target.call("restore", "--force", str(cut))

    assert refused.returncode == 1
    assert contents(target.database_url) == before
    assert media_of(target) == {}


def test_a_backup_of_a_later_version_is_refused(backup: Path, target: Shop, tmp_path: Path) -> None:
    later = copy_of(backup, tmp_path / "later")
    rewrite_manifest(later, migrations=[*manifest_of(later)["migrations"], "core.9999_from_the_future"])

    refused = target.call("restore", str(later))

    assert refused.returncode == 1
    assert "core.9999_from_the_future" in refused.stderr
    assert "auth_user" not in contents(target.database_url)


def test_a_restore_names_missing_keys_and_pending_migrations(
    backup: Path, target: Shop, tmp_path: Path
) -> None:
    other_keys = Shop(
        target.data,
        target.database_url,
        target.redis_url,
        {"SHOP_ENCRYPTION_KEYS": "other:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
    )

    done = other_keys.manage("restore", str(backup))

    assert "test1" in done.stdout


def test_two_backups_keep_one(source: Shop, tmp_path: Path) -> None:
    # Given two finished backups and what a killed one left long ago
    first = back_up(source, "--to", str(tmp_path / "kept"))
    abandoned = tmp_path / "kept" / ".partial-old"
    abandoned.mkdir()
    os.utime(abandoned, (0, 0))

    second = back_up(source, "--to", str(tmp_path / "kept"), "--keep", "1")

    assert first != second
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [second.name]


def test_keep_zero_is_refused(source: Shop, tmp_path: Path) -> None:
    done = source.call("backup", "--to", str(tmp_path / "kept"), "--keep", "0")

    assert done.returncode == 1
    assert not (tmp_path / "kept").exists()


def test_a_failed_backup_leaves_nothing_behind(source: Shop, tmp_path: Path) -> None:
    # Given a pg_dump that cannot do it
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        (tools / name).write_text(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.0' && exit\nexit 3\n"
        )
        (tools / name).chmod(0o755)
    broken = Shop(source.data, source.database_url, source.redis_url, {"SHOP_PG_BIN": str(tools)})

    done = broken.manage("backup", "--to", str(tmp_path / "kept"), check=False)

    assert done.returncode == 1
    assert list((tmp_path / "kept").iterdir()) == []


def test_programs_older_than_the_server_are_refused(source: Shop, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        (tools / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
        (tools / name).chmod(0o755)
    older = Shop(source.data, source.database_url, source.redis_url, {"SHOP_PG_BIN": str(tools)})

    done = older.manage("backup", "--to", str(tmp_path / "kept"), check=False)

    assert done.returncode == 1
    assert str(tools) in done.stderr


def test_a_backup_through_pgbouncer_is_refused(source: Shop, tmp_path: Path) -> None:
    pooled = Shop(source.data, source.database_url, source.redis_url, {"SHOP_PGBOUNCER": "true"})

    done = pooled.manage("backup", "--to", str(tmp_path / "kept"), check=False)

    assert done.returncode == 1
    assert not (tmp_path / "kept").exists()


def test_backups_do_not_go_into_the_served_media(source: Shop) -> None:
    done = source.call("backup", "--to", str(source.media / "backups"))

    assert done.returncode == 1
    assert media_of(source) == PICTURES


def copy_of(backup: Path, target: Path) -> Path:
    subprocess.run(["cp", "-r", str(backup), str(target)], check=True)
    return target


def rewrite_manifest(directory: Path, **changes: Any) -> None:
    """State the digests of the files as they are now: a backup that was made wrong, not damaged later."""
    manifest = manifest_of(directory) | changes
    for name in manifest["parts"]:
        part = describe(directory / name)
        manifest["parts"][name] = {"size": part.size, "sha256": part.sha256}
    text = json.dumps(manifest)
    (directory / "manifest.json").write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (directory / "manifest.json.sha256").write_text(f"{digest}  manifest.json\n")
