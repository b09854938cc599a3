"""Staff of every role, as the console's own tests make them."""

from tests.admin_ui.conftest import login, roles, staff

__all__ = ["login", "roles", "staff"]
