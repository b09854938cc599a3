#!/usr/bin/env python
"""Entry point for every management command of the shop."""

import gc
import os
import sys
from pathlib import Path

from shop.embedded.discover import load_environment
from shop.embedded.messages import EmbeddedError

# These look at files alone, so they may run while the shop does not.
_NEEDS_NO_SHOP = {
    "help",
    "--help",
    "-h",
    "version",
    "--version",
    "makemessages",
    "compilemessages",
    "collectstatic",
}


def main() -> None:
    """Run a management command with the settings of this checkout, on the shop that runs in DATA."""
    # A command loads code and builds models by the hundred thousand objects, hardly one of them garbage.
    gc.set_threshold(50_000, 20, 50)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    try:
        load_environment(Path(__file__).resolve().parent)
    except EmbeddedError as error:
        if sys.argv[1:2] and sys.argv[1] not in _NEEDS_NO_SHOP:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line

    import shop.celery  # noqa: F401  binds shared tasks to our Celery application

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
