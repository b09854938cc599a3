"""`python -m shop.embedded.later DATA ARGUMENTS...`: `celery ARGUMENTS...`, once the shop in DATA is filled.

Beat must not send a job before the tables and the demonstration data are there, and loading its code takes
seconds: so it loads the code while the shop is being filled, and begins when the state file says that it is.
It asks the file, not its starter: a beat that died and is started again finds it, and one whose shop is never
filled is stopped with the others.
"""

import gc
import sys
import time
from importlib import import_module
from pathlib import Path

from shop.embedded.files import read_json

STATE = "state.json"
FILLED = "demo_loaded"


def main(data: Path, arguments: list[str]) -> None:
    """Load the shop's code, wait, and become Celery."""
    gc.disable()  # hardly anything that loading makes is garbage
    from celery.__main__ import main as celery
    from celery.app.utils import find_app

    app = find_app("shop.celery")
    app.loader.import_default_modules()
    import_module("django_celery_beat.schedulers")
    gc.freeze()
    gc.enable()
    while not read_json(data / STATE).get(FILLED):
        time.sleep(0.05)
    sys.argv[1:] = arguments
    celery()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
