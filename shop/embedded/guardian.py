"""Outlives a killed supervisor for the moment it takes to end what that one started.

Its standard input is a pipe whose other end only the supervisor holds: end of file means that the supervisor
is gone, even by SIGKILL, even where the kernel does not tell children of their parent's death. After a clean
stop there is nothing left to end. It inherits the data directory's lock, so the next start waits for it.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from shop.embedded.locking import DataLock
from shop.embedded.registry import Registry


def start_guardian(
    *, run_directory: Path, lock: DataLock, log: Path, checkout: Path
) -> subprocess.Popen[bytes]:
    """Start the guardian of this process. Closing its `stdin` dismisses it."""
    path = os.pathsep.join(filter(None, (str(checkout), os.environ.get("PYTHONPATH"))))
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "shop.embedded.guardian", str(run_directory)],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
        )


def main() -> None:
    """Wait for the supervisor's end, then end its children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    for name in Registry(Path(sys.argv[1])).end_leftovers(fresh=True):
        print(f"ended {name} after the supervisor's death", flush=True)


if __name__ == "__main__":
    main()
