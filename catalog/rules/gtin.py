"""Barcodes: GTIN-8, -12, -13 and -14 with their check digit (GS1 General Specifications, 7.9)."""

LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """Return the check digit that belongs after ``digits``: weights 3 and 1 from the right, modulo 10."""
    weighted = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def is_gtin(code: str) -> bool:
    """Return whether ``code`` is a GTIN: only digits, of a known length, with the right check digit."""
    if len(code) not in LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    return check_digit(code[:-1]) == int(code[-1])
