"""What the doctor reports about one step."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

Text = str | Promise


class Verdict(StrEnum):
    """How a step ended; only FAILED makes the command fail."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """``step`` names what was looked at, ``detail`` what was seen (never a secret), ``fix`` what to do."""

    step: Text
    verdict: Verdict
    detail: Text = ""
    fix: Text = ""


def ok(step: Text, detail: Text = "") -> Finding:
    """All is well."""
    return Finding(step, Verdict.OK, detail)


def warning(step: Text, detail: Text, fix: Text) -> Finding:
    """Works, but somebody should look."""
    return Finding(step, Verdict.WARNING, detail, fix)


def failed(step: Text, detail: Text, fix: Text) -> Finding:
    """Will not work."""
    return Finding(step, Verdict.FAILED, detail, fix)


def skipped(step: Text, detail: Text) -> Finding:
    """Not looked at, because of an earlier failure or because nobody asked."""
    return Finding(step, Verdict.SKIPPED, detail)
