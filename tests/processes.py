"""Real child processes of the shop that a test can start together, wait for, and kill.

A child runs one function of ours on the test's database: it reports when it is ready, starts when told, and
reports what the function returned.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

_DATABASE = "SHOP_CHILD_DATABASE"
_ROOT = Path(__file__).resolve().parent.parent


class Child:
    """A process that runs ``dotted(**arguments)`` once ``go`` is called."""

    def __init__(self, dotted: str, **arguments: Any) -> None:
        from django.db import connection

        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes", dotted, json.dumps(arguments)],
            cwd=_ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                _DATABASE: connection.settings_dict["NAME"],
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "ready\n", f"the child said {line!r}"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self, timeout: float = 120) -> Any:
        """Wait for the end and return what the function returned."""
        output, _error = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, f"the child ended with {self.process.returncode}"
        return json.loads(output)

    def kill(self) -> None:
        """Kill -9, and wait until the process is gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=30)


def main() -> None:
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ[_DATABASE]
    import django

    django.setup()
    from django.db import connection
    from django.utils.module_loading import import_string

    import shop.celery  # noqa: F401

    function = import_string(sys.argv[1])
    connection.ensure_connection()
    print("ready", flush=True)
    if not sys.stdin.readline():
        return  # the test is gone
    print(json.dumps(function(**json.loads(sys.argv[2]))), flush=True)


if __name__ == "__main__":
    main()
