"""The supervisor with real processes: restarts, order of stopping, and nothing left behind."""

import os
import signal
import sys
from pathlib import Path

import psycopg2
import pytest
import redis

from shop.embedded.ports import wait_until
from shop.embedded.process import born
from tests.embedded.conftest import SECONDS, Driver, StartDriver, StartServices, all_gone, process_tree

# Says when it starts and when it is asked to stop, and has a worker of its own.
PARENT = """
import os, pathlib, signal, subprocess, sys, time
def note(word):
    with open("events", "a") as file:
        file.write(f"{word} {sys.argv[1]}\\n")
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(f"{sys.argv[1]}.worker").write_text(str(worker.pid))
def stop(number, frame):
    note("stop")
    worker.kill()
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("start")
while True:
    time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("stubborn", "w").close()
while True:
    time.sleep(600)
"""
STUBBORN_CHILD = {"name": "stubborn", "argv": [sys.executable, "-c", STUBBORN], "stop_seconds": 1.0}


def parent(name: str) -> dict[str, object]:
    return {"name": name, "argv": [sys.executable, "-c", PARENT, name]}


def events(data: Path) -> list[str]:
    path = data / "events"
    return path.read_text().splitlines() if path.exists() else []


def worker_pid(data: Path, name: str) -> int:
    assert wait_until(lambda: f"start {name}" in events(data), seconds=SECONDS)
    return int((data / f"{name}.worker").read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_the_opposite_order_and_exits_0(
    start_driver: StartDriver, data: Path, number: signal.Signals
) -> None:
    driver = start_driver(parent("worker"), parent("beat"), parent("web"))
    workers = [worker_pid(data, name) for name in ("worker", "beat", "web")]
    tree = process_tree(driver.process.pid)
    code, _ = driver.finish(number)
    assert code == 0
    assert [line for line in events(data) if line.startswith("stop")] == [
        "stop web",
        "stop beat",
        "stop worker",
    ]
    assert len(tree) >= 8  # supervisor, guardian, three children and their workers
    assert all_gone([*tree, *workers])
    assert list((data / "run").glob("*.pid")) == []


def test_killing_the_supervisor_leaves_nothing_and_loses_nothing(
    start_driver: StartDriver, data: Path, services_in: StartServices
) -> None:
    # Given a supervisor over PostgreSQL, Redis and a program with a worker, and data in both
    driver = start_driver(parent("web"), services=True)
    worker = worker_pid(data, "web")
    database_url, redis_url = addresses(data)
    connection = psycopg2.connect(database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS number")
    redis.from_url(redis_url).set("kept", "1")
    redis.from_url(redis_url).execute_command("WAITAOF", 1, 0, 5000)
    tree = process_tree(driver.process.pid)
    assert worker in tree
    assert {"postgres", "redis", "web"} == set(driver.pids())
    # When it is killed, with a client still connected
    driver.process.kill()
    driver.process.communicate()
    # Then no process is left, and the next start finds everything
    assert all_gone(tree)
    connection.close()
    services = services_in(data, durable=True)
    assert services.environment == {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    again = psycopg2.connect(database_url)
    with again, again.cursor() as cursor:
        cursor.execute("SELECT number FROM kept")
        assert cursor.fetchall() == [(42,)]
    again.close()
    assert redis.from_url(redis_url).get("kept") == b"1"


@pytest.mark.parametrize("guardian_dies_too", [False, True])
def test_the_next_start_ends_what_a_killed_supervisor_left(
    start_driver: StartDriver, data: Path, guardian_dies_too: bool
) -> None:
    # Given a child that ignores the polite signal, so that the guardian needs its whole patience
    first = start_driver(parent("web"), STUBBORN_CHILD)
    assert wait_until(lambda: (data / "stubborn").exists(), seconds=SECONDS)
    left = list(first.pids().values())
    if guardian_dies_too:
        guardian = next(
            pid for pid in process_tree(first.process.pid) if b"shop.embedded.guardian" in command(pid)
        )
        first.process.send_signal(signal.SIGSTOP)  # or it would start another guardian
        os.kill(guardian, signal.SIGKILL)
    first.process.kill()
    first.process.communicate()
    assert born(left[0]) or born(left[1])
    # When a supervisor starts at once in the same directory
    second = start_driver(parent("web"))
    # Then it has waited until they were gone
    assert all(born(pid) is None for pid in left)
    assert second.finish(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("name", ["postgres", "redis", "web"])
def test_a_killed_child_is_started_again(start_driver: StartDriver, data: Path, name: str) -> None:
    driver = start_driver(parent("web"), services=True)
    orphan = worker_pid(data, "web")
    before = driver.pids()
    os.kill(before[name], signal.SIGKILL)
    assert wait_until(lambda: driver.pid(name) not in (None, before[name]), seconds=SECONDS)
    assert wait_until(lambda: both_answer(data), seconds=SECONDS)
    after = driver.pids()
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }
    if name == "web":
        assert all_gone([orphan])  # it would have kept the port
    code, said = driver.finish(signal.SIGTERM)
    assert code == 0
    assert f"{name} ended unexpectedly (-9)" in said


def test_a_child_that_keeps_dying_is_shown_and_retried_ever_more_slowly(
    start_driver: StartDriver, data: Path
) -> None:
    dying = (
        "import time\n"
        "with open('deaths', 'a') as file: file.write(f'{time.monotonic()}\\n')\n"
        "raise SystemExit('no such database')"
    )
    driver = start_driver({"name": "worker", "argv": [sys.executable, "-c", dying]})
    assert driver.process.stderr is not None
    said: list[str] = []
    while not said or "no such database" not in said[-1]:
        said.append(driver.process.stderr.readline())
    assert [line for line in said if "restarting" in line] == [
        f"worker ended unexpectedly (1); restarting in {pause} s.\n" for pause in (0, 1, 2)
    ]
    code, _rest = driver.finish(signal.SIGTERM)
    assert code == 0
    deaths = [float(line) for line in (data / "deaths").read_text().split()]
    assert deaths[2] - deaths[1] > 0.9


def test_a_second_ctrl_c_does_not_wait(start_driver: StartDriver, data: Path) -> None:
    # Given a child that would be waited for a minute
    stubborn = {"name": "stubborn", "argv": [sys.executable, "-c", STUBBORN], "stop_seconds": 60.0}
    driver = start_driver(parent("web"), stubborn)
    assert wait_until(lambda: (data / "stubborn").exists(), seconds=SECONDS)
    tree = process_tree(driver.process.pid)
    driver.process.send_signal(signal.SIGINT)
    assert driver.process.stderr is not None
    assert driver.process.stderr.readline() == "stopping\n"
    assert driver.process.poll() is None
    # When Ctrl-C is pressed until it ends (the first half second counts as the same key press)
    assert wait_until(lambda: press(driver), seconds=10.0, every=0.2)
    # Then it has ended long before that minute, with nothing left
    assert driver.process.returncode == 0
    assert all_gone(tree)


def test_a_dead_guardian_is_replaced(start_driver: StartDriver, data: Path) -> None:
    driver = start_driver(parent("web"))
    guardian = next(
        pid for pid in process_tree(driver.process.pid) if b"shop.embedded.guardian" in command(pid)
    )
    os.kill(guardian, signal.SIGKILL)
    assert wait_until(
        lambda: any(
            pid != guardian and b"shop.embedded.guardian" in command(pid)
            for pid in process_tree(driver.process.pid)
        ),
        seconds=SECONDS,
    )


def test_logs_are_kept_per_child(start_driver: StartDriver, data: Path) -> None:
    talking = "import time; print('我在', flush=True); open('said', 'w').close(); time.sleep(600)"
    start_driver({"name": "worker", "argv": [sys.executable, "-c", talking]})
    assert wait_until(lambda: (data / "said").exists(), seconds=SECONDS)
    assert (data / "logs" / "worker.log").read_text() == "我在\n"


def press(driver: Driver) -> bool:
    if driver.process.poll() is None:
        driver.process.send_signal(signal.SIGINT)
        return False
    return True


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def addresses(data: Path) -> tuple[str, str]:
    import json

    state = json.loads((data / "services.json").read_text())
    return (
        f"postgresql://shop:{state['postgres_password']}@127.0.0.1:{state['postgres_port']}/shop",
        f"redis://:{state['redis_password']}@127.0.0.1:{state['redis_port']}/0",
    )


def both_answer(data: Path) -> bool:
    database_url, redis_url = addresses(data)
    try:
        psycopg2.connect(database_url, connect_timeout=3).close()
        return bool(redis.from_url(redis_url).ping())
    except (psycopg2.OperationalError, redis.RedisError):
        return False
