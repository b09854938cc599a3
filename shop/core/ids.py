"""Numbers that leave the shop: random, unguessable, valid as a WeChat out_trade_no."""

import re
import secrets

NUMBER_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NUMBER_PATTERN = re.compile(r"[0-9A-Z]{1,32}", re.ASCII)
"""What every number matches in full (use ``fullmatch``); 32 is WeChat's limit for out_trade_no."""


def new_number(length: int = 24) -> str:
    """Return a random number of ``length`` (1..32) characters ``[0-9A-Z]``.

    24 characters carry 124 bits: neither guessable nor likely ever to repeat.
    """
    if not 1 <= length <= 32:
        raise ValueError("A number has 1 to 32 characters.")
    rest, characters = secrets.randbelow(len(NUMBER_ALPHABET) ** length), []
    for _ in range(length):
        rest, place = divmod(rest, len(NUMBER_ALPHABET))
        characters.append(NUMBER_ALPHABET[place])
    return "".join(characters)
