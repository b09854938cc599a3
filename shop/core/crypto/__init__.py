"""Personal data at rest: encrypted under a rotating key ring, found again by a keyed hash."""

from shop.core.crypto.fields import EncryptedTextField
from shop.core.crypto.hashing import hash_phone, keyed_hash
from shop.core.crypto.keys import DecryptionError, decrypt, encrypt
from shop.core.masking import mask_address, mask_identifier, mask_name, mask_phone

__all__ = [
    "DecryptionError",
    "EncryptedTextField",
    "decrypt",
    "encrypt",
    "hash_phone",
    "keyed_hash",
    "mask_address",
    "mask_identifier",
    "mask_name",
    "mask_phone",
]
