"""What a later start may leave out, and what it must not."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from shop.embedded import unchanged
from shop.embedded.unchanged import prepared_print, static_print
from tests.embedded.conftest import CHECKOUT, SECONDS, StartServices

STEPS = """
import json, os, sys
from pathlib import Path
from shop.embedded.locking import DataLock
from shop.embedded.messages import EmbeddedError
from shop.embedded.process import Child
from shop.embedded.supervisor import Supervisor
data, ended = Path(sys.argv[1]), []
def step(name, code):
    return Child(name, (sys.executable, "-c", code), os.environ, data)
wait = "import os, time\\nwhile not os.path.exists('first-ended'): time.sleep(0.01)"
def note(done):
    ended.extend(sorted(done - set(ended)))
    if ended:
        Path(data, "first-ended").touch()
with DataLock(data) as lock, Supervisor(data=data, lock=lock, checkout=Path.cwd()) as supervisor:
    supervisor.run_step(step("last", wait), step("first", "pass"), meanwhile=note)
    try:
        supervisor.run_step(step("broken", "raise SystemExit(3)"), step("whole", "pass"), meanwhile=note)
    except EmbeddedError as error:
        ended.append(error.en)
print(json.dumps(ended))
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    (root / "room" / "static").mkdir(parents=True)
    (root / "requirements.lock").write_text("django==5\n")
    (root / "room" / "__init__.py").touch()
    (root / "room" / "static" / "style.css").write_text("a")
    monkeypatch.setattr(unchanged, "CHECKOUT", root)
    return root


def execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def test_the_print_follows_code_lock_and_the_databases_migrations(
    checkout: Path, data: Path, services_in: StartServices
) -> None:
    url = services_in(data).database_url
    # Given a database that no migration has seen
    assert prepared_print(url) is None
    # When it has had one, it has a print, and the same one whenever it is asked
    execute(url, "CREATE TABLE django_migrations (id bigserial, applied timestamptz DEFAULT now())")
    execute(url, "INSERT INTO django_migrations DEFAULT VALUES")
    seen = [prepared_print(url)]
    assert (seen[0] is not None, prepared_print(url)) == (True, seen[0])
    # Then everything that may ask for more changes it: a module, another lock, another database in its place
    (checkout / "room" / "models.py").write_text("x = 1")
    seen.append(prepared_print(url))
    (checkout / "requirements.lock").write_text("django==6\n")
    seen.append(prepared_print(url))
    execute(url, "UPDATE django_migrations SET applied = applied + interval '1 second'")
    seen.append(prepared_print(url))
    execute(url, "INSERT INTO django_migrations DEFAULT VALUES")
    seen.append(prepared_print(url))
    assert len(set(seen)) == 5


def test_a_database_that_cannot_be_asked_has_no_print() -> None:
    assert prepared_print("postgres://nobody@127.0.0.1:1/none") is None


def test_static_files_have_a_print_of_their_own(checkout: Path) -> None:
    before = static_print()
    (checkout / "room" / "models.py").write_text("x = 1")
    assert static_print() == before
    (checkout / "room" / "static" / "style.css").write_text("ab")
    assert static_print() != before


def test_a_step_is_answered_when_it_ends_and_a_failed_one_is_not(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STEPS, str(data)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    assert ended[:2] == ["first", "last"]
    assert "whole" in ended
    assert "broken" not in ended
    assert ended[-1].startswith("broken failed (exit code 3)")
