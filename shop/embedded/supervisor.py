"""Starts children in order, keeps them alive, stops them in the opposite order.

One thread, one loop: `pause()` waits for a signal or a moment, buries the dead and starts them again. Knows
nothing of the shop; `up.py` says which children there are.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from shop.embedded.files import rotate, tail
from shop.embedded.guardian import start_guardian
from shop.embedded.locking import DataLock
from shop.embedded.messages import EmbeddedError, say
from shop.embedded.process import Child, Process
from shop.embedded.registry import Registry
from shop.embedded.services import LOG_LIMIT, prepare_log

_STEADY_SECONDS = 20.0  # whoever lived that long did not die of a bad start
_LONGEST_PAUSE = 30.0
_LOOP_DEATHS = 3
_SAME_PRESS_SECONDS = 0.5
_ROTATE_EVERY = 5.0


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass
class _Post:
    """A child's place: who holds it now, and what happened to the holders before."""

    child: Child
    process: Process | None = None
    quick_deaths: int = 0
    last_code: int | None = None
    restart_at: float = 0.0


class Supervisor:
    """Use as a context manager in the main thread; leaving it stops everything that was started."""

    def __init__(self, *, data: Path, lock: DataLock, checkout: Path) -> None:
        self.data = data
        self.registry = Registry(data / "run")
        self._lock = lock
        self._checkout = checkout
        self._posts: dict[str, _Post] = {}
        self._stop_signals: list[float] = []
        self._next_rotation = 0.0
        self._guardian: subprocess.Popen[bytes] | None = None
        self._wakeup, self._waker = os.pipe()
        for end in (self._wakeup, self._waker):
            os.set_blocking(end, False)

    def __enter__(self) -> "Supervisor":
        self.registry.end_leftovers()
        self._previous = {
            number: signal.signal(number, self._on_stop_signal)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        self._previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._hire_guardian()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()
        self._dismiss_guardian()
        signal.set_wakeup_fd(-1)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        os.close(self._wakeup)
        os.close(self._waker)

    def start(self, child: Child, *, ready_within: float | None = None) -> None:
        """Start a child and keep it alive from now on.

        With `ready_within`, wait until it answers; EmbeddedError with its last log lines if it dies or is
        late.
        """
        post = self._posts[child.name] = _Post(child)
        self._spawn(post)
        if ready_within is not None:
            self._await(post, time.monotonic() + ready_within)

    def run_step(self, *children: Child, meanwhile: Callable[[set[str]], None] = lambda done: None) -> None:
        """Run programs side by side to their ends, watching over the others; EmbeddedError if one fails.

        ``meanwhile`` is called with the names of those that succeeded: when one did, and every half second.
        """
        logs = {child.name: prepare_log(self.data, child.name) for child in children}
        running: list[Process] = []
        done: set[str] = set()
        try:
            for child in children:
                running.append(Process(child, logs[child.name]))
                self.registry.record(running[-1])
            waiting = list(running)
            while waiting:
                self.pause(0.5)
                for process in [process for process in waiting if process.poll() is not None]:
                    waiting.remove(process)
                    if process.poll() == 0:
                        done.add(process.child.name)
                meanwhile(done)
        except BaseException:
            for process in running:
                process.stop()
            raise
        finally:
            for process in running:
                self.registry.forget(process.child.name)
        for process in running:
            if process.poll() != 0:
                raise _failure(process.child.name, process.poll(), logs[process.child.name])

    def pause(self, seconds: float) -> None:
        """Watch over the children for at most `seconds`; raises StopRequested once somebody wants the end."""
        ready, _, _ = select.select([self._wakeup], [], [], seconds)
        if ready:
            os.read(self._wakeup, 4096)
        if self._stop_signals:
            raise StopRequested
        self._tend()

    def pid(self, name: str) -> int | None:
        """Return the pid of the child that holds this post now."""
        process = self._posts[name].process
        return process.pid if process else None

    def raise_if_looping(self) -> None:
        """EmbeddedError when a child keeps dying: during the start that is the end of it."""
        for post in self._posts.values():
            if post.quick_deaths >= _LOOP_DEATHS:
                raise _failure(post.child.name, post.last_code, self._log(post))

    def stop_all(self) -> None:
        """Stop every child, last started first. A second Ctrl-C kills what is still there."""
        for name, post in reversed(self._posts.items()):
            if post.process is not None:
                self._stop(post.process)
                self.registry.forget(name)
        self._posts.clear()

    def _stop(self, process: Process) -> None:
        process.ask_to_stop()
        deadline = time.monotonic() + process.child.stop_seconds
        while process.poll() is None:
            if self._is_forced() or time.monotonic() > deadline:
                process.kill()
                break
            ready, _, _ = select.select([self._wakeup], [], [], 0.1)
            if ready:
                os.read(self._wakeup, 4096)
        process.bury()

    def _tend(self) -> None:
        now = time.monotonic()
        for post in self._posts.values():
            if post.process is not None and post.process.poll() is not None:
                self._bury(post, post.process, now)
            if post.process is None and now >= post.restart_at:
                self._spawn(post)
        if self._guardian is not None and self._guardian.poll() is not None:
            self._hire_guardian()
        if now >= self._next_rotation:
            self._next_rotation = now + _ROTATE_EVERY
            for post in self._posts.values():
                rotate(self._log(post), limit=LOG_LIMIT, keep=3)

    def _bury(self, post: _Post, process: Process, now: float) -> None:
        process.bury()
        self.registry.forget_pid_file(post.child.name)
        if now - process.started_at >= _STEADY_SECONDS:
            post.quick_deaths = 0
        post.quick_deaths += 1
        pause = 0.0 if post.quick_deaths == 1 else min(_LONGEST_PAUSE, 0.25 * 2.0**post.quick_deaths)
        post.process, post.restart_at, post.last_code = None, now + pause, process.poll()
        name, code = post.child.name, post.last_code
        detail = tail(self._log(post), 15) if post.quick_deaths >= _LOOP_DEATHS else ""
        say(
            f"{name} 意外退出（{code}），{pause:.0f} 秒后重启。",
            f"{name} ended unexpectedly ({code}); restarting in {pause:.0f} s.",
            detail=detail,
        )

    def _spawn(self, post: _Post) -> None:
        post.process = Process(post.child, prepare_log(self.data, post.child.name))
        self.registry.record(post.process)

    def _await(self, post: _Post, deadline: float) -> None:
        while not post.child.is_ready():
            if post.quick_deaths or time.monotonic() > deadline:
                raise _failure(post.child.name, post.last_code, self._log(post))
            self.pause(0.05)

    def _log(self, post: _Post) -> Path:
        return self.data / "logs" / f"{post.child.name}.log"

    def _on_stop_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_signals.append(time.monotonic())

    def _is_forced(self) -> bool:
        # A terminal and a tool may both pass on one and the same key press.
        return (
            bool(self._stop_signals) and self._stop_signals[-1] - self._stop_signals[0] > _SAME_PRESS_SECONDS
        )

    def _hire_guardian(self) -> None:
        self._guardian = start_guardian(
            run_directory=self.registry.directory,
            lock=self._lock,
            log=prepare_log(self.data, "guardian"),
            checkout=self._checkout,
        )

    def _dismiss_guardian(self) -> None:
        if self._guardian is not None and self._guardian.stdin is not None:
            self._guardian.stdin.close()
            self._guardian.wait()
        self._guardian = None


def _failure(name: str, code: int | None, log: Path) -> EmbeddedError:
    fate_zh, fate_en = (
        ("没有就绪", "did not become ready")
        if code is None
        else (f"失败（退出码 {code}）", f"failed (exit code {code})")
    )
    return EmbeddedError(
        f"{name} {fate_zh}。日志 {log} 的末尾：", f"{name} {fate_en}. The end of {log}:", detail=tail(log, 20)
    )
