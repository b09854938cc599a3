"""Logging in to the console."""

from unfold.forms import AuthenticationForm


class LoginForm(AuthenticationForm):
    """User name and password."""
