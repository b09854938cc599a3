"""The upgrade rehearsal, on a repository of its own in which "the next version" is one migration away."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.production.shops import ROOT

pytestmark = [
    pytest.mark.lasts(100),
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]
NEXT_VERSION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("{app}", "{leaf}")]
    operations = [migrations.RunSQL({forwards!r}, migrations.RunSQL.noop)]
"""


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout


def project_files() -> list[Path]:
    """Return the files of this checkout as they are now: what git knows, and what it would take in."""
    try:
        listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except subprocess.CalledProcessError:
        pytest.skip("the tests do not run from a git checkout")
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose one commit, tagged v0.0.1, is this checkout."""
    repository = tmp_path_factory.mktemp("first") / "repository"
    for path in project_files():
        target = repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target)
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "First release")
    git(repository, "tag", "v0.0.1")
    return repository


@pytest.fixture
def repository(first_release: Path, tmp_path: Path) -> Path:
    """A copy of it, to which a test may add the next version."""
    return Path(shutil.copytree(first_release, tmp_path / "repository"))


def add_migration(repository: Path, app: str, *, forwards: str) -> None:
    """Make the next version: a migration after the app's last one."""
    folder = repository / f"shop/{app}/migrations"
    leaf = max(path.stem for path in folder.glob("[0-9]*.py"))
    path = folder / f"{int(leaf[:4]) + 1:04d}_next_version.py"
    path.write_text(NEXT_VERSION.format(app=app, leaf=leaf, forwards=forwards))
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "Next version")


def rehearse(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(repository / "bin/rehearse-upgrade"), *arguments],
        env={**os.environ, "SHOP_PYTHON": sys.executable},
        cwd=repository.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that was done, and where it left the first release's data for others."""

    done: subprocess.CompletedProcess[str]
    kept: Path


@pytest.fixture(scope="module")
def sound(first_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """The rehearsal of a next version with a migration that does no harm."""
    directory = tmp_path_factory.mktemp("sound")
    repository = Path(shutil.copytree(first_release, directory / "repository"))
    add_migration(repository, "core", forwards="CREATE TABLE core_next (id bigint PRIMARY KEY)")
    return Rehearsal(rehearse(repository, "--keep", str(directory / "kept")), directory / "kept")


def test_a_sound_next_version_passes(sound: Rehearsal) -> None:
    done = sound.done

    assert done.returncode == 0, done.stderr
    assert "v0.0.1: migrate" in done.stderr
    assert "this checkout: audit_ledgers" in done.stderr
    assert re.search(r"from v0\.0\.1 is safe", done.stderr)


def test_a_next_version_that_falsifies_a_balance_is_caught(repository: Path, sound: Rehearsal) -> None:
    add_migration(
        repository,
        "payments",
        forwards="INSERT INTO payments_cashaccount (mchid, balance) VALUES ('1900000001', 1)",
    )

    done = rehearse(repository, "v0.0.1", "--keep", str(sound.kept))

    assert done.returncode == 1
    assert "audit_ledgers" in done.stderr
    assert "NOT safe" in done.stderr
    assert "Using the data of v0.0.1 that were kept" in done.stderr
    assert "v0.0.1: migrate" not in done.stderr


def test_a_migration_that_fails_is_caught(repository: Path, sound: Rehearsal) -> None:
    add_migration(repository, "core", forwards="ALTER TABLE no_such_table ADD COLUMN x int")

    done = rehearse(repository, "--keep", str(sound.kept))

    assert done.returncode == 1
    assert "no_such_table" in done.stderr


def test_before_the_second_release_there_is_nothing_to_rehearse(repository: Path) -> None:
    done = rehearse(repository)

    assert done.returncode == 0
    assert "nothing to rehearse" in done.stderr


def test_an_unknown_revision_is_refused(repository: Path) -> None:
    assert rehearse(repository, "v9.9.9").returncode == 2
