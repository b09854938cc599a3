"""`manage.py restore ARCHIVE`: bring a backup back, whole or not at all."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.backup.errors import BackupError
from shop.core.backup.restore import Restored, restore_backup


class Command(BaseCommand):
    """Restores a backup and says what to run next. Exit 1 when it was refused or failed."""

    help = str(gettext_lazy("Restore a backup after checking every byte of it."))
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path, help="directory that `manage.py backup` wrote")
        parser.add_argument(
            "--force", action="store_true", help="replace a database and media that are not empty"
        )

    def handle(self, *, archive: Path, force: bool, **options: Any) -> None:
        try:
            restored = restore_backup(archive=archive.expanduser().absolute(), force=force)
        except BackupError as error:
            raise CommandError(str(error)) from error
        manifest = restored.manifest
        self.stdout.write(
            self.style.SUCCESS(
                _("Restored the backup of %(time)s (version %(version)s): %(tables)s tables, %(rows)s rows.")
                % {
                    "time": manifest.created_at,
                    "version": manifest.shop_version,
                    "tables": len(manifest.rows),
                    "rows": manifest.row_total,
                }
            )
        )
        self._say_what_next(restored)

    def _say_what_next(self, restored: Restored) -> None:
        if restored.manifest.media == "external":
            self.stdout.write(_("Media are kept by the object store and were not part of the backup."))
        if restored.missing_keys:
            self.stdout.write(
                self.style.WARNING(
                    _("Encryption keys of the backup are missing here; set them before the start: %(keys)s")
                    % {"keys": ", ".join(restored.missing_keys)}
                )
            )
        if not restored.redis_cleared:
            self.stdout.write(
                self.style.WARNING(
                    _("Redis did not answer: empty it (FLUSHDB) before the start; it knows another database.")
                )
            )
        if restored.pending:
            self.stdout.write(
                _("The code is newer than the backup (%(count)s migrations). Next, run:")
                % {"count": len(restored.pending)}
            )
            self.stdout.write("  python manage.py migrate && python manage.py sync_shop")
        else:
            self.stdout.write(_("Code and database fit. Next, run:"))
            self.stdout.write("  python manage.py sync_shop")
        self.stdout.write("  python manage.py audit_ledgers")
