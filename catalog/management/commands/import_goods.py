"""``manage.py import_goods FILE [--images ZIP_OR_FOLDER] [--dry-run]``: the console's import from a shell."""

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from catalog.workbook.importing import KIND
from shop.core.actors import Actor
from shop.core.errors import ShopError
from shop.core.models.sheets import SheetRun
from shop.core.sheets.archives import pack_folder
from shop.core.sheets.runs import cancel_run, confirm_run, start_import
from shop.core.sheets.working import work_to_the_end

SHOWN = 50


class Command(BaseCommand):
    """Imports goods in this process; exits 1 if anything was refused."""

    help = "Import a goods workbook (docs/import.md)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--images", type=Path, help="a zip or a folder of pictures")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--without-stock", action="store_true", help="leave the stock column out")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        actor = Actor.system("import_goods")
        try:
            with translation.override(settings.LANGUAGE_CODE):
                run = self._check(actor, options)
                self._report(run)
                if options["dry_run"] or run.state != SheetRun.State.PREVIEWED:
                    self._stop(actor, run)
                else:
                    confirm_run(actor=actor, run_id=run.pk, kick=False)
                    run = work_to_the_end(run.pk)
        except ShopError as refusal:
            raise CommandError(str(refusal)) from refusal
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{run.state}: {run.created} created, {run.updated} updated, {run.unchanged} unchanged,"
            f" {run.failed} failed in {seconds:.1f} s"
        )
        wrong = run.failed or run.counts.get("error") or run.state == SheetRun.State.FAILED
        if wrong:
            self._issues(run)
            raise CommandError(run.problem or "Some rows were refused.", returncode=1)

    def _check(self, actor: Actor, options: dict[str, Any]) -> SheetRun:
        with ExitStack() as stack:
            archive = None
            if options["images"] is not None:
                path = options["images"]
                if path.is_dir():
                    folder = stack.enter_context(TemporaryDirectory(prefix="import-"))
                    path = Path(folder) / "images.zip"
                    pack_folder(options["images"], path)
                archive = _opened(path, stack)
            file = _opened(options["file"], stack)
            run = start_import(
                actor=actor,
                kind=KIND,
                file=file,
                archive=archive,
                options={"with_stock": not options["without_stock"]},
                kick=False,
            )
        return work_to_the_end(run.pk)

    def _stop(self, actor: Actor, run: SheetRun) -> None:
        if run.state == SheetRun.State.PREVIEWED:
            cancel_run(actor=actor, run_id=run.pk)

    def _report(self, run: SheetRun) -> None:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(run.counts.items()))
        self.stdout.write(f"{run.file_name}: {counts or run.problem}")

    def _issues(self, run: SheetRun) -> None:
        issues = run.issues.filter(is_warning=False).order_by("row", "id")
        for issue in issues[:SHOWN]:
            self.stderr.write(
                f"{issue.sheet} {issue.row} {issue.column}: {issue.code}: {issue.message} {issue.value}"
            )
        left = issues.count() - SHOWN
        if left > 0:
            self.stderr.write(f"... and {left} more")


def _opened(path: Path, stack: ExitStack) -> File:
    """Open a file that somebody named; raises ``CommandError`` when there is none to read."""
    try:
        return File(stack.enter_context(path.open("rb")), name=path.name)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
