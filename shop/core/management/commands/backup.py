"""`manage.py backup`: everything this shop owns on this machine, in one checked directory."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.backup.create import create_backup, remove_old_backups
from shop.core.backup.errors import BackupError


class Command(BaseCommand):
    """Writes a backup; the last line on stdout is its path. Exit 1 when none was made."""

    help = str(
        gettext_lazy("Back up the database and the media, with checksums. Encryption keys are not included.")
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", type=Path, default=None, help="directory for backups (default: DATA/backups)"
        )
        parser.add_argument("--keep", type=int, default=None, help="delete all but this many newest backups")

    def handle(self, *, to: Path | None, keep: int | None, **options: Any) -> None:
        target = (to or settings.DATA_DIR / "backups").expanduser().absolute()
        if keep is not None and keep < 1:
            raise CommandError(_("At least one backup has to be kept."))
        try:
            backup = create_backup(target=target)
            removed = remove_old_backups(target=target, keep=keep) if keep is not None else []
        except BackupError as error:
            raise CommandError(str(error)) from error
        for path in removed:
            self.stdout.write(_("Removed the older backup %(path)s") % {"path": path})
        size = sum(part.size for part in backup.manifest.parts.values())
        self.stdout.write(
            self.style.SUCCESS(
                _("Backed up %(tables)s tables, %(rows)s rows, %(bytes)s bytes.")
                % {"tables": len(backup.manifest.rows), "rows": backup.manifest.row_total, "bytes": size}
            )
        )
        self.stdout.write(
            _("Keep SHOP_ENCRYPTION_KEYS and SHOP_HASH_KEY elsewhere: personal data need them.")
        )
        self.stdout.write(str(backup.directory))
