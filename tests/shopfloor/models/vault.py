"""A table with personal data, for the tests of encrypted fields."""

from django.db import models

from shop.core.crypto import EncryptedTextField


class Vault(models.Model):
    phone = EncryptedTextField(blank=True, default="")
    note = EncryptedTextField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)
