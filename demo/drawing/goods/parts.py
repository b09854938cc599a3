"""What many goods have: labels with an emblem, leaves, beans, steam, lids."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from demo.drawing.canvas import Canvas, fading, linear
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.paths import Path, ellipse, line, path, polygon

INK: RGB = (52, 42, 48)
CREAM: RGB = (250, 244, 232)
WOOD: RGB = (196, 150, 104)
KRAFT: RGB = (205, 168, 124)
STEEL: RGB = (196, 202, 208)
GREEN: RGB = (92, 140, 92)
GOLD: RGB = (206, 164, 92)


@dataclass(frozen=True)
class Look:
    """How one piece of goods looks: its colour, a second one, and which of the variants it is."""

    colour: RGB
    accent: RGB
    variant: int = 0
    emblem: str = "leaf"


def leaf_path(x: float, y: float, length: float, angle: float, width: float = 0.42) -> Path:
    """Return a pointed leaf that starts at (x, y) and points up, turned by ``angle``."""
    half = length * width / 2
    shape = path(
        f"M{x:.2f} {y:.2f} C{x - half * 1.7:.2f} {y - length * 0.34:.2f} {x - half:.2f}"
        f" {y - length * 0.78:.2f}"
        f" {x:.2f} {y - length:.2f} C{x + half:.2f} {y - length * 0.78:.2f}"
        f" {x + half * 1.7:.2f} {y - length * 0.34:.2f} {x:.2f} {y:.2f} Z"
    )
    return shape.turned(angle, about=(x, y))


def leaf(
    canvas: Canvas, x: float, y: float, length: float, angle: float, colour: RGB, *, width: float = 0.42
) -> None:
    """Paint a leaf with its middle rib: one half in the light, one in the shade."""
    shape = leaf_path(x, y, length, angle, width)
    tip = polygon((x, y - length)).turned(angle, about=(x, y)).polygons[0][0]
    canvas.fill(shape, linear((x, y), tip, dark(colour, 0.22), light(colour, 0.16)))
    side = polygon((x, y), (x + length, y), (x + length, y - length * 1.1), (x, y - length * 1.1))
    with canvas.inside(shape):
        canvas.fill(side.turned(angle, about=(x, y)), dark(colour, 0.5), 0.18)
    canvas.stroke([(x, y), tip], max(1.4, length * 0.016), light(colour, 0.45), 0.6)


def bean(canvas: Canvas, x: float, y: float, size: float, angle: float, colour: RGB) -> None:
    """Paint a coffee bean."""
    shape = ellipse(x, y, size, size * 0.66).turned(angle, about=(x, y))
    canvas.fill(shape.moved(3, 5), (40, 26, 30), 0.25, blur=4)
    canvas.ball(shape, colour)
    crease = path(
        f"M{x - size} {y} C{x - size * 0.4} {y - size * 0.3} {x + size * 0.3} {y + size * 0.3} {x + size} {y}"
    )
    canvas.stroke(crease.turned(angle, about=(x, y)).polygons[0], size * 0.13, dark(colour, 0.6), 0.8)


def steam(canvas: Canvas, x: float, y: float, height: float) -> None:
    """Paint steam that rises from (x, y)."""
    for shift, share in ((-26, 0.8), (6, 1.0), (36, 0.7)):
        top = y - height * share
        points = line(
            f"M{x + shift} {y} C{x + shift - 26} {y - height * 0.3} {x + shift + 26} {y - height * 0.5}"
            f" {x + shift} {top}"
        )
        canvas.stroke(points, 9, WHITE, 0.55, blur=5)


def scatter_leaves(canvas: Canvas, x: float, y: float, colour: RGB) -> None:
    """Paint a few loose leaves on the floor."""
    for shift, drop, angle in ((0, 0, 60), (46, 16, 105), (-34, 22, -75)):
        shape = leaf_path(x + shift, y + drop, 54, angle)
        canvas.fill(shape.moved(3, 6), INK, 0.22, blur=4)
        leaf(canvas, x + shift, y + drop, 54, angle, colour)


def label(canvas: Canvas, shape: Path, colour: RGB, look: Look, *, size: float = 1.0) -> None:
    """Paint a paper label with an emblem in its middle and thin rules."""
    left, top, right, bottom = shape.bounds()
    canvas.fill(shape, colour)
    x, y = (left + right) / 2, (top + bottom) / 2
    reach = min(right - left, bottom - top) * 0.30 * size
    ink = dark(look.accent, 0.12)
    emblem(canvas, look.emblem, x, y - reach * 0.25, reach, ink)
    for shift, share in ((1.45, 0.55), (1.75, 0.34)):
        if y + reach * shift < bottom - 6:
            width = (right - left) * share / 2
            canvas.stroke([(x - width, y + reach * shift), (x + width, y + reach * shift)], 3, ink, 0.55)


def emblem(canvas: Canvas, kind: str, x: float, y: float, size: float, colour: RGB) -> None:
    """Paint a small sign without words about a point."""
    _EMBLEMS[kind](canvas, x, y, size, colour)


def _leaf_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    for angle, share in ((-38, 1.25), (38, 1.25), (0, 1.6)):
        canvas.fill(
            leaf_path(x, y + size * 0.8, size * share, angle, 0.40),
            mix(colour, WHITE, 0.0 if angle else 0.22),
        )


def _bean_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    shape = ellipse(x, y, size, size * 0.66).turned(-38, about=(x, y))
    canvas.fill(shape, colour)
    crease = path(
        f"M{x - size} {y} C{x - size * 0.4} {y - size * 0.34} {x + size * 0.3} {y + size * 0.34}"
        f" {x + size} {y}"
    )
    canvas.stroke(crease.turned(-38, about=(x, y)).polygons[0], size * 0.14, WHITE, 0.85)


def _drop_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    shape = path(
        f"M{x} {y - size} C{x + size * 0.5} {y - size * 0.3} {x + size * 0.72} {y}"
        f" {x + size * 0.72} {y + size * 0.3}"
        f" C{x + size * 0.72} {y + size * 1.15} {x - size * 0.72} {y + size * 1.15}"
        f" {x - size * 0.72} {y + size * 0.3}"
        f" C{x - size * 0.72} {y} {x - size * 0.5} {y - size * 0.3} {x} {y - size} Z"
    )
    canvas.fill(shape, colour)
    canvas.stroke(
        line(
            f"M{x - size * 0.4} {y + size * 0.3} Q{x - size * 0.36} {y + size * 0.66} {x} {y + size * 0.68}"
        ),
        size * 0.12,
        WHITE,
        0.8,
    )


def _sun_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    canvas.fill(ellipse(x, y, size * 0.52), colour)
    for turn in range(0, 360, 45):
        ray = polygon(
            (x - size * 0.08, y - size * 0.68), (x + size * 0.08, y - size * 0.68), (x, y - size * 1.05)
        )
        canvas.fill(ray.turned(turn, about=(x, y)), colour)


def _hill_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    canvas.fill(ellipse(x + size * 0.42, y - size * 0.5, size * 0.26), mix(colour, WHITE, 0.35))
    canvas.fill(
        polygon(
            (x - size * 1.2, y + size * 0.7),
            (x - size * 0.3, y - size * 0.7),
            (x + size * 0.5, y + size * 0.7),
        ),
        colour,
    )
    far = polygon(
        (x - size * 0.2, y + size * 0.7), (x + size * 0.5, y - size * 0.2), (x + size * 1.2, y + size * 0.7)
    )
    canvas.fill(far, mix(colour, WHITE, 0.28))


def _flower_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    for turn in range(0, 360, 72):
        canvas.fill(
            ellipse(x, y - size * 0.52, size * 0.36, size * 0.46).turned(turn, about=(x, y)), colour, 0.86
        )
    canvas.fill(ellipse(x, y, size * 0.24), light(colour, 0.7))


def _wave_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    for shift in (-0.5, 0.0, 0.5):
        level = y + size * shift
        points = line(
            f"M{x - size} {level} Q{x - size * 0.5} {level - size * 0.5} {x} {level} Q{x + size * 0.5}"
            f" {level + size * 0.5} {x + size} {level}"
        )
        canvas.stroke(points, size * 0.15, colour)


def _star_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    points = []
    for turn in range(10):
        reach = size if turn % 2 == 0 else size * 0.46
        points.append(polygon((x, y - reach)).turned(turn * 36, about=(x, y)).polygons[0][0])
    canvas.fill(polygon(*points), colour)


def _heart_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    canvas.fill(
        path(
            f"M{x} {y + size * 0.85} C{x - size * 1.5} {y - size * 0.1} {x - size * 0.8}"
            f" {y - size * 1.15} {x} {y - size * 0.4}"
            f" C{x + size * 0.8} {y - size * 1.15} {x + size * 1.5} {y - size * 0.1} {x} {y + size * 0.85} Z"
        ),
        colour,
    )


def _moon_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    canvas.fill(
        ellipse(x, y, size * 0.9).minus(ellipse(x + size * 0.42, y - size * 0.22, size * 0.74)), colour
    )


def _bear_sign(canvas: Canvas, x: float, y: float, size: float, colour: RGB) -> None:
    for side in (-1, 1):
        canvas.fill(ellipse(x + side * size * 0.62, y - size * 0.6, size * 0.32), colour)
    canvas.fill(ellipse(x, y, size * 0.88, size * 0.8), colour)
    canvas.fill(ellipse(x, y + size * 0.26, size * 0.38, size * 0.28), light(colour, 0.6))
    for side in (-1, 1):
        canvas.fill(ellipse(x + side * size * 0.32, y - size * 0.12, size * 0.09), dark(colour, 0.7))
    canvas.fill(ellipse(x, y + size * 0.16, size * 0.11, size * 0.08), dark(colour, 0.7))


_EMBLEMS: Mapping[str, Callable[[Canvas, float, float, float, RGB], None]] = {
    "leaf": _leaf_sign,
    "bean": _bean_sign,
    "drop": _drop_sign,
    "sun": _sun_sign,
    "hill": _hill_sign,
    "flower": _flower_sign,
    "wave": _wave_sign,
    "star": _star_sign,
    "heart": _heart_sign,
    "moon": _moon_sign,
    "bear": _bear_sign,
}


def gloss(
    canvas: Canvas, shape: Path, x: float, top: float, bottom: float, width: float = 12, strength: float = 0.5
) -> None:
    """Paint a soft upright streak of light on something that shines."""
    with canvas.inside(shape):
        canvas.stroke(
            [(x, top), (x, bottom)],
            width,
            fading((x, top), (x, bottom), WHITE, strength, strength * 0.4),
            blur=3,
        )


def glass(canvas: Canvas, shape: Path, tint: RGB, strength: float = 0.35) -> None:
    """Paint clear glass: what is behind shines through, its edges catch light and shade."""
    left, top, right, bottom = shape.bounds()
    canvas.fill(shape, tint, strength * 0.5)
    canvas.shade_round(shape, (left, 0), (right, 0), 0.5)
    canvas.edge(shape, 3, WHITE, 0.6)
    with canvas.inside(shape):
        canvas.edge(shape, 10, dark(tint, 0.35), 0.22, blur=4)
        canvas.stroke(
            [(left + (right - left) * 0.16, top + 24), (left + (right - left) * 0.16, bottom - 30)],
            10,
            WHITE,
            0.55,
            blur=2,
        )
