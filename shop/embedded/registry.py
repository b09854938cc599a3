"""Who runs: `<data>/run/<name>.pid` for people and scripts, `<data>/run/processes.json` for ourselves.

The latter also keeps each process's birth mark, so that a pid that was used again is never mistaken for ours.
"""

import os
import signal
from pathlib import Path

from shop.embedded.files import make_private_directory, read_json, write_json, write_private
from shop.embedded.ports import wait_until
from shop.embedded.process import Process, born, kill_group

# Whoever was killed did not want to wait long, and the next start waits for this.
_LONGEST_PATIENCE = 8.0


class Registry:
    """The record of started processes of one data directory, in the order of starting."""

    def __init__(self, run_directory: Path) -> None:
        self.directory = make_private_directory(run_directory)
        self._file = self.directory / "processes.json"

    def record(self, process: Process) -> None:
        """Note a process that was just started."""
        entries = read_json(self._file)
        # A restart keeps the place, and so the order of stopping.
        entries[process.child.name] = {
            "pid": process.pid,
            "born": born(process.pid),
            "signal": int(process.child.stop_signal),
            "patience": min(process.child.stop_seconds, _LONGEST_PATIENCE),
        }
        write_json(self._file, entries)
        write_private(self.directory / f"{process.child.name}.pid", f"{process.pid}\n")

    def forget(self, name: str) -> None:
        """Strike out a process that has ended."""
        entries = read_json(self._file)
        if entries.pop(name, None) is not None:
            write_json(self._file, entries)
        self.forget_pid_file(name)

    def forget_pid_file(self, name: str) -> None:
        """Remove the pid file of a process that is about to be started again (it keeps its place)."""
        (self.directory / f"{name}.pid").unlink(missing_ok=True)

    def end_leftovers(self, *, fresh: bool = False) -> list[str]:
        """Stop what a killed owner left behind, last started first; return the names of what still ran.

        `fresh` says that the owner died this moment: then a group is ended even if its leader is gone.
        """
        ended = []
        for name, entry in reversed(read_json(self._file).items()):
            pid, mark = int(entry["pid"]), entry["born"]
            alive = mark is not None and born(pid) == mark
            if alive:
                ended.append(name)
                _end(pid, mark, signal.Signals(entry["signal"]), float(entry["patience"]))
            if alive or fresh:
                kill_group(pid)
            self.forget(name)
        return ended


def _end(pid: int, mark: str, stop_signal: signal.Signals, patience: float) -> None:
    try:
        os.kill(pid, stop_signal)
        if not wait_until(lambda: born(pid) != mark, seconds=patience):
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: born(pid) != mark, seconds=_LONGEST_PATIENCE)
    except ProcessLookupError:
        return
