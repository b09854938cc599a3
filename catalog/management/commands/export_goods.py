"""``manage.py export_goods FILE``: the console's export from a shell."""

import argparse
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from catalog.models import Product
from catalog.workbook.importing import KIND
from shop.core.actors import Actor
from shop.core.errors import ShopError
from shop.core.models.sheets import SheetRun
from shop.core.sheets.runs import start_export
from shop.core.sheets.working import work_to_the_end


class Command(BaseCommand):
    """Exports goods in this process."""

    help = "Export goods to a workbook (docs/import.md)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--category", type=int, help="id of a category, with all below it")
        parser.add_argument("--state", choices=Product.State.values)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        target = options["file"].absolute()
        if target.is_dir() or not target.parent.is_dir():
            raise CommandError(f"{target} is no place for a file.")
        chosen = {name: options[name] for name in ("category", "state") if options[name]}
        try:
            with translation.override(settings.LANGUAGE_CODE):
                actor = Actor.system("export_goods")
                run = start_export(actor=actor, kind=KIND, options=chosen, kick=False)
                run = work_to_the_end(run.pk)
        except ShopError as refusal:
            raise CommandError(str(refusal)) from refusal
        if run.state != SheetRun.State.DONE:
            raise CommandError(run.problem)
        try:
            with run.result.open("rb") as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}") from error
        self.stdout.write(f"{run.done} products in {time.monotonic() - started:.1f} s")
