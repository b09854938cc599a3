"""Fruit, in small heaps, whole and cut."""

import math
from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear, radial
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.goods.parts import INK, WOOD, Look, leaf
from demo.drawing.paths import Path, box, ellipse, line, path, polygon, smooth
from demo.drawing.scene import shadow

STALK: RGB = (112, 84, 56)
LEAF: RGB = (98, 152, 84)


def _stalk(canvas: Canvas, x: float, y: float) -> None:
    canvas.stroke(line(f"M{x} {y + 16} Q{x + 2} {y - 8} {x + 14} {y - 26}"), 8, STALK)


def orange(canvas: Canvas, look: Look) -> None:
    """Oranges, grapefruits, lemons: two whole ones and a half."""
    for x, y, size in ((300, 510, 132), (500, 490, 146)):
        shadow(canvas, x, y + size - 8, size * 1.6)
        canvas.ball(ellipse(x, y, size, size * 0.97), look.colour)
        for place in range(60):
            turn, reach = place * 137.5, size * 0.9 * math.sqrt(place / 60)
            px, py = x + reach * math.cos(turn), y + reach * math.sin(turn)
            canvas.fill(ellipse(px, py, 2.6), dark(look.colour, 0.3), 0.22)
        canvas.fill(ellipse(x + 10, y - size * 0.84, 12, 6), dark(LEAF, 0.2))
    leaf(canvas, 512, 366, 120, 58, LEAF)
    leaf(canvas, 508, 368, 90, -40, LEAF)
    _citrus_half(canvas, 400, 600, 112, look)


def _citrus_half(canvas: Canvas, x: float, y: float, size: float, look: Look) -> None:
    shadow(canvas, x, y + size * 0.84, size * 1.7)
    canvas.fill(ellipse(x + 6, y + 8, size, size * 0.95), dark(look.colour, 0.25))
    canvas.ball(ellipse(x, y, size, size * 0.95), look.colour)
    canvas.fill(ellipse(x, y, size * 0.92, size * 0.87), light(look.colour, 0.84))
    for turn in range(0, 360, 36):
        wedge = smooth(
            (x, y - size * 0.12),
            (x - size * 0.21, y - size * 0.64),
            (x - size * 0.12, y - size * 0.79),
            (x + size * 0.12, y - size * 0.79),
            (x + size * 0.21, y - size * 0.64),
        )
        canvas.fill(
            wedge.turned(turn, about=(x, y)).scaled(1, 0.95, about=(x, y)),
            radial((x, y), size, light(look.accent, 0.42), look.accent),
        )


def apple(canvas: Canvas, look: Look) -> None:
    """Apples, pears or peaches with a leaf."""
    for x, y, size in ((280, 530, 126), (540, 536, 122), (408, 500, 150)):
        shadow(canvas, x, y + size * 0.92, size * 1.6)
        canvas.ball(_pome(x, y, size, look.variant), look.colour)
        with canvas.inside(_pome(x, y, size, look.variant)):
            canvas.glow(x + size * 0.5, y + size * 0.3, size * 0.9, look.accent, 0.75)
            canvas.glow(x - size * 0.35, y - size * 0.4, size * 0.5, WHITE, 0.5)
        if look.variant % 3 == 2:
            canvas.stroke(
                line(
                    f"M{x} {y - size * 0.8} Q{x + size * 0.42} {y - size * 0.1} {x + size * 0.1}"
                    f" {y + size * 0.9}"
                ),
                5,
                dark(look.accent, 0.25),
                0.35,
                blur=2,
            )
        _stalk(canvas, x, y - size * (1.18 if look.variant % 3 == 1 else 0.84))
    leaf(canvas, 418, 372 if look.variant % 3 != 1 else 322, 96, 62, LEAF)


def _pome(x: float, y: float, s: float, variant: int) -> Path:
    if variant % 3 == 1:  # a pear
        return smooth(
            (x, y - s * 1.22),
            (x - s * 0.42, y - s * 0.9),
            (x - s * 0.55, y - s * 0.3),
            (x - s * 0.92, y + s * 0.35),
            (x - s * 0.45, y + s * 0.95),
            (x + s * 0.45, y + s * 0.95),
            (x + s * 0.92, y + s * 0.35),
            (x + s * 0.55, y - s * 0.3),
            (x + s * 0.42, y - s * 0.9),
        )
    return smooth(
        (x, y - s * 0.76),
        (x - s * 0.5, y - s * 0.92),
        (x - s * 0.98, y - s * 0.4),
        (x - s * 0.9, y + s * 0.4),
        (x - s * 0.45, y + s * 0.92),
        (x, y + s * 0.84),
        (x + s * 0.45, y + s * 0.92),
        (x + s * 0.9, y + s * 0.4),
        (x + s * 0.98, y - s * 0.4),
        (x + s * 0.5, y - s * 0.92),
    )


def berries(canvas: Canvas, look: Look) -> None:
    """Berries, cherries or lychees heaped in a punnet."""
    shadow(canvas, 400, 655, 440)
    for row, (count, y, reach) in enumerate(((4, 372, 120), (6, 420, 168), (7, 470, 196))):
        for place in range(count):
            x = 400 - reach + 2 * reach * place / (count - 1)
            _berry(canvas, x, y + (place * 31 + row * 17) % 18, 46, look, place + row)
    punnet = path("M182 480 L618 480 L576 640 Q400 668 224 640 Z")
    canvas.cylinder(punnet, (232, 220, 200), 0.8)
    for level in (520, 560, 600):
        inset = (level - 480) * 0.26
        canvas.stroke(
            line(f"M{184 + inset} {level} Q400 {level + 24} {616 - inset} {level}"),
            4,
            dark((232, 220, 200), 0.3),
            0.4,
        )
    canvas.stroke(line("M180 482 Q400 508 620 482"), 13, light((232, 220, 200), 0.4))
    for x, y in ((612, 664), (676, 690), (166, 686)):
        shadow(canvas, x, y + 34, 66)
        _berry(canvas, x, y, 42, look, x)


def _berry(canvas: Canvas, x: float, y: float, size: float, look: Look, place: int) -> None:
    tone = mix(look.colour, look.accent, (place % 4) / 7)
    if look.variant % 4 == 0:  # strawberry
        shape = smooth(
            (x - size * 0.8, y - size * 0.6),
            (x, y - size * 0.8),
            (x + size * 0.8, y - size * 0.6),
            (x + size * 0.6, y + size * 0.4),
            (x, y + size),
            (x - size * 0.6, y + size * 0.4),
        )
        canvas.ball(shape, tone)
        for seed in range(9):
            canvas.fill(
                ellipse(
                    x + ((seed * 29) % 60 - 30) / 46 * size, y + ((seed * 43) % 66 - 30) / 50 * size, 2.4, 3.6
                ),
                (250, 220, 130),
            )
        for turn in (-60, -30, 0, 30, 60):
            leaf(canvas, x, y - size * 0.56, size * 0.6, turn, LEAF, width=0.5)
    elif look.variant % 4 == 1:  # blueberry
        canvas.ball(ellipse(x, y, size * 0.84), tone)
        canvas.fill(ellipse(x, y - size * 0.28, size * 0.26, size * 0.16), dark(tone, 0.5))
        canvas.glow(x - 14, y - 14, size, WHITE, 0.28)
    elif look.variant % 4 == 2:  # cherry
        canvas.stroke(
            line(f"M{x} {y - size * 0.6} Q{x + 10} {y - size * 1.6} {x + 34} {y - size * 2.1}"), 5, LEAF
        )
        canvas.ball(_pome(x, y, size * 0.8, 0), tone)
        canvas.fill(ellipse(x - size * 0.3, y - size * 0.3, size * 0.16, size * 0.1), WHITE, 0.65)
    else:  # lychee
        canvas.ball(ellipse(x, y, size * 0.92), tone)
        for bump in range(26):
            reach, spin = size * 0.8 * math.sqrt(bump / 26), bump * 137.5
            canvas.fill(
                ellipse(x + reach * math.cos(spin), y + reach * math.sin(spin), 4.6), dark(tone, 0.34), 0.4
            )


def grapes(canvas: Canvas, look: Look) -> None:
    """A bunch of grapes."""
    shadow(canvas, 400, 650, 380)
    canvas.stroke(line("M400 300 Q396 220 430 160"), 13, STALK)
    leaf(canvas, 410, 258, 170, -66, LEAF, width=0.8)
    leaf(canvas, 420, 250, 130, 62, LEAF, width=0.8)
    rows = ((5, 300), (6, 350), (5, 402), (5, 452), (4, 502), (3, 552), (2, 600))
    for row, (count, y) in enumerate(rows):
        for place in range(count):
            x = 400 + (place - (count - 1) / 2) * 66 + (row * 23) % 11
            tone = mix(look.colour, look.accent, ((place * 3 + row) % 5) / 6)
            canvas.fill(ellipse(x + 4, y + 8, 40, 43), INK, 0.2, blur=6)
            canvas.ball(ellipse(x, y, 40, 43), tone)
            canvas.fill(ellipse(x - 14, y - 18, 9, 6), WHITE, 0.6)


def mango(canvas: Canvas, look: Look) -> None:
    """Mangoes or avocados: one whole, one cut."""
    shadow(canvas, 320, 640, 330)
    whole = smooth((190, 560), (220, 400), (330, 330), (450, 380), (480, 500), (420, 620), (300, 650))
    canvas.ball(whole, look.colour)
    with canvas.inside(whole):
        canvas.glow(420, 400, 190, look.accent, 0.6)
        canvas.glow(280, 420, 130, WHITE, 0.4)
    _stalk(canvas, 352, 326)
    leaf(canvas, 364, 316, 120, 66, LEAF)
    shadow(canvas, 560, 672, 240)
    half = smooth((440, 600), (470, 500), (560, 460), (660, 510), (690, 600), (640, 670), (520, 680))
    canvas.fill(half.moved(6, 8), dark(look.colour, 0.35))
    canvas.ball(half, look.colour)
    flesh = half.scaled(0.9, 0.88, about=(565, 574))
    pulp = light(look.accent, 0.25)
    canvas.fill(flesh, radial((560, 570), 150, light(pulp, 0.45), pulp))
    if look.variant % 2:  # avocado
        canvas.ball(ellipse(572, 586, 46, 44), (124, 82, 52))
    else:
        with canvas.inside(flesh):
            for step in range(-6, 7):
                canvas.stroke(
                    [(565 + step * 34 - 90, 440), (565 + step * 34 + 90, 710)],
                    4,
                    dark(look.accent, 0.3),
                    0.35,
                )
                canvas.stroke(
                    [(565 + step * 34 + 90, 440), (565 + step * 34 - 90, 710)],
                    4,
                    dark(look.accent, 0.3),
                    0.35,
                )


def kiwi(canvas: Canvas, look: Look) -> None:
    """Kiwis, dragon fruit or passion fruit: whole ones and a half with seeds."""
    for x, y in ((270, 540), (540, 520)):
        shadow(canvas, x, y + 104, 200)
        canvas.ball(ellipse(x, y, 118, 108).turned(-16, about=(x, y)), look.colour)
        if look.variant % 2:
            for place in range(7):
                leaf(
                    canvas,
                    x - 96 + place * 32,
                    y + 40 - (place * 41) % 90,
                    62,
                    20 + place * 8,
                    mix(look.colour, LEAF, 0.6),
                )
    shadow(canvas, 410, 680, 230)
    canvas.fill(ellipse(416, 592, 124, 118), dark(look.colour, 0.3))
    canvas.ball(ellipse(410, 584, 124, 118), look.colour)
    canvas.fill(
        ellipse(410, 584, 112, 106),
        radial(
            (410, 584),
            116,
            light(look.accent, 0.75),
            light(look.accent, 0.35),
            look.accent,
            dark(look.accent, 0.14),
        ),
    )
    for place in range(44):
        turn = place * 360 / 22
        reach = 46.0 + (place * 17) % 30
        px, py = 410 + reach * math.cos(math.radians(turn)), 584 + reach * 0.94 * math.sin(math.radians(turn))
        canvas.fill(ellipse(px, py, 6, 3).turned(turn, about=(px, py)), (46, 36, 36))
    canvas.fill(ellipse(410, 584, 26, 22), light(look.accent, 0.85))


def melon(canvas: Canvas, look: Look) -> None:
    """A melon with a slice before it."""
    shadow(canvas, 360, 640, 400)
    canvas.ball(ellipse(360, 450, 204, 192), look.colour)
    with canvas.inside(ellipse(360, 450, 204, 192)):
        for step in range(-4, 5):
            bend = step * 52
            canvas.stroke(
                line(f"M360 258 Q{360 + bend * 1.9} 450 360 642"), 13, dark(look.colour, 0.45), 0.5, blur=2
            )
        canvas.glow(290, 360, 150, WHITE, 0.4)
    _stalk(canvas, 360, 262)
    shadow(canvas, 560, 682, 270)
    slice_ = path("M420 640 L570 430 L700 640 Q560 716 420 640 Z")
    canvas.fill(slice_, look.colour)
    canvas.fill(path("M434 634 L570 440 L688 634 Q560 696 434 634 Z"), light(look.colour, 0.78))
    flesh = path("M446 624 L570 448 L676 624 Q560 678 446 624 Z")
    canvas.fill(flesh, linear((570, 440), (560, 680), light(look.accent, 0.12), look.accent))
    for x, y in ((540, 560), (590, 548), (566, 606), (510, 612), (624, 606), (570, 510)):
        canvas.fill(ellipse(x, y, 6, 10), (52, 34, 38))


def crate(canvas: Canvas, look: Look) -> None:
    """A wooden crate full of mixed fruit."""
    shadow(canvas, 400, 655, 520)
    tones = (look.colour, look.accent, (232, 170, 60), (150, 182, 84), (206, 78, 74))
    for row, (count, y) in enumerate(((5, 392), (6, 446))):
        for place in range(count):
            x = 400 + (place - (count - 1) / 2) * 84
            size = 58
            canvas.ball(_pome(x, y, size, 0), tones[(place * 2 + row) % 5])
            _stalk(canvas, x, y - size * 0.84)
    leaf(canvas, 330, 360, 90, -50, LEAF)
    leaf(canvas, 500, 362, 90, 40, LEAF)
    for level in range(3):
        board = box(154, 476 + level * 60, 492, 52, 5)
        canvas.fill(board, linear((154, 0), (646, 0), light(WOOD, 0.25), WOOD, dark(WOOD, 0.2)))
        for grain in range(3):
            y = 490 + level * 60 + grain * 13
            canvas.stroke(line(f"M170 {y} Q400 {y + 8} 630 {y - 2}"), 2, dark(WOOD, 0.4), 0.25)
    for x in (160, 612):
        canvas.flat(box(x, 470, 28, 186, 4), dark(WOOD, 0.12))
        for y in (500, 560, 620):
            canvas.fill(ellipse(x + 14, y, 4), dark(WOOD, 0.5))
    canvas.fill(polygon((154, 476), (646, 476), (646, 486), (154, 486)), WHITE, 0.25)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "orange": orange,
    "apple": apple,
    "berries": berries,
    "grapes": grapes,
    "mango": mango,
    "kiwi": kiwi,
    "melon": melon,
    "crate": crate,
}
