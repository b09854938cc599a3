"""Text that survives a cell: nothing becomes a formula, nothing is lost, several values fit into one.

Excel and its likes run a cell that begins with ``= + - @`` (or tab, return) as a formula once it is typed or
opened as text elsewhere; so such text gets an apostrophe in front, and reading takes exactly that one away.
Within a cell a backslash in front of a separator makes it an ordinary character.
"""

import re
from collections.abc import Iterable, Sequence

_RISKY = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_APOSTROPHES = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
# ECMA-376 part 1, 22.9.2.19 (ST_Xstring): _xHHHH_ stands for a character that XML cannot hold.
_LOOKS_ENCODED = re.compile(r"_(?=[xX][0-9A-Fa-f]{4}_)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_NO_CHARACTER = re.compile("[\ufffe\uffff]")
_SPACE = " \t\r\n\u3000\u00a0"

LIST_SEPARATORS = "、,，;；\n"
FILE_SEPARATORS = ";；\n"
PATH_SEPARATORS = "/／>＞"
PAIR_SEPARATORS = ";；\n"
NAME_SEPARATORS = ":："
_SPECIAL = frozenset(LIST_SEPARATORS + PATH_SEPARATORS + NAME_SEPARATORS + _SPACE + "\\")

Character = tuple[str, bool]
"""A character, and whether a backslash made it ordinary."""


def escape_formula(text: str) -> str:
    """Return ``text`` so that no program takes it for a formula; ``unescape_formula`` undoes it exactly."""
    return f"'{text}" if _RISKY.match(text) else text


def unescape_formula(text: str) -> str:
    """Take away the apostrophe that ``escape_formula`` put in front, and no other."""
    return text[1:] if _APOSTROPHES.match(text) else text


def encode_text(text: str) -> str:
    """Return ``text`` as an xlsx string: control characters and look-alikes of their encoding are encoded."""
    plain = _LOOKS_ENCODED.sub("_x005F_", _NO_CHARACTER.sub("", text))
    return _CONTROL.sub(lambda found: f"_x{ord(found.group()):04X}_", plain)


def join_list(values: Iterable[str], *, separators: str = LIST_SEPARATORS) -> str:
    """Return values as one cell, separated by the first separator."""
    return separators[0].join(_escape(value, separators) for value in values)


def split_list(text: str, *, separators: str = LIST_SEPARATORS) -> list[str]:
    """Return the values of a cell without surrounding whitespace; empty ones are left out."""
    parts = (_plain(part) for part in _split(_characters(text), separators))
    return [part for part in parts if part]


def join_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Return ``name:value`` pairs as one cell."""
    separators = PAIR_SEPARATORS + NAME_SEPARATORS
    return ";".join(f"{_escape(name, separators)}:{_escape(value, separators)}" for name, value in pairs)


def split_pairs(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a cell. Raises ``ValueError`` for a part without name, colon or value."""
    pairs = []
    for part in _split(_characters(text), PAIR_SEPARATORS):
        if not _plain(part):
            continue
        name, *rest = _split(part, NAME_SEPARATORS, most=1)
        pair = (_plain(name), _plain(rest[0]) if rest else "")
        if not all(pair):
            raise ValueError(_plain(part))
        pairs.append(pair)
    return pairs


def _escape(text: str, separators: str) -> str:
    """Put a backslash before whatever would be read as something else."""
    last = len(text) - 1
    return "".join(
        f"\\{character}"
        if character == "\\" or character in separators or (character in _SPACE and place in (0, last))
        else character
        for place, character in enumerate(text)
    )


def _characters(text: str) -> list[Character]:
    """Resolve backslashes; one before an ordinary character is itself one."""
    found: list[Character] = []
    place = 0
    while place < len(text):
        following = text[place + 1 : place + 2]
        if text[place] == "\\" and following and following in _SPECIAL:
            found.append((following, True))
            place += 2
        else:
            found.append((text[place], False))
            place += 1
    return found


def _split(characters: Sequence[Character], separators: str, *, most: int = -1) -> list[list[Character]]:
    parts: list[list[Character]] = [[]]
    for character, ordinary in characters:
        if character in separators and not ordinary and most != len(parts) - 1:
            parts.append([])
        else:
            parts[-1].append((character, ordinary))
    return parts


def _plain(part: Sequence[Character]) -> str:
    """Return a part without the whitespace around it, unless a backslash keeps it."""
    start, end = 0, len(part)
    while start < end and part[start][0] in _SPACE and not part[start][1]:
        start += 1
    while end > start and part[end - 1][0] in _SPACE and not part[end - 1][1]:
        end -= 1
    return "".join(character for character, _ordinary in part[start:end])
