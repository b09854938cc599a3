"""``manage.py wechat_doctor``: is this merchant set up correctly, and if not, what to fix."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from shop.wechat.doctor import Finding, Verdict, examine

_MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗", Verdict.SKIPPED: "-"}


class Command(BaseCommand):
    """Exit code 0: nothing failed; 1: something did."""

    help = "Check the WeChat configuration step by step and say what to fix. No money moves."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options: certificate file, offline, callback, language."""
        parser.add_argument(
            "--certificate", type=Path, help="apiclient_cert.pem, to compare with key and serial"
        )
        parser.add_argument("--offline", action="store_true", help="ask nobody, only look at the settings")
        parser.add_argument(
            "--callback", action="store_true", help="have WeChat send one callback; the shop must be running"
        )
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and print."""
        certificate: Path | None = options["certificate"]
        pem = certificate.read_text(encoding="utf-8") if certificate else ""
        with translation.override(options["language"] or settings.LANGUAGE_CODE):
            counts = dict.fromkeys(Verdict, 0)
            for finding in examine(
                certificate_pem=pem, offline=options["offline"], callback=options["callback"]
            ):
                counts[finding.verdict] += 1
                self._print(finding)
            self.stdout.write(
                _("%(failed)d failed, %(warnings)d to look at, %(ok)d fine.")
                % {
                    "failed": counts[Verdict.FAILED],
                    "warnings": counts[Verdict.WARNING],
                    "ok": counts[Verdict.OK],
                }
            )
        if counts[Verdict.FAILED]:
            raise SystemExit(1)

    def _print(self, finding: Finding) -> None:
        style = {Verdict.OK: self.style.SUCCESS, Verdict.FAILED: self.style.ERROR}.get(
            finding.verdict, self.style.WARNING
        )
        detail = f": {finding.detail}" if finding.detail else ""
        self.stdout.write(style(f"{_MARKS[finding.verdict]} {finding.step}{detail}"))
        if finding.fix:
            self.stdout.write(f"    → {finding.fix}")
