"""One child process: started so that it cannot outlive us, stopped with its whole group.

Linux kills the child when its parent dies (PR_SET_PDEATHSIG); the guardian does the same on every system.
Children get a process group of their own, so a Ctrl-C reaches the supervisor alone and the order of stopping
holds. Start children from the main thread: the kernel ties the death signal to the starting thread.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from shop.embedded.messages import EmbeddedError

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_NOBODY = 65534
LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class RunAs:
    """Whom a child runs as: ourselves, another uid, or "nobody" of a user namespace (its files stay ours)."""

    uid: int | None = None
    gid: int | None = None
    namespace: bool = False


@dataclass(frozen=True)
class Child:
    """What to start, how to know that it answers, how to ask it to stop."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    run_as: RunAs = field(default_factory=RunAs)
    is_ready: Callable[[], bool] = lambda: True


class Process:
    """A started child."""

    def __init__(self, child: Child, log: Path) -> None:
        self.child = child
        self.log = log
        self.started_at = time.monotonic()
        with log.open("ab") as output, _plain_words(child):
            self._popen = subprocess.Popen(
                child.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **_starting_options(child),
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs. Reaps it."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        """Send the polite signal to the leader, which knows how to stop its own workers."""
        if self.poll() is None:
            self._popen.send_signal(self.child.stop_signal)

    def kill(self) -> None:
        """End the child and every process of its group now, and reap it."""
        kill_group(self.pid)
        if self.poll() is None:
            self._popen.kill()
        self._popen.wait()

    def bury(self) -> None:
        """After the leader's death: end what is left of its group (orphaned workers would keep the port)."""
        kill_group(self.pid)

    def stop(self) -> None:
        """Ask politely, wait `stop_seconds`, then kill."""
        self.ask_to_stop()
        try:
            self._popen.wait(self.child.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self.bury()


def run_to_end(child: Child, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a short program the way children are run, give it `text`, and return what it printed."""
    with _plain_words(child):
        return subprocess.run(
            child.argv, input=text, capture_output=True, text=True, check=False, **_starting_options(child)
        )


def kill_group(pgid: int) -> None:
    """SIGKILL a process group; nothing happens when it is already gone."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def born(pid: int) -> str | None:
    """Return a mark of this very process (a pid may be used again), or None when it is gone or a zombie."""
    if LINUX:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, since = shown.stdout.strip().partition(" ")
    return since.strip() if since and not state.startswith("Z") else None


def command_line(pid: int) -> str:
    """Return a process's command line, "" when there is no such process."""
    if LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout


def step_down(directory: Path) -> RunAs:
    """Return whom PostgreSQL shall run as; `directory` is its data, which may not exist yet.

    It refuses root, and a uid without a name. Root takes the identity of the directory's owner, so that a
    user's data stays the user's. Whoever is still refused becomes "nobody" of a private user namespace; where
    that is forbidden (some containers), root becomes the real "nobody".
    """
    owner = owner_of(directory)
    uid = os.geteuid() if owner.uid is None else owner.uid
    if uid != 0 and _has_name(uid):
        return owner
    if user_namespaces_work():
        return replace(owner, namespace=True)
    return RunAs(uid=_NOBODY, gid=_NOBODY) if uid == 0 else owner


def owner_of(directory: Path) -> RunAs:
    """Return the directory's owner for root to act as; ourselves when not root, or if ours or absent."""
    if os.geteuid() != 0 or not directory.exists():
        return RunAs()
    status = directory.stat()
    return RunAs() if status.st_uid == 0 else RunAs(uid=status.st_uid, gid=status.st_gid)


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


@cache
def user_namespaces_work() -> bool:
    """Tell whether the kernel lets us make a private user namespace (containers may refuse)."""
    if not LINUX:
        return False
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", "import os; raise SystemExit(os.geteuid() != 65534)"],
            preexec_fn=_enter_user_namespace,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


@contextlib.contextmanager
def _plain_words(child: Child) -> Iterator[None]:
    try:
        yield
    except (OSError, subprocess.SubprocessError) as error:
        whom = "" if child.run_as.uid is None else f" (uid {child.run_as.uid})"
        raise EmbeddedError(
            f"无法启动 {child.name}{whom}：{error}。请检查目录权限；若以 root 运行，请换普通用户。",
            f"{child.name} cannot be started{whom}: {error}. Check the directory's permissions; "
            "instead of root, use an ordinary user.",
        ) from error


def _starting_options(child: Child) -> dict[str, Any]:
    changes_user = child.run_as.uid is not None
    return {
        "cwd": child.cwd,
        "env": dict(child.env),
        "preexec_fn": _preparation(child),
        "user": child.run_as.uid,
        "group": child.run_as.gid,
        "extra_groups": [] if changes_user else None,
    }


def _preparation(child: Child) -> Callable[[], None]:
    """Build what runs in the child between fork and exec. Keep it to system calls."""
    parent = os.getpid()
    death_signal = int(child.stop_signal)

    def prepare() -> None:
        if child.run_as.namespace:
            _enter_user_namespace()
        os.setpgid(0, 0)
        os.umask(0o077)
        if LINUX:
            # After the change of identity, which clears it.
            _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _enter_user_namespace() -> None:
    """Become "nobody" of a namespace of our own; outside, and for files, we stay who we are."""
    uid, gid = os.geteuid(), os.getegid()
    # After a change of uid our own /proc entries belong to root, unless we say that we have nothing to hide.
    _LIBC.prctl(_PR_SET_DUMPABLE, 1)
    if _LIBC.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_NOBODY} {uid} 1"),
        ("gid_map", f"{_NOBODY} {gid} 1"),
    ):
        handle = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(handle, text.encode())
        os.close(handle)
