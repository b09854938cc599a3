"""A text column whose content only the shop can read."""

from typing import Any, ClassVar

from django.core.exceptions import FieldError
from django.db import models

from shop.core.crypto.keys import decrypt, encrypt


class EncryptedTextField(models.TextField):
    """Encrypts on the way into the database and decrypts on the way out; ``""`` and ``None`` stay themselves.

    It cannot be searched or sorted: keep a ``keyed_hash`` beside it for exact search. Every key of the ring
    decrypts; ``manage.py rotate_encryption`` rewrites values that an old key still holds.
    """

    allowed_lookups: ClassVar[frozenset[str]] = frozenset({"isnull"})

    @property
    def place(self) -> str:
        """Return the name that is authenticated with each value: ``app.model.field``."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> str | None:
        """Return the encrypted text."""
        text = super().get_prep_value(value)
        return encrypt(text, place=self.place) if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Return the plain text; raises ``DecryptionError``."""
        return decrypt(value, place=self.place) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Return only lookups that mean something on ciphertext; ``FieldError`` for the others."""
        if lookup_name not in self.allowed_lookups:
            raise FieldError(f"{self.place} is encrypted: look it up by its keyed hash.")
        return super().get_lookup(lookup_name)
