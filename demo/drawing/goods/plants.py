"""Plants and flowers in pots and vases, and what one waters them with."""

import math
from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import RGB, WHITE, dark, light, mix, turned
from demo.drawing.goods.parts import CREAM, INK, KRAFT, WOOD, Look, glass, gloss, leaf, leaf_path
from demo.drawing.paths import box, ellipse, line, path
from demo.drawing.scene import shadow

EARTH: RGB = (92, 70, 58)


def _pot(canvas: Canvas, look: Look, width: float = 230, height: float = 190) -> float:
    """Paint a pot in the middle and return where its rim is."""
    shadow(canvas, 400, 655, width * 1.05)
    top, half = 655 - height, width / 2
    if look.variant % 2:
        body = path(
            f"M{400 - half} {top} L{400 + half} {top} C{400 + half} {top + height * 0.7}"
            f" {400 + half * 0.7} 656 {400 + half * 0.5} 658 L{400 - half * 0.5} 658 C{400 - half * 0.7}"
            f" 656 {400 - half} {top + height * 0.7} {400 - half} {top} Z"
        )
    else:
        body = path(
            f"M{400 - half} {top} L{400 + half} {top} L{400 + half * 0.74} 648 Q400 666"
            f" {400 - half * 0.74} 648 Z"
        )
    canvas.cylinder(body, look.accent)
    if look.variant % 2 == 0:
        canvas.cylinder(box(400 - half - 8, top - 12, width + 16, 44, 8), light(look.accent, 0.06))
    rim = ellipse(
        400, top - (10 if look.variant % 2 == 0 else 0), half + (6 if look.variant % 2 == 0 else 0), 24
    )
    canvas.fill(rim, light(look.accent, 0.3))
    canvas.fill(rim.scaled(0.9, 0.8, about=(400, top - 6)), EARTH)
    return top


def _split_leaf(canvas: Canvas, x: float, y: float, size: float, angle: float, colour: RGB) -> None:
    """A monstera leaf: heart-shaped, cut to the rib."""
    shape = path(
        f"M{x} {y} C{x - size * 0.3} {y + size * 0.2} {x - size * 0.75} {y} {x - size * 0.7}"
        f" {y - size * 0.5} C{x - size * 0.6} {y - size} {x - size * 0.2} {y - size * 1.2}"
        f" {x} {y - size * 1.35} C{x + size * 0.2} {y - size * 1.2} {x + size * 0.6}"
        f" {y - size} {x + size * 0.7} {y - size * 0.5} C{x + size * 0.75} {y} {x + size * 0.3}"
        f" {y + size * 0.2} {x} {y} Z"
    )
    for side in (-1, 1):
        for step, reach in ((0.1, 0.30), (0.42, 0.24), (0.74, 0.26)):
            cx = x + side * size * (0.7 - step * 0.24)
            cut = ellipse(cx, y - size * step, size * reach, size * 0.055).turned(
                side * 24, about=(cx, y - size * step)
            )
            shape = shape.minus(cut)
    shape = shape.turned(angle, about=(x, y))
    tip = path(f"M{x} {y} L{x} {y - size * 1.3}").turned(angle, about=(x, y)).polygons[0]
    canvas.fill(shape.moved(4, 10), INK, 0.16, blur=8)
    canvas.fill(shape, linear(tip[0], tip[1], dark(colour, 0.24), colour, light(colour, 0.18)))
    canvas.stroke(tip, 4, light(colour, 0.4), 0.7)
    for side in (-1, 1):
        for step in (0.2, 0.5, 0.8):
            rib = path(f"M{x} {y - size * step} L{x + side * size * 0.5} {y - size * (step + 0.22)}").turned(
                angle, about=(x, y)
            )
            canvas.stroke(rib.polygons[0], 2, light(colour, 0.4), 0.45)


def monstera(canvas: Canvas, look: Look) -> None:
    """A plant with large leaves."""
    leaves = (
        (-62, 250, 104),
        (58, 260, 108),
        (-26, 330, 112),
        (24, 360, 116),
        (-96, 180, 84),
        (94, 170, 80),
        (0, 230, 96),
    )
    top = _pot(canvas, look)
    for angle, length, _size in leaves:
        radians = math.radians(angle * 0.72)
        x, y = 400 + math.sin(radians) * length, top - math.cos(radians) * length * 0.72
        canvas.stroke(
            [(400 + angle * 0.2, top - 8), ((400 + x) / 2 + angle * 0.1, (top + y) / 2 - 20), (x, y)],
            7,
            dark(look.colour, 0.2),
        )
    for place, (angle, length, size) in enumerate(leaves):
        radians = math.radians(angle * 0.72)
        x, y = 400 + math.sin(radians) * length, top - math.cos(radians) * length * 0.72
        _split_leaf(
            canvas,
            x,
            y,
            size,
            angle,
            turned(look.colour, (place % 3 - 1) * 8, lightness=0.9 + (place % 3) * 0.1),
        )


def succulent(canvas: Canvas, look: Look) -> None:
    """A rosette of thick leaves."""
    top = _pot(canvas, look, 290, 170)
    for ring, (count, reach) in enumerate(((11, 150), (9, 118), (8, 88), (6, 58), (4, 32))):
        tone = mix(look.colour, light(look.colour, 0.5), ring / 6)
        for place in range(count):
            angle = place * 360 / count + ring * 23
            shape = leaf_path(400, top - 64, reach, angle, 0.66).scaled(1, 0.72, about=(400, top - 64))
            canvas.fill(shape.moved(2, 5), INK, 0.16, blur=4)
            left, high, right, low = shape.bounds()
            canvas.fill(shape, linear((left, high), (right, low), light(tone, 0.3), tone, dark(tone, 0.2)))
            tip = (
                leaf_path(400, top - 64, reach, angle, 0.66)
                .scaled(1, 0.72, about=(400, top - 64))
                .scaled(0.2, about=_tip(top - 64, reach, angle))
            )
            canvas.fill(tip, (226, 120, 140), 0.55, blur=2)


def _tip(y: float, reach: float, angle: float) -> tuple[float, float]:
    radians = math.radians(angle)
    return 400 + math.sin(radians) * reach * 0.96, y - math.cos(radians) * reach * 0.96 * 0.72


def cactus(canvas: Canvas, look: Look) -> None:
    """A cactus with two arms and a flower."""
    top = _pot(canvas, look, 250, 170)
    for arm in (
        box(262, top - 190, 62, 130, 31) + box(262, top - 116, 110, 58, 29),
        box(476, top - 250, 62, 150, 31) + box(420, top - 154, 118, 56, 28),
    ):
        canvas.ball(arm, dark(look.colour, 0.06))
    body = box(338, top - 320, 124, 336, 62)
    with canvas.inside(box(0, 0, 800, top - 2)):
        canvas.cylinder(body, look.colour)
        for x in (362, 388, 412, 438):
            canvas.stroke([(x, top - 290), (x, top)], 4, dark(look.colour, 0.35), 0.3)
            for step in range(9):
                y = top - 280 + step * 32
                canvas.stroke([(x - 6, y - 5), (x + 6, y + 5)], 2, CREAM, 0.8)
                canvas.stroke([(x + 6, y - 5), (x - 6, y + 5)], 2, CREAM, 0.8)
    for turn in range(0, 360, 60):
        canvas.ball(ellipse(400, top - 342, 13, 24).turned(turn, about=(400, top - 324)), (236, 118, 146))
    canvas.ball(ellipse(400, top - 324, 12), (250, 206, 110))


def snake_plant(canvas: Canvas, look: Look) -> None:
    """Tall sword-shaped leaves with light edges."""
    top = _pot(canvas, look, 240, 200)
    for place, (shift, length, angle) in enumerate(
        (
            (-66, 300, -17),
            (66, 290, 18),
            (-36, 370, -8),
            (42, 380, 7),
            (4, 430, 0),
            (-14, 250, -24),
            (22, 240, 26),
        )
    ):
        shape = leaf_path(400 + shift * 0.7, top, length, angle, 0.2)
        canvas.fill(shape.moved(5, 4), INK, 0.16, blur=6)
        canvas.fill(shape, (226, 214, 132))
        core = shape.scaled(
            0.72,
            0.96,
            about=(400 + shift * 0.7 + math.sin(math.radians(angle)) * length / 2, top - length / 2),
        )
        left, _high, right, _low = core.bounds()
        canvas.fill(
            core,
            linear((left, 0), (right, 0), light(look.colour, 0.12), look.colour, dark(look.colour, 0.25)),
        )
        with canvas.inside(core):
            for step in range(10):
                y = top - 24 - step * 42 + place * 9
                canvas.stroke(
                    line(f"M{left - 10} {y} Q{(left + right) / 2} {y - 16} {right + 10} {y + 4}"),
                    7,
                    light(look.colour, 0.4),
                    0.35,
                )


def trailing(canvas: Canvas, look: Look) -> None:
    """A hanging plant with trailing heart-shaped leaves."""
    for x in (330, 470):
        canvas.stroke([(400, 20), (x, 250)], 4, KRAFT)
    canvas.ball(ellipse(400, 26, 9), KRAFT)
    canvas.cylinder(
        path("M300 240 L500 240 C500 330 450 376 400 378 C350 376 300 330 300 240 Z"), look.accent
    )
    canvas.fill(ellipse(400, 240, 100, 20), EARTH)
    for strand, (x, reach, bottom) in enumerate(
        ((316, -84, 620), (350, -40, 700), (392, -6, 560), (436, 34, 690), (480, 78, 600), (410, 12, 450))
    ):
        points = line(f"M{x} 236 C{x + reach} 250 {x + reach} 400 {x + reach * 0.8} {bottom}")
        canvas.stroke(points, 4, dark(look.colour, 0.2))
        for step in range(2, len(points), 3):
            px, py = points[step]
            tone = turned(look.colour, (step % 3 - 1) * 10, lightness=0.92 + (strand % 3) * 0.09)
            leaf(canvas, px, py, 58, 120 if step % 2 else -120, tone, width=0.78)
    for angle in (-70, -40, -10, 20, 50, 80):
        leaf(canvas, 400 + angle * 0.7, 238, 84, angle, look.colour, width=0.7)


def bouquet(canvas: Canvas, look: Look) -> None:
    """Flowers: wrapped in paper, or in a glass vase."""
    wrapped = look.variant % 2 == 0
    shadow(canvas, 400, 655, 260)
    stems = (
        (-120, 250),
        (-62, 196),
        (0, 170),
        (64, 200),
        (122, 258),
        (-90, 320),
        (-26, 280),
        (36, 276),
        (94, 322),
        (0, 350),
    )
    for shift, y in stems:
        canvas.stroke([(400 + shift * 0.12, 600), (400 + shift, y)], 6, (104, 146, 92))
        leaf(canvas, 400 + shift * 0.7, y + 120, 90, shift * 0.5 - 40, (112, 156, 96))
        leaf(canvas, 400 + shift * 0.8, y + 90, 80, shift * 0.5 + 44, (124, 168, 106))
    if wrapped:
        canvas.fill(
            path("M220 380 L580 380 L446 650 L354 650 Z"),
            linear((220, 0), (580, 0), light(look.accent, 0.4), look.accent, dark(look.accent, 0.14)),
        )
    for place, (shift, y) in enumerate(stems):
        _bloom(
            canvas,
            400 + shift,
            y,
            62 if place % 3 else 72,
            mix(look.colour, light(look.colour, 0.6), (place * 3 % 5) / 5),
            look.variant,
        )
    if wrapped:
        fold = path("M206 400 C280 440 330 500 372 650 L354 660 L330 650 Z")
        for shape in (fold, fold.mirrored()):
            canvas.fill(shape, light(look.accent, 0.5))
        canvas.fill(
            path("M270 440 Q400 520 530 440 L452 652 Q400 664 348 652 Z"),
            linear((270, 0), (530, 0), light(look.accent, 0.5), look.accent, dark(look.accent, 0.16)),
        )
        canvas.stroke(line("M330 560 Q400 590 470 560"), 15, CREAM)
        for flip in (False, True):
            bow = path("M400 574 C360 530 320 548 330 580 C340 606 380 596 400 574 Z")
            canvas.ball(bow.mirrored() if flip else bow, CREAM)
        return
    vase = path(
        "M340 430 L460 430 C450 500 500 540 500 600 Q500 658 450 658 L350 658 Q300"
        " 658 300 600 C300 540 350 500 340 430 Z"
    )
    with canvas.inside(vase):
        canvas.fill(box(280, 520, 240, 150), (190, 220, 228), 0.55)
    glass(canvas, vase, (206, 226, 232), 0.3)


def _bloom(canvas: Canvas, x: float, y: float, size: float, colour: RGB, variant: int) -> None:
    canvas.fill(ellipse(x + 4, y + 10, size * 0.8), INK, 0.16, blur=8)
    if variant % 4 >= 2:  # a tulip
        for shift in (-0.42, 0.42, 0):
            petal = leaf_path(x + shift * size * 0.8, y + size * 0.7, size * 1.5, shift * 20, 0.72)
            left, high, right, low = petal.bounds()
            canvas.fill(
                petal, linear((left, high), (right, low), light(colour, 0.35), colour, dark(colour, 0.16))
            )
        return
    for ring, (count, reach) in enumerate(((9, 1.0), (8, 0.76), (6, 0.52), (4, 0.3))):
        tone = mix(dark(colour, 0.08), light(colour, 0.3), ring / 4)
        for place in range(count):
            angle = place * 360 / count + ring * 21
            px, py = (
                x + math.sin(math.radians(angle)) * size * reach * 0.55,
                y - math.cos(math.radians(angle)) * size * reach * 0.55,
            )
            canvas.ball(
                ellipse(px, py, size * reach * 0.42, size * reach * 0.5).turned(angle, about=(px, py)),
                tone,
                0.8,
            )
    canvas.ball(ellipse(x, y, size * 0.16), (246, 206, 116))


def watering_can(canvas: Canvas, look: Look) -> None:
    """A watering can."""
    shadow(canvas, 380, 655, 340)
    canvas.stroke(line("M500 560 L650 330"), 34, dark(look.colour, 0.06))
    canvas.stroke(line("M494 550 L642 328"), 8, light(look.colour, 0.5), 0.6)
    rose = path("M612 316 L690 366 L706 330 L640 286 Z")
    canvas.ball(rose, look.accent)
    canvas.edge(path("M280 400 C160 300 110 500 250 580"), 24, look.accent)
    canvas.edge(path("M290 380 C300 250 460 250 476 380"), 20, look.accent)
    body = path("M260 380 L500 380 L530 636 Q380 668 230 636 Z")
    canvas.cylinder(body, look.colour)
    canvas.fill(ellipse(380, 380, 120, 26), dark(look.colour, 0.4))
    canvas.stroke(line("M240 590 Q380 620 522 590"), 7, light(look.colour, 0.4), 0.6)
    gloss(canvas, body, 290, 420, 620, 16, 0.45)


def seed_kit(canvas: Canvas, look: Look) -> None:
    """Three little paper pots with sprouts on a board."""
    shadow(canvas, 400, 660, 540)
    canvas.flat(box(130, 628, 540, 36, 10), WOOD)
    for place, x in enumerate((240, 400, 560)):
        body = path(f"M{x - 66} 480 L{x + 66} 480 L{x + 48} 626 Q{x} 640 {x - 48} 626 Z")
        canvas.cylinder(body, (KRAFT, look.accent, KRAFT)[place])
        canvas.fill(ellipse(x, 480, 66, 17), EARTH)
        for angle, length in ((-46, 96), (44, 104), (-8, 130 + place * 30), (20, 84)):
            leaf(canvas, x, 478, length, angle, turned(look.colour, place * 14 - 12), width=0.56)
        canvas.fill(box(x - 3, 508, 6, 90, 3), WHITE, 0.12)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "monstera": monstera,
    "succulent": succulent,
    "cactus": cactus,
    "snake_plant": snake_plant,
    "trailing": trailing,
    "bouquet": bouquet,
    "watering_can": watering_can,
    "seed_kit": seed_kit,
}
