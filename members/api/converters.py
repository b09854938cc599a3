"""Path parameters of this floor: what cannot be a scene or a version is simply not found."""

from datetime import date

from django.urls import register_converter

from members.wallet.rules import parse_month


class SceneConverter:
    """``<scene:name>``: the characters that WeChat lets a mini-program code carry, at most 32."""

    regex = r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}"

    def to_python(self, value: str) -> str:
        """Return the scene as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the path text of a scene."""
        return value


class VersionConverter:
    """``<version:version>``: the version of a document, such as ``1.0`` or ``2025-01``."""

    regex = r"[0-9A-Za-z._\-]{1,20}"

    def to_python(self, value: str) -> str:
        """Return the version as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the path text of a version."""
        return value


class MonthConverter:
    """``<month:month>``: a calendar month, ``2026-02``."""

    regex = r"[0-9]{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Return the first day of the month; ``ValueError`` (not found) outside this century."""
        return parse_month(value)

    def to_url(self, value: date) -> str:
        """Return the path text of a month."""
        return f"{value:%Y-%m}"


def register() -> None:
    """Make ``<scene:…>``, ``<version:…>`` and ``<month:…>`` known to Django's URL patterns."""
    register_converter(MonthConverter, "month")
    register_converter(SceneConverter, "scene")
    register_converter(VersionConverter, "version")
