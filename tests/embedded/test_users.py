"""Root, an ordinary user, root on a user's data, and root where the kernel refuses user namespaces."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shop.embedded import process
from shop.embedded.binaries import find_postgres, find_redis
from shop.embedded.process import RunAs, step_down
from tests.embedded.conftest import CHECKOUT, StartServices, all_gone
from tests.embedded.test_services import ask

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

USE = """
import os, sys
from pathlib import Path
from shop.embedded.services import start_services
services = start_services(Path(sys.argv[1]), durable=True)
print(os.geteuid(), *services.pids.values())
services.stop()
"""


@pytest.fixture
def open_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory that other users can reach (pytest's own are private)."""
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="jishi users "))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@needs_root
def test_root_needs_no_other_user_and_keeps_its_files(data: Path, services_in: StartServices) -> None:
    if not process.user_namespaces_work():
        pytest.skip("this kernel refuses user namespaces")
    services = services_in(data)
    assert ask(services, "SELECT 1") == [(1,)]
    assert (data / "postgres").stat().st_uid == 0
    assert stat.S_IMODE(data.parent.stat().st_mode) & 0o077 == 0  # no door was opened on the way


@needs_root
@pytest.mark.parametrize("user", [1, 54321], ids=["named", "nameless"])
def test_an_ordinary_user_starts_services_and_root_may_take_over(
    open_place: Path, services_in: StartServices, user: int
) -> None:
    # Given an ordinary user (a container's may have no name), a copy of this package, which needs nothing but
    # the standard library, and a directory of the user's own
    interpreter = next((path for path in (sys.executable, "/usr/bin/python3") if is_reachable(path)), None)
    if interpreter is None or not is_reachable(find_postgres().program("postgres")):
        pytest.skip("interpreter or programs lie where other users cannot read them")
    shutil.copytree(CHECKOUT / "shop" / "embedded", open_place / "shop" / "embedded")
    (open_place / "shop" / "__init__.py").touch()
    data = open_place / "数据"
    data.mkdir()
    os.chown(data, user, user)
    # When it starts and stops services
    used = subprocess.run(
        [interpreter, "-c", USE, str(data)],
        cwd=open_place,
        env={
            "PATH": "/usr/bin:/bin",
            "SHOP_PG_BIN": str(find_postgres().directory),
            "SHOP_REDIS_BIN": str(find_redis()),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        user=user,
        group=user,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert used.returncode == 0, used.stderr
    uid, *pids = map(int, used.stdout.split())
    assert uid == user
    assert len(pids) == 2
    assert all_gone(pids)
    # Then root works on that data as its owner, and leaves it the owner's
    services = services_in(data, durable=True)
    assert ask(services, "SELECT 1") == [(1,)]
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in services.pids.values()}
    services.stop()
    assert owners == {user}
    assert {path.stat().st_uid for path in data.rglob("*")} == {user}


@needs_root
def test_root_where_user_namespaces_are_refused(
    open_place: Path, services_in: StartServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_reachable(find_postgres().program("postgres")):
        pytest.skip("the programs lie where other users cannot read them")
    monkeypatch.setattr(process, "user_namespaces_work", lambda: False)
    data = open_place / "data"
    services = services_in(data)
    assert ask(services, "SELECT 1") == [(1,)]
    assert Path(f"/proc/{services.pids['postgres']}").stat().st_uid == 65534
    services.stop()
    # Passing through is all that others may do there; and the next start knows the owner again
    assert stat.S_IMODE(data.stat().st_mode) == 0o711
    monkeypatch.undo()
    assert step_down(data / "postgres") == RunAs(uid=65534, gid=65534)
    assert ask(services_in(data), "SELECT 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() == 0, reason="as root the tests above say more")
def test_an_ordinary_user_stays_what_it_is(data: Path) -> None:
    assert step_down(data) == RunAs()


def is_reachable(path: str) -> bool:
    """Tell whether everybody may read this file and pass through every directory above it."""
    real = Path(path).resolve()
    return all(above.stat().st_mode & stat.S_IXOTH for above in real.parents) and bool(
        real.stat().st_mode & stat.S_IXOTH
    )
