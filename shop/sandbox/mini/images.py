"""A picture for a mini-program code: a real PNG whose pattern is derived from the scene, no image library."""

import hashlib
import struct
import zlib

_MODULES = 33
_QUIET = 2
_FINDER = 7


def code_png(
    scene: str, *, width: int, transparent: bool = False, colour: tuple[int, int, int] = (0, 0, 0)
) -> bytes:
    """A ``width`` x ``width`` RGBA PNG. The same scene always gives the same picture."""
    modules = _pattern(scene)
    paper = bytes((255, 255, 255, 0 if transparent else 255))
    ink = bytes((*colour, 255))
    size = _MODULES + 2 * _QUIET
    cells = [x * size // width - _QUIET for x in range(width)]
    lines: dict[int, bytes] = {}
    for row in range(-_QUIET, _MODULES + _QUIET):
        dots = b"".join(ink if (row, column) in modules else paper for column in cells)
        lines[row] = b"\x00" + dots
    pixels = b"".join(lines[row] for row in cells)
    header = struct.pack(">IIBBBBB", width, width, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(pixels, 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pattern(scene: str) -> set[tuple[int, int]]:
    """The dark modules: hash bits, and three finder squares so that it looks like a code."""
    needed = _MODULES * _MODULES // 8 + 1
    bits = hashlib.shake_256(scene.encode()).digest(needed)
    dark = {
        divmod(index, _MODULES) for index in range(_MODULES * _MODULES) if bits[index // 8] >> (index % 8) & 1
    }
    far = _MODULES - _FINDER
    for top, left in ((0, 0), (0, far), (far, 0)):
        for row in range(-1, _FINDER + 1):
            for column in range(-1, _FINDER + 1):
                dark.discard((top + row, left + column))
                ring = max(abs(row - 3), abs(column - 3))
                if ring in (0, 1, 3):
                    dark.add((top + row, left + column))
    return dark
