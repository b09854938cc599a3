"""Path parameters of this floor: what cannot be a scene or a version is simply not found."""

from django.urls import register_converter


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


def register() -> None:
    """Make ``<scene:…>`` and ``<version:…>`` known to Django's URL patterns."""
    register_converter(SceneConverter, "scene")
    register_converter(VersionConverter, "version")
