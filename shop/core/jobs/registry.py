"""Which jobs exist. Modules that declare some are listed in the roof's ``JOBS``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Literal

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from shop.core.errors import LazyStr
from shop.core.roof import roof_table

Queue = Literal["critical", "default", "bulk"]
JobFunction = Callable[[], int]


@dataclass(frozen=True)
class Job:
    """A declared job. ``every`` is a period, or a crontab in Beijing time."""

    name: str
    function: JobFunction
    every: timedelta | crontab
    queue: Queue
    title: LazyStr
    description: LazyStr


_registry: dict[str, Job] = {}


def job(
    *,
    name: str,
    every: timedelta | crontab,
    queue: Queue = "default",
    title: LazyStr,
    description: LazyStr,
) -> Callable[[JobFunction], JobFunction]:
    """Declare the decorated function as the job ``name`` (``"payments.poll_attempts"``).

    It returns the number of things it did. ``title`` and ``description`` are for the console: what it does
    and what happens if it stands still.
    """

    if isinstance(every, timedelta) and every % timedelta(seconds=1):
        raise ImproperlyConfigured(f"The period of {name!r} is not a whole number of seconds.")

    def declare(function: JobFunction) -> JobFunction:
        declared = Job(name, function, every, queue, title, description)
        if _registry.setdefault(name, declared).function is not function:
            raise ImproperlyConfigured(f"Two jobs are called {name!r}.")
        return function

    return declare


def registered_jobs() -> Mapping[str, Job]:
    """Import the roof's job modules and return every declared job by name."""
    for module in roof_table("JOBS"):
        import_module(module)
    return dict(sorted(_registry.items()))
