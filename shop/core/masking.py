"""Personal data as it may be shown: enough to recognise, not enough to use."""

import re
from collections.abc import Mapping
from typing import Any

STARS = "****"
_MAINLAND = re.compile(r"^(?:\+?86)?[ -]?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})$", re.ASCII)

SECRET_WORDS = frozenset(
    word
    for line in (
        "access apikey apiv3key authorization ciphertext code cookie csrfmiddlewaretoken csrftoken",
        "encryptedkey jscode key login_code nonce openid passwd password payer_openid paysign phone_code",
        "pickup_code prepay_id private_key privatekey refresh secret session_key sessionid sessionkey",
        "set_cookie sign signature token unionid wallet_token",
    )
    for word in line.split()
)
SECRET_ENDINGS = ("_key", "_secret", "_token", "_password", "_openid", "_ciphertext", "_signature")
HARMLESS_WORDS = frozenset({"routing_key", "dedupe_key"})
PERSONAL_WORDS = frozenset(
    word
    for line in (
        "account_number address bank_account birthday contact detail_address email holder id_card idcard",
        "mobile nickname phone phone_number phonenumber purephonenumber real_name realname receiver",
        "receiver_name receiver_phone recipient street tel telephone user_name",
    )
    for word in line.split()
)


def mask_phone(phone: str) -> str:
    """Return ``138****5678`` for a mainland number; of any other text only the last two characters."""
    match = _MAINLAND.match(phone.strip())
    if match:
        return f"{match[1]}{STARS}{match[3]}"
    return STARS + phone.strip()[-2:] if len(phone.strip()) > 6 else STARS


def mask_name(name: str) -> str:
    """Return the first character and two stars: ``王**``."""
    return f"{name.strip()[:1]}**" if name.strip() else ""


def mask_identifier(identifier: str) -> str:
    """Return the first and last three characters of an openid or a card number; short ones vanish."""
    return f"{identifier[:3]}{STARS}{identifier[-3:]}" if len(identifier) >= 12 else STARS


def mask_address(address: str) -> str:
    """Return the first six characters, where region names stand, and stars."""
    return f"{address.strip()[:6]}{STARS}" if len(address.strip()) > 6 else STARS


def is_secret_name(name: str) -> bool:
    """Return whether a member of this name holds a secret, which is never shown at all."""
    plain = name.lower().replace("-", "_")
    if plain in HARMLESS_WORDS:
        return False
    return plain in SECRET_WORDS or plain.endswith(SECRET_ENDINGS)


def is_personal_name(name: str) -> bool:
    """Return whether a member of this name holds personal data, which is shown masked only."""
    plain = name.lower().replace("-", "_")
    return plain in PERSONAL_WORDS


def mask_value(name: str, value: Any) -> Any:
    """Return ``value`` as an audit entry may keep it under ``name``; structures are masked inside."""
    if is_secret_name(name):
        return STARS if value not in (None, "") else value
    if isinstance(value, Mapping):
        if is_personal_name(name):
            return STARS
        return mask_mapping(value)
    if isinstance(value, list | tuple):
        return [mask_value(name, item) for item in value]
    if is_personal_name(name) and value not in (None, ""):
        return _mask_personal(name.lower(), str(value))
    return value


def mask_mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of ``values`` with secrets removed and personal data masked, by the members' names."""
    return {str(name): mask_value(str(name), value) for name, value in values.items()}


def _mask_personal(name: str, value: str) -> str:
    if any(word in name for word in ("phone", "mobile", "tel")):
        return mask_phone(value)
    if any(word in name for word in ("name", "receiver", "contact", "holder", "recipient")):
        return mask_name(value)
    if any(word in name for word in ("address", "street")):
        return mask_address(value)
    return mask_identifier(value)
