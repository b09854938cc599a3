"""A shop of its own for tests: a database, a media directory and an environment, worked on by manage.py."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

ROOT = Path(__file__).resolve().parent.parent.parent


def own_redis() -> str:
    """Return a Redis database that no other test of the run works on: a restore empties it."""
    return urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path="/15"))


@dataclass(frozen=True)
class Shop:
    """Where a shop's data lie. `variables` are added to the environment of its commands."""

    data: Path
    database_url: str
    redis_url: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATA": str(self.data),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            **self.variables,
        }

    def manage(
        self, *arguments: str, check: bool = True, seconds: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Run manage.py with this shop's environment."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Do the same in this process, which saves starting Django; the database is of this run's server."""
        output = io.StringIO()
        with self._entered():
            try:
                call_command(*arguments, stdout=output)
            except CommandError as error:
                return subprocess.CompletedProcess(arguments, 1, output.getvalue(), str(error))
        return subprocess.CompletedProcess(arguments, 0, output.getvalue(), "")

    @contextmanager
    def _entered(self) -> Iterator[None]:
        name = connection.settings_dict["NAME"]
        here = {"REDIS_URL": self.redis_url, "CELERY_BROKER_URL": self.redis_url}
        with override_settings(DATA_DIR=self.data, MEDIA_ROOT=str(self.media), **here):
            connection.close()
            connection.settings_dict["NAME"] = urlsplit(self.database_url).path.lstrip("/")
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict["NAME"] = name
