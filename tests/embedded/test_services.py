"""PostgreSQL and Redis of one data directory: they answer, keep what they were given, and go away."""

import json
import os
from pathlib import Path

import psycopg2
import pytest
import redis

from shop.embedded.messages import EmbeddedError
from shop.embedded.services import Services
from tests.embedded.conftest import StartServices, all_gone


def ask(services: Services, question: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(services.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_data_outlives_a_restart_in_a_directory_with_spaces(data: Path, services_in: StartServices) -> None:
    # Given a shop's services with a row and a key in them
    services = services_in(data, durable=True)
    ask(services, "CREATE TABLE kept (name text)")
    ask(services, "INSERT INTO kept VALUES ('陶瓷水杯')")
    redis.from_url(services.redis_url).set("kept", "青花")
    address, pids = services.environment, services.pids
    assert sorted(pids) == ["postgres", "redis"]
    # When they are stopped and started again
    services.stop()
    assert all_gone(list(pids.values()))
    assert list((data / "run").glob("*.pid")) == []
    again = services_in(data, durable=True)
    # Then everything is there, under the same address
    assert again.environment == address
    assert ask(again, "SELECT name FROM kept") == [("陶瓷水杯",)]
    assert redis.from_url(again.redis_url).get("kept") == "青花".encode()


def test_stop_is_safe_twice(data: Path, services_in: StartServices) -> None:
    services = services_in(data)
    services.stop()
    services.stop()
    assert services.pids == {}


def test_settings_of_a_shop(data: Path, services_in: StartServices) -> None:
    services = services_in(data, durable=True, max_connections=77)
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "max_connections": "77",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    names = ", ".join(f"'{name}'" for name in wanted)
    rows = ask(services, f"SELECT name, setting FROM pg_settings WHERE name IN ({names})")  # noqa: S608
    assert sorted(rows) == sorted(wanted.items())
    settings = redis.from_url(services.redis_url).config_get("*")
    assert settings["appendonly"] == "yes"
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["databases"] == "64"
    assert settings["bind"] == "127.0.0.1"


def test_throw_away_services_do_not_wait_for_the_disk(data: Path, services_in: StartServices) -> None:
    services = services_in(data)
    assert ask(services, "SHOW fsync") == [("off",)]
    assert redis.from_url(services.redis_url).config_get("appendonly") == {"appendonly": "no"}


def test_chinese_punctuation_separates_words(data: Path, services_in: StartServices) -> None:
    services = services_in(data)
    assert ask(services, "SELECT tsvector_to_array(to_tsvector('simple', '水杯，白色'))") == [
        (["水杯", "白色"],)
    ]


def test_nobody_enters_without_the_password(data: Path, services_in: StartServices) -> None:
    services = services_in(data)
    state = json.loads((data / "services.json").read_text())
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(services.database_url.replace(state["postgres_password"], "wrong"))
    with pytest.raises(redis.AuthenticationError):
        redis.from_url(services.redis_url.replace(state["redis_password"], "wrong")).ping()
    for name in ("services.json", "redis/redis.conf"):
        assert (data / name).stat().st_mode & 0o777 == 0o600
    command_lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in services.pids.values()]
    assert not any(
        state[f"{name}_password"] in line for line in command_lines for name in ("postgres", "redis")
    )


def test_one_directory_has_one_owner(data: Path, services_in: StartServices) -> None:
    # Given running services
    services = services_in(data)
    # When somebody starts others in the same directory
    with pytest.raises(EmbeddedError) as refusal:
        services_in(data)
    # Then the refusal names the owner, the first ones go on, and the directory is free after their stop
    assert f"pid {os.getpid()}" in refusal.value.en
    assert str(os.getpid()) in refusal.value.zh
    assert ask(services, "SELECT 1") == [(1,)]
    services.stop()
    assert ask(services_in(data), "SELECT 1") == [(1,)]


def test_two_directories_at_once(tmp_path: Path, services_in: StartServices) -> None:
    first, second = services_in(tmp_path / "a"), services_in(tmp_path / "b")
    assert not set(first.environment.values()) & set(second.environment.values())
    ask(first, "CREATE TABLE only_here ()")
    assert ask(second, "SELECT to_regclass('only_here')") == [(None,)]


def test_given_addresses_start_nothing(data: Path, services_in: StartServices) -> None:
    services = services_in(data, database_url="postgresql://db/x", redis_url="redis://cache/0")
    assert services.pids == {}
    assert services.environment == {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache/0"}
    assert not (data / "postgres").exists()
    assert not (data / "redis").exists()


def test_only_what_is_not_given_is_started(data: Path, services_in: StartServices) -> None:
    services = services_in(data, database_url="postgresql://db/x")
    assert list(services.pids) == ["redis"]


def test_an_interrupted_first_start_is_begun_anew(data: Path, services_in: StartServices) -> None:
    (data / "postgres.new").mkdir()
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")
    assert ask(services_in(data), "SELECT 1") == [(1,)]
    assert not (data / "postgres.new").exists()


def test_a_pid_file_that_now_names_another_program_is_no_hindrance(
    data: Path, services_in: StartServices
) -> None:
    # Given a crash whose postmaster.pid holds a pid that now belongs to somebody else (this very test)
    services = services_in(data)
    postmaster_pid = (data / "postgres" / "postmaster.pid").read_text()
    services.stop()
    mine = postmaster_pid.replace(postmaster_pid.splitlines()[0], str(os.getpid()), 1)
    (data / "postgres" / "postmaster.pid").write_text(mine)
    # Then PostgreSQL starts all the same
    assert ask(services_in(data), "SELECT 1") == [(1,)]


def test_a_taken_port_is_exchanged(data: Path, services_in: StartServices) -> None:
    services = services_in(data)
    before = json.loads((data / "services.json").read_text())
    services.stop()
    import socket

    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", before["postgres_port"]))
        squatter.listen()
        again = services_in(data)
        assert f":{before['postgres_port']}/" not in again.database_url
        assert f":{before['redis_port']}/" in again.redis_url
        assert ask(again, "SELECT 1") == [(1,)]


def test_a_server_that_does_not_start_shows_its_log(data: Path, services_in: StartServices) -> None:
    services_in(data).stop()
    (data / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError) as failure:
        services_in(data)
    assert "postgres failed to start" in failure.value.en
    assert "no_such_setting" in failure.value.detail
    # and nothing is left behind: the directory is free, Redis was not started
    (data / "postgres" / "postgresql.conf").write_text("")
    assert ask(services_in(data), "SELECT 1") == [(1,)]
