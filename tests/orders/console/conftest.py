"""Staff of every role in front of the order pages."""

from tests.admin_ui.conftest import Login, login, roles, staff

__all__ = ["Login", "login", "roles", "staff"]
