"""Logging in to the console, a bounded number of times."""

from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm

from shop.core.api.client import client_ip
from shop.core.api.throttles import charge
from shop.core.errors import Throttled


class LoginForm(AuthenticationForm):
    """User name and password. Tries are counted per address and, more generously, per account.

    The account's limit stops a guess from many addresses; it is wide enough that nobody is locked out by a
    stranger for long. While Redis is down tries are not counted.
    """

    error_messages = {
        **AuthenticationForm.error_messages,
        "throttled": _("Too many tries. Please wait %(seconds)d seconds."),
    }

    def clean(self) -> dict[str, Any]:
        """Count the try, then look at the password."""
        request, username = self.request, str(self.cleaned_data.get("username", ""))
        if isinstance(request, HttpRequest) and username:
            self._count(client_ip(request), username)
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def _count(self, address: str, username: str) -> None:
        account = sha256(username.casefold().encode()).hexdigest()[:40]
        try:
            charge(["console_login"], ip=address, member_id=None)
            charge(["console_account"], ip=f"account:{account}", member_id=None)
        except Throttled as refusal:
            raise ValidationError(
                self.error_messages["throttled"], code="throttled", params={"seconds": refusal.retry_after}
            ) from refusal
