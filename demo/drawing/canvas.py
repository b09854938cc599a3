"""The canvas: paths are filled through masks drawn four times as fine, with colours or gradients.

Light comes from the upper left, always.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from demo.drawing.colour import RGB, WHITE, dark, light
from demo.drawing.paths import Path, Point

SIZE = 800
_FINE = 4
_EYE: Point = (400, 440)
"""What stays where it is when the picture is brought nearer."""

Box = tuple[int, int, int, int]
Stop = tuple[float, RGB, float]
"""Where on the way (0 to 1), which colour, how opaque (0 to 1)."""

_BLACK: RGB = (30, 20, 40)
_ROUND: tuple[Stop, ...] = (
    (0.0, _BLACK, 0.20),
    (0.10, _BLACK, 0.05),
    (0.20, WHITE, 0.24),
    (0.30, WHITE, 0.30),
    (0.45, WHITE, 0.05),
    (0.62, _BLACK, 0.03),
    (0.88, _BLACK, 0.24),
    (1.0, _BLACK, 0.30),
)
"""How light falls on an upright cylinder."""


@dataclass(frozen=True)
class Gradient:
    """Colours along a line from ``start`` to ``end``, or from a centre outwards if ``radius`` is given."""

    start: Point
    end: Point
    stops: tuple[Stop, ...]
    radius: float = 0


def linear(start: Point, end: Point, *colours: RGB) -> Gradient:
    """Return an opaque gradient through evenly spaced colours."""
    last = len(colours) - 1
    return Gradient(start, end, tuple((place / last, colour, 1.0) for place, colour in enumerate(colours)))


def radial(centre: Point, radius: float, *colours: RGB) -> Gradient:
    """Return an opaque gradient from the centre outwards."""
    last = len(colours) - 1
    stops = tuple((place / last, colour, 1.0) for place, colour in enumerate(colours))
    return Gradient(centre, centre, stops, radius)


def fading(start: Point, end: Point, colour: RGB, *strengths: float) -> Gradient:
    """Return one colour whose opacity changes along a line."""
    last = len(strengths) - 1
    return Gradient(start, end, tuple((place / last, colour, value) for place, value in enumerate(strengths)))


class Canvas:
    """A picture to paint on: a square of ``SIZE`` unless told otherwise.

    What is painted is brought nearer by ``zoom`` and then moved by ``shift``, in pixels.
    """

    def __init__(self, colour: RGB = WHITE, *, size: tuple[int, int] = (SIZE, SIZE)) -> None:
        self.image = Image.new("RGB", size, colour)
        self.zoom = 1.0
        self.shift: Point = (0, 0)
        self._clip: Image.Image | None = None

    def fill(self, path: Path, paint: RGB | Gradient, opacity: float = 1.0, *, blur: float = 0) -> None:
        """Fill a path with a colour or gradient; ``blur`` softens its edge by that many units."""
        path, paint, blur = self._placed(path), self._seen(paint), blur * self.zoom
        area = self._area(path.bounds(), blur * 3)
        if area is None:
            return
        mask = _mask(path, area)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        self._lay(mask, area, paint, opacity)

    def stroke(
        self,
        points: Sequence[Point],
        width: float,
        paint: RGB | Gradient,
        opacity: float = 1.0,
        *,
        blur: float = 0,
    ) -> None:
        """Draw a line with round ends."""
        points = self._placed(Path((tuple(points),))).polygons[0]
        width, paint, blur = width * self.zoom, self._seen(paint), blur * self.zoom
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        area = self._area((min(xs), min(ys), max(xs), max(ys)), width + blur * 3)
        if area is None:
            return
        mask = _line_mask(points, width, area)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        self._lay(mask, area, paint, opacity)

    @contextmanager
    def inside(self, path: Path) -> Iterator[None]:
        """Let nothing be painted outside ``path``."""
        former = self._clip
        mask = _mask(self._placed(path), (0, 0, *self.image.size))
        self._clip = mask if former is None else ImageChops.multiply(former, mask)
        yield
        self._clip = former

    def cylinder(self, path: Path, colour: RGB, strength: float = 1.0) -> None:
        """Fill an upright round body: lit from the left, dark at both edges."""
        left, _top, right, _bottom = path.bounds()
        self.fill(path, colour)
        self.shade_round(path, (left, 0), (right, 0), strength)

    def shade_round(self, path: Path, start: Point, end: Point, strength: float = 1.0) -> None:
        """Lay the light of a cylinder between two points over a path."""
        stops = tuple((place, tone, alpha * strength) for place, tone, alpha in _ROUND)
        self.fill(path, Gradient(start, end, stops))

    def ball(self, path: Path, colour: RGB, strength: float = 1.0) -> None:
        """Fill a rounded body: bright at the upper left, dark at the lower right, light from below."""
        left, top, right, bottom = path.bounds()
        width, height = right - left, bottom - top
        centre = (left + width * 0.34, top + height * 0.28)
        reach = math.hypot(width, height) * 0.86
        shades = (
            light(colour, 0.34 * strength),
            light(colour, 0.10 * strength),
            colour,
            dark(colour, 0.16 * strength),
            dark(colour, 0.36 * strength),
        )
        self.fill(path, radial(centre, reach, *shades))

    def flat(self, path: Path, colour: RGB, strength: float = 1.0) -> None:
        """Fill a flat face, a little brighter at the upper left."""
        left, top, right, bottom = path.bounds()
        lit, shaded = light(colour, 0.14 * strength), dark(colour, 0.12 * strength)
        self.fill(path, linear((left, top), (right, bottom), lit, colour, shaded))

    def edge(self, path: Path, width: float, paint: RGB, opacity: float = 1.0, *, blur: float = 0) -> None:
        """Draw the outline of a path."""
        for polygon in path.polygons:
            self.stroke([*polygon, polygon[0]], width, paint, opacity, blur=blur)

    def glow(self, x: float, y: float, radius: float, colour: RGB, opacity: float) -> None:
        """Lay soft light about a point."""
        stops = ((0.0, colour, opacity), (0.35, colour, opacity * 0.55), (1.0, colour, 0.0))
        square = Path(
            (
                (
                    (x - radius, y - radius),
                    (x + radius, y - radius),
                    (x + radius, y + radius),
                    (x - radius, y + radius),
                ),
            )
        )
        self.fill(square, Gradient((x, y), (x, y), stops, radius))

    def _placed(self, path: Path) -> Path:
        """Return a path where it lies in the picture."""
        return path.scaled(self.zoom, about=_EYE).moved(*self.shift)

    def _area(self, bounds: tuple[float, float, float, float], margin: float) -> Box | None:
        """Return the pixels that bounds and their margin cover; ``None`` when they are outside."""
        width, height = self.image.size
        left, top = max(0, math.floor(bounds[0] - margin)), max(0, math.floor(bounds[1] - margin))
        right, bottom = min(width, math.ceil(bounds[2] + margin)), min(height, math.ceil(bounds[3] + margin))
        return (left, top, right, bottom) if right > left and bottom > top else None

    def _seen(self, paint: RGB | Gradient) -> RGB | Gradient:
        """Return a paint as it is at the present zoom."""
        if isinstance(paint, tuple):
            return paint
        start, end = self._placed(Path(((paint.start, paint.end),))).polygons[0]
        return Gradient(start, end, paint.stops, paint.radius * self.zoom)

    def _lay(self, mask: Image.Image, area: Box, paint: RGB | Gradient, opacity: float) -> None:
        if self._clip is not None:
            mask = ImageChops.multiply(mask, self._clip.crop(area))
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        if isinstance(paint, tuple):
            self.image.paste(paint, area, mask)
            return
        colours, strength = _paint(paint, area)
        if strength is not None:
            mask = ImageChops.multiply(mask, strength)
        self.image.paste(colours, area, mask)


def _mask(path: Path, area: Box) -> Image.Image:
    left, top, right, bottom = area
    fine = Image.new("L", ((right - left) * _FINE, (bottom - top) * _FINE))
    draw = ImageDraw.Draw(fine)
    for level, polygons in ((255, path.polygons), (0, path.holes)):
        for points in polygons:
            draw.polygon([((x - left) * _FINE, (y - top) * _FINE) for x, y in points], fill=level)
    return fine.reduce(_FINE)


def _line_mask(points: Sequence[Point], width: float, area: Box) -> Image.Image:
    left, top, right, bottom = area
    fine = Image.new("L", ((right - left) * _FINE, (bottom - top) * _FINE))
    draw = ImageDraw.Draw(fine)
    placed = [((x - left) * _FINE, (y - top) * _FINE) for x, y in points]
    draw.line(placed, fill=255, width=max(1, round(width * _FINE)), joint="curve")
    radius = width * _FINE / 2
    for x, y in placed if width > 2 else (placed[0], placed[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return fine.reduce(_FINE)


def _paint(gradient: Gradient, area: Box) -> tuple[Image.Image, Image.Image | None]:
    """Return the gradient's colours over an area, and how opaque it is there (``None``: wholly)."""
    way = _radial_way(gradient, area) if gradient.radius else _linear_way(gradient, area)
    tables = _tables(gradient.stops)
    colours = Image.merge("RGB", [way.point(table) for table in tables[:3]])
    is_opaque = all(stop[2] >= 1 for stop in gradient.stops)
    return colours, None if is_opaque else way.point(tables[3])


def _linear_way(gradient: Gradient, area: Box) -> Image.Image:
    """Return how far along the gradient's line each pixel is, 0 to 255."""
    (x0, y0), (x1, y1) = gradient.start, gradient.end
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    left, top, right, bottom = area
    a, b = (x1 - x0) / length, (y1 - y0) / length
    c = (left - x0) * a + (top - y0) * b
    # A ramp with room at both ends, so that the affine map never leaves it.
    corners = [c + a * x + b * y for x in (0, right - left) for y in (0, bottom - top)]
    low, high = min(0.0, *corners) - 0.05, max(1.0, *corners) + 0.05
    steps = 1024
    levels = [low + (high - low) * (step + 0.5) / steps for step in range(steps)]
    ramp = Image.new("L", (steps, 3))
    ramp.putdata([round(255 * min(1.0, max(0.0, level))) for level in levels] * 3)
    factor = steps / (high - low)
    return ramp.transform(
        (right - left, bottom - top),
        Image.Transform.AFFINE,
        (a * factor, b * factor, (c - low) * factor, 0, 0, 1.5),
        Image.Resampling.BILINEAR,
    )


def _radial_way(gradient: Gradient, area: Box) -> Image.Image:
    """Return how far from the centre each pixel is, 0 to 255 at the radius and beyond."""
    left, top, right, bottom = area
    # Pillow's cone is 255 in the corners of its square; ours in the middle of the sides.
    cone = Image.radial_gradient("L").resize((512, 512), Image.Resampling.BICUBIC)
    cone = cone.point([min(255, round(level * math.sqrt(2))) for level in range(256)])
    x, y = gradient.start
    factor = 256 / gradient.radius
    # Outside the cone's square the map finds nothing, so everything there is counted from its far side.
    inverted = cone.point(range(255, -1, -1)).transform(
        (right - left, bottom - top),
        Image.Transform.AFFINE,
        (factor, 0, 256 + (left - x) * factor, 0, factor, 256 + (top - y) * factor),
        Image.Resampling.BILINEAR,
    )
    return inverted.point(range(255, -1, -1))


def _tables(stops: Sequence[Stop]) -> list[list[int]]:
    """Return for each of red, green, blue and opacity what it is at the 256 steps of the way."""
    tables: list[list[int]] = [[], [], [], []]
    for step in range(256):
        place = step / 255
        after = next((index for index, stop in enumerate(stops) if stop[0] >= place), len(stops) - 1)
        before = max(0, after - 1)
        (start, low, low_alpha), (end, high, high_alpha) = stops[before], stops[after]
        share = 0.0 if end <= start else min(1.0, max(0.0, (place - start) / (end - start)))
        for channel in range(3):
            tables[channel].append(round(low[channel] + (high[channel] - low[channel]) * share))
        tables[3].append(round(255 * (low_alpha + (high_alpha - low_alpha) * share)))
    return tables
