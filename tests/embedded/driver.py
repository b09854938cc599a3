"""A supervisor with the children that a test names, as a process: `python -m tests.embedded.driver FILE`.

FILE is JSON: {"data": path, "services": bool, "children": [{"name", "argv", "stop_seconds"}]}.
Prints one line "up" once everything was started.
"""

import json
import os
import sys
from pathlib import Path

from shop.embedded.locking import DataLock
from shop.embedded.messages import EmbeddedError, say
from shop.embedded.process import Child
from shop.embedded.services import plan_services
from shop.embedded.supervisor import StopRequested, Supervisor

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    plan = json.loads(Path(sys.argv[1]).read_text())
    data = Path(plan["data"])
    with DataLock(data) as lock, Supervisor(data=data, lock=lock, checkout=CHECKOUT) as supervisor:
        try:
            if plan["services"]:
                for child in plan_services(data, durable=True).children:
                    supervisor.start(child, ready_within=30)
            for wanted in plan["children"]:
                supervisor.start(
                    Child(
                        name=wanted["name"],
                        argv=tuple(wanted["argv"]),
                        env=os.environ,
                        cwd=data,
                        stop_seconds=wanted.get("stop_seconds", 5.0),
                    )
                )
            print("up", flush=True)
            while True:
                supervisor.pause(1.0)
        except StopRequested:
            say("stopping")
        except EmbeddedError as error:
            say(error.zh, error.en, detail=error.detail)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
