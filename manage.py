#!/usr/bin/env python
"""Entry point for every management command of the shop."""

import os
import sys


def main() -> None:
    """Run a management command with the settings of this checkout."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line

    import shop.celery  # noqa: F401  binds shared tasks to our Celery application

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
