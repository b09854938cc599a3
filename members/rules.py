"""Pure calculations: phone numbers of addresses, what a touch says, what a nickname may look like."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

HONG_KONG, MACAU, TAIWAN = "香港特别行政区", "澳门特别行政区", "台湾省"
_COUNTRY_CODES: Mapping[str, str] = {HONG_KONG: "852", MACAU: "853", TAIWAN: "886"}
_NATIONAL: Mapping[str, re.Pattern[str]] = {
    "86": re.compile(r"1[3-9]\d{9}|0\d{9,11}|400\d{7}", re.ASCII),
    "852": re.compile(r"[2-9]\d{7}", re.ASCII),
    "853": re.compile(r"(?:6|28|8)\d{6,7}", re.ASCII),
    "886": re.compile(r"0?(?:9\d{8}|[2-8]\d{7,8})", re.ASCII),
}
_NOISE = re.compile(r"[\s()\-.·]+")
_MACAU_LENGTH = 8
_BIDI_AND_CONTROL = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_EMOJI_JOINERS = "\u200d\ufe0f"
EARLIEST_BIRTHDAY = date(1900, 1, 1)


def normalise_phone(text: str, *, province: str = "") -> str | None:
    """Return a phone number as it is stored, or ``None`` for what is none.

    Mainland numbers (mobile, landline with area code, 400) have digits only; those of Hong Kong, Macau and
    Taiwan begin with their code: ``+85291234567``. Without a code, ``province`` tells whose it is.
    """
    digits = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        for code in _NATIONAL:
            if digits[1:].startswith(code):
                return _written(code, digits[1 + len(code) :])
        return None
    own = _COUNTRY_CODES.get(province)
    if own and (found := _written(own, digits)):
        return found
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    return _written("86", digits)


def _written(code: str, national: str) -> str | None:
    if not _NATIONAL[code].fullmatch(national) or (code == "853" and len(national) != _MACAU_LENGTH):
        return None
    if code == "86":
        return national
    return f"+{code}{national.removeprefix('0') if code == '886' else national}"


def phone_of_wechat(*, number: str, country_code: str) -> str:
    """Return a number that WeChat vouches for as it is stored: mainland without code, others with ``+``."""
    return number if country_code in ("", "86") else f"+{country_code}{number}"


def is_printable(text: str) -> bool:
    """Return whether a text holds no control, direction or private-use characters; emoji joiners may stay."""
    return all(
        unicodedata.category(character) not in _BIDI_AND_CONTROL or character in _EMOJI_JOINERS
        for character in text
    )


@dataclass(frozen=True, slots=True)
class TouchFields:
    """How somebody came here, as the client or a scene tells it; empty texts say nothing."""

    promoter: str = ""
    scene: str = ""
    invite: str = ""
    channel: str = ""

    def __bool__(self) -> bool:
        return any((self.promoter, self.scene, self.invite, self.channel))


def complete_touch(touch: TouchFields, *, query: Mapping[str, object], channel: str) -> TouchFields:
    """Fill what a touch leaves empty from the scene it names; what the client says itself wins."""

    def filled(name: str, own: str) -> str:
        value = query.get(name)
        return own or (value[:32] if isinstance(value, str) else "")

    return TouchFields(
        promoter=filled("promoter", touch.promoter),
        scene=touch.scene,
        invite=filled("invite", touch.invite),
        channel=touch.channel or channel,
    )
