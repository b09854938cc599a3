"""Outlines: closed polygons of lines, curves and ellipses, in picture units (a picture is 800 wide)."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
_TOKEN = re.compile(r"[MLCQZ]|-?\d+(?:\.\d+)?")
_STEPS = 24


@dataclass(frozen=True)
class Path:
    """Closed polygons; each of ``holes`` is cut out of them."""

    polygons: tuple[tuple[Point, ...], ...]
    holes: tuple[tuple[Point, ...], ...] = ()

    def __add__(self, other: "Path") -> "Path":
        return Path(self.polygons + other.polygons, self.holes + other.holes)

    def minus(self, other: "Path") -> "Path":
        """Return this path with the other one cut out."""
        return Path(self.polygons, self.holes + other.polygons)

    def moved(self, x: float, y: float) -> "Path":
        """Return the path shifted."""
        return self._mapped(lambda point: (point[0] + x, point[1] + y))

    def scaled(self, x: float, y: float | None = None, *, about: Point = (400, 400)) -> "Path":
        """Return the path stretched about a point."""
        down = x if y is None else y
        cx, cy = about
        return self._mapped(lambda point: (cx + (point[0] - cx) * x, cy + (point[1] - cy) * down))

    def turned(self, degrees: float, *, about: Point = (400, 400)) -> "Path":
        """Return the path turned clockwise about a point."""
        angle = math.radians(degrees)
        sine, cosine = math.sin(angle), math.cos(angle)
        cx, cy = about

        def turn(point: Point) -> Point:
            x, y = point[0] - cx, point[1] - cy
            return cx + x * cosine - y * sine, cy + x * sine + y * cosine

        return self._mapped(turn)

    def mirrored(self, x: float = 400) -> "Path":
        """Return the path mirrored at a vertical line."""
        return self._mapped(lambda point: (2 * x - point[0], point[1]))

    def bounds(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom."""
        xs = [point[0] for polygon in self.polygons for point in polygon]
        ys = [point[1] for polygon in self.polygons for point in polygon]
        return min(xs), min(ys), max(xs), max(ys)

    def _mapped(self, change: Callable[[Point], Point]) -> "Path":
        return Path(
            tuple(tuple(change(point) for point in polygon) for polygon in self.polygons),
            tuple(tuple(change(point) for point in polygon) for polygon in self.holes),
        )


def polygon(*points: Point) -> Path:
    """Return the polygon through ``points``."""
    return Path((points,))


def ellipse(x: float, y: float, across: float, down: float | None = None) -> Path:
    """Return the ellipse about a point with the given half axes; a circle when one is given."""
    height = across if down is None else down
    steps = 96
    turns = (2 * math.pi * step / steps for step in range(steps))
    return polygon(*((x + across * math.cos(turn), y + height * math.sin(turn)) for turn in turns))


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> Path:
    """Return a rectangle with rounded corners, given by its upper left corner."""
    corner = min(radius, width / 2, height / 2)
    if corner <= 0:
        return polygon((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    centres = (
        (x + width - corner, y + height - corner, 0),
        (x + corner, y + height - corner, 90),
        (x + corner, y + corner, 180),
        (x + width - corner, y + corner, 270),
    )
    points = [
        (
            cx + corner * math.cos(math.radians(start + turn)),
            cy + corner * math.sin(math.radians(start + turn)),
        )
        for cx, cy, start in centres
        for turn in range(0, 91, 6)
    ]
    return polygon(*points)


def smooth(*points: Point) -> Path:
    """Return the closed curve that runs through ``points`` (Catmull-Rom)."""
    count = len(points)
    curve: list[Point] = []
    for place in range(count):
        before, start, end, after = (points[(place + shift) % count] for shift in (-1, 0, 1, 2))
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        curve += _cubic(start, first, second, end)
    return polygon(*curve)


def path(text: str) -> Path:
    """Return the path that ``text`` describes with the absolute commands M L C Q Z of SVG."""
    polygons = [points for points in _walk(text) if len(points) > 1]
    return Path(tuple(tuple(points) for points in polygons))


def line(text: str) -> Sequence[Point]:
    """Return the open line that ``text`` describes: for strokes."""
    return _walk(text)[0]


def _walk(text: str) -> list[list[Point]]:
    tokens = _TOKEN.findall(text)
    lines: list[list[Point]] = []
    command, place = "", 0
    while place < len(tokens):
        if tokens[place].isalpha():
            command = tokens[place]
            place += 1
            if command == "Z":
                continue
        size = {"M": 1, "L": 1, "Q": 2, "C": 3}[command]
        numbers = [float(token) for token in tokens[place : place + 2 * size]]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        place += 2 * size
        if command == "M":
            lines.append(points)
            command = "L"
        elif command == "L":
            lines[-1] += points
        elif command == "Q":
            lines[-1] += _quadratic(lines[-1][-1], *points)
        else:
            lines[-1] += _cubic(lines[-1][-1], *points)
    return lines


def _quadratic(start: Point, pull: Point, end: Point) -> list[Point]:
    first = (start[0] + (pull[0] - start[0]) * 2 / 3, start[1] + (pull[1] - start[1]) * 2 / 3)
    second = (end[0] + (pull[0] - end[0]) * 2 / 3, end[1] + (pull[1] - end[1]) * 2 / 3)
    return _cubic(start, first, second, end)


def _cubic(start: Point, first: Point, second: Point, end: Point) -> list[Point]:
    points = []
    for step in range(1, _STEPS + 1):
        t = step / _STEPS
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append(
            (
                a * start[0] + b * first[0] + c * second[0] + d * end[0],
                a * start[1] + b * first[1] + c * second[1] + d * end[1],
            )
        )
    return points
