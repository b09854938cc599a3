"""CPU time of families of processes, from /proc: a parent with all that it started, the dead included."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICK_MILLISECONDS = 1000 / os.sysconf("SC_CLK_TCK")


class CpuMeter:
    """Reads how much CPU each named family has taken; ``families`` maps names to root pids."""

    def __init__(self, families: Mapping[str, int]) -> None:
        self._families = dict(families)
        self._began = self._read()

    def taken(self) -> dict[str, float]:
        """Return the milliseconds of each family since the meter was made."""
        now = self._read()
        return {name: now[name] - self._began[name] for name in self._families}

    def _read(self) -> dict[str, float]:
        stats = dict(_processes())
        children: dict[int, list[int]] = {}
        for pid, (parent, _ticks) in stats.items():
            children.setdefault(parent, []).append(pid)
        return {
            name: _TICK_MILLISECONDS * _family_ticks(pid, stats, children)
            for name, pid in self._families.items()
        }


def load_average() -> float:
    """Return the machine's load over the last minute: what else it was doing."""
    return os.getloadavg()[0]


def _family_ticks(pid: int, stats: Mapping[int, tuple[int, int]], children: Mapping[int, list[int]]) -> int:
    if pid not in stats:
        return 0
    return stats[pid][1] + sum(_family_ticks(child, stats, children) for child in children.get(pid, ()))


def _processes() -> list[tuple[int, tuple[int, int]]]:
    """Return (pid, (parent, ticks)) of every process; ticks include those of children it has buried."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # ended between our two looks
            continue
        found.append((int(entry.name), (int(fields[1]), sum(map(int, fields[11:15])))))
    return found
