"""The operator guide's table of jobs says what the code declares."""

import re
from datetime import timedelta

from celery.schedules import crontab

from shop.core.jobs import registered_jobs
from tests.production.shops import ROOT

_ROW = re.compile(r"^\| `(\w+\.\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def schedule(every: timedelta | crontab) -> str:
    """Say a schedule the way the guide does."""
    if isinstance(every, crontab):
        minute, hour = str(every).split()[1:3]  # "<crontab: 20 4 * * * (m/h/dM/MY/d)>"
        return f"{int(hour):02d}:{int(minute):02d}"
    seconds = int(every.total_seconds())
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"every {seconds // unit} {name}"
    return f"every {seconds} s"


def test_every_job_has_its_row() -> None:
    guide = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = [match.groups() for match in _ROW.finditer(guide)]
    documented = {name: (queue, when.strip()) for name, queue, when, _does, _stopped in rows}

    declared = {
        job.name: (job.queue, schedule(job.every))
        for job in registered_jobs().values()
        if not job.name.startswith("shopfloor.")
    }

    assert documented == declared
    assert [name for name, *_rest in rows] == sorted(documented)
    assert all(does.strip() and stopped.strip() for _name, _queue, _when, does, stopped in rows)
