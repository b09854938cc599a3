"""Snacks: biscuits, chocolate, nuts, cakes."""

import math
from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import WHITE, dark, light, mix
from demo.drawing.goods.parts import CREAM, GOLD, INK, Look, emblem, label
from demo.drawing.paths import Path, box, ellipse, line, path, smooth
from demo.drawing.scene import shadow

BAKED = (214, 160, 98)
COCOA = (92, 56, 42)


def _cookie(canvas: Canvas, x: float, y: float, size: float, look: Look) -> None:
    canvas.ball(ellipse(x, y + 12, size, size * 0.36), dark(BAKED, 0.25))
    canvas.ball(ellipse(x, y, size, size * 0.36), BAKED)
    for place in range(11):
        dx, dy = ((place * 59) % 150 - 75) / 88 * size, ((place * 37) % 48 - 24) / 88 * size
        if (dx / size) ** 2 + (dy / (size * 0.36)) ** 2 < 0.8:
            canvas.ball(ellipse(x + dx, y + dy, size * 0.10, size * 0.065), look.accent)


def cookies(canvas: Canvas, look: Look) -> None:
    """A stack of biscuits, one leaning on it."""
    shadow(canvas, 390, 650, 330)
    for level in range(6):
        _cookie(canvas, 382 + (level * 29) % 18 - 9, 626 - level * 46, 148, look)
    shadow(canvas, 590, 660, 150)
    disc = ellipse(588, 560, 96, 102)
    canvas.fill(disc.moved(12, 3), dark(BAKED, 0.35))
    canvas.ball(disc, BAKED)
    for place in range(15):
        dx, dy = (place * 59) % 140 - 70, (place * 83) % 150 - 75
        if dx * dx + dy * dy < 80 * 80:
            canvas.ball(ellipse(588 + dx, 560 + dy, 11, 10), look.accent)
    for x, y in ((250, 690), (282, 702), (226, 708), (530, 700)):
        canvas.ball(ellipse(x, y, 9, 6), BAKED)


def cookie_tin(canvas: Canvas, look: Look) -> None:
    """A round biscuit tin, open, its lid behind."""
    lid = ellipse(500, 330, 196, 200)
    shadow(canvas, 480, 560, 320, strength=0.6)
    canvas.fill(lid.moved(12, 6), dark(look.colour, 0.4))
    canvas.ball(lid, look.colour)
    canvas.edge(ellipse(500, 330, 172, 176), 4, light(look.colour, 0.5), 0.8)
    emblem(canvas, look.emblem, 500, 328, 84, light(look.accent, 0.6))
    shadow(canvas, 360, 660, 420)
    body = path("M160 520 L560 520 L560 620 Q540 668 360 670 Q180 668 160 620 Z")
    canvas.cylinder(body, look.colour)
    canvas.stroke(line("M161 606 Q180 650 360 654 Q540 650 559 606"), 5, GOLD, 0.8)
    canvas.fill(ellipse(360, 520, 204, 62), light(look.colour, 0.3))
    hole = ellipse(360, 520, 192, 54)
    canvas.fill(hole, dark(look.colour, 0.55))
    with canvas.inside(hole + box(160, 380, 400, 142)):
        for x, y in ((240, 512), (330, 486), (420, 484), (494, 512), (286, 536), (376, 526), (456, 542)):
            _cookie(canvas, x, y, 64, look)


def chocolate(canvas: Canvas, look: Look) -> None:
    """A bar of chocolate half out of its paper."""
    shadow(canvas, 410, 655, 320)
    tone = COCOA if look.variant % 3 != 1 else (238, 220, 190)
    bar = box(290, 150, 230, 300, 10)
    canvas.flat(bar, tone)
    for row in range(3):
        for column in range(3):
            cell = box(298 + column * 73, 158 + row * 80, 68, 74, 8)
            canvas.flat(cell, light(tone, 0.07))
            canvas.flat(box(308 + column * 73, 168 + row * 80, 48, 54, 6), light(tone, 0.14))
    foil = path(
        "M276 384 L310 366 L338 386 L372 364 L404 386 L440 366 L470 386 L504 366 L534 386 L534 460 L276 460 Z"
    )
    canvas.fill(foil, linear((276, 0), (534, 0), (188, 160, 98), (250, 236, 190), (206, 172, 104)))
    sleeve = box(268, 420, 274, 236, 8)
    canvas.fill(sleeve.moved(0, -6), INK, 0.3, blur=8)
    canvas.fill(
        sleeve, linear((268, 0), (542, 0), light(look.colour, 0.2), look.colour, dark(look.colour, 0.24))
    )
    canvas.edge(box(284, 436, 242, 204, 4), 2, GOLD, 0.8)
    emblem(canvas, look.emblem, 405, 534, 60, light(look.accent, 0.65))
    for x, y, turn in ((600, 672, 12), (640, 700, -20)):
        piece = box(x - 34, y - 30, 68, 50, 7).turned(turn, about=(x, y))
        canvas.fill(piece.moved(4, 10), INK, 0.3, blur=8)
        canvas.flat(piece, tone)
        canvas.flat(piece.scaled(0.7, about=(x, y - 5)), light(tone, 0.14))


def nuts(canvas: Canvas, look: Look) -> None:
    """A bowl of nuts or dried fruit."""
    shadow(canvas, 400, 655, 400)
    for place in range(58):
        ring, turn = place % 4, place * 137.5
        x = 400 + (60 + ring * 44) * math.cos(math.radians(turn))
        y = 430 + (14 + ring * 11) * math.sin(math.radians(turn)) - (3 - ring) * 26
        tone = mix(look.colour, look.accent, (place % 5) / 5)
        shape = _nut(x, y, 36 if look.variant % 2 else 32, look.variant).turned(
            (place * 71) % 180, about=(x, y)
        )
        canvas.fill(shape.moved(2, 5), INK, 0.25, blur=4)
        canvas.ball(shape, tone)
    bowl = path(
        "M192 440 Q400 520 608 440 C606 560 540 640 470 652 Q400 664 330 652 C260 640 194 560 192 440 Z"
    )
    canvas.cylinder(bowl, CREAM, 0.9)
    canvas.stroke(line("M192 440 Q400 520 608 440"), 9, light(CREAM, 0.6))
    canvas.stroke(line("M214 520 Q400 596 586 520"), 8, look.accent, 0.75)
    for x, y in ((600, 684), (654, 700), (176, 690)):
        shape = _nut(x, y, 30, look.variant).turned(x % 90, about=(x, y))
        canvas.fill(shape.moved(4, 9), INK, 0.3, blur=6)
        canvas.ball(shape, look.colour)


def _nut(x: float, y: float, size: float, variant: int) -> Path:
    if variant % 4 == 0:  # almond
        return path(
            f"M{x - size} {y} C{x - size * 0.5} {y - size * 0.8} {x + size * 0.6} {y - size * 0.7}"
            f" {x + size * 1.1} {y} C{x + size * 0.6} {y + size * 0.7} {x - size * 0.5}"
            f" {y + size * 0.8} {x - size} {y} Z"
        )
    if variant % 4 == 1:  # cashew
        return smooth(
            (x - size, y + 6),
            (x - size * 0.6, y - size * 0.6),
            (x + size * 0.4, y - size * 0.7),
            (x + size, y + 4),
            (x + size * 0.6, y + size * 0.2),
            (x, y - size * 0.1),
            (x - size * 0.5, y + size * 0.4),
        )
    if variant % 4 == 2:  # walnut, berry
        return ellipse(x, y, size * 0.86, size * 0.78)
    return box(x - size, y - size * 0.4, size * 2, size * 0.8, 8)  # a slice


def cake_slice(canvas: Canvas, look: Look) -> None:
    """A slice of layered cake on a plate."""
    shadow(canvas, 400, 655, 520)
    canvas.ball(ellipse(400, 632, 280, 54), (240, 234, 228))
    canvas.fill(ellipse(400, 624, 236, 40), linear((160, 0), (640, 0), WHITE, (226, 218, 214)))
    side = path("M196 430 L590 400 L590 590 Q400 640 196 612 Z")
    layers = (light(look.colour, 0.2), CREAM, look.colour, CREAM, light(look.colour, 0.2), CREAM, look.colour)
    with canvas.inside(side):
        for level, tone in enumerate(layers):
            band = path(f"M180 {424 + level * 27} L610 {394 + level * 27} L610 {640} L180 {660} Z")
            canvas.fill(band, tone)
        canvas.fill(side, linear((196, 0), (590, 0), WHITE, dark(look.colour, 0.2)), 0.16)
    top = path("M196 430 L470 330 Q570 340 590 400 Z")
    canvas.fill(top, linear((200, 330), (590, 430), light(look.accent, 0.5), look.accent))
    drip = path(
        "M196 428 L590 398 L590 430 Q570 470 552 432 Q530 420 512 444 Q490 470 470"
        " 436 Q440 424 420 462 Q396 486 378 444 Q350 430 330 460 Q306 476 290 446"
        " Q262 436 246 458 Q220 470 196 446 Z"
    )
    canvas.fill(drip, linear((196, 0), (590, 0), light(look.accent, 0.3), look.accent))
    for x, y in ((420, 350), (474, 332), (500, 366)):
        canvas.ball(ellipse(x, y, 30, 28), (200, 52, 66))
    canvas.fill(path("M476 306 C500 270 540 276 548 290 C530 312 500 320 476 306 Z"), (104, 158, 92))


def mooncakes(canvas: Canvas, look: Look) -> None:
    """Pressed pastries, one of them cut."""
    for x, y, cut in ((300, 560, False), (530, 570, False), (410, 640, True)):
        shadow(canvas, x, y + 52, 210)
        body = path(
            f"M{x - 108} {y - 34} L{x + 108} {y - 34} L{x + 108} {y + 30} Q{x} {y + 84} {x - 108} {y + 30} Z"
        )
        canvas.cylinder(body, look.colour)
        for step in range(-4, 5):
            canvas.stroke([(x + step * 24, y - 30), (x + step * 24, y + 50)], 4, dark(look.colour, 0.4), 0.30)
        top = ellipse(x, y - 34, 110, 42)
        canvas.ball(top, light(look.colour, 0.12))
        canvas.edge(ellipse(x, y - 34, 88, 32), 4, dark(look.colour, 0.3), 0.45)
        for turn in range(0, 360, 45):
            petal = (
                ellipse(x + 44, y - 34, 34, 11)
                .turned(turn, about=(x, y - 34))
                .scaled(1, 0.5, about=(x, y - 34))
            )
            canvas.fill(petal, dark(look.colour, 0.24), 0.42)
        canvas.ball(ellipse(x, y - 34, 15, 8), look.accent)
        if cut:
            wedge = path(f"M{x} {y - 34} L{x + 116} {y - 10} L{x + 60} {y + 62} L{x} {y + 40} Z")
            canvas.flat(wedge, look.accent)
            canvas.ball(ellipse(x + 50, y + 12, 22, 24), (236, 152, 60))


def snack_bag(canvas: Canvas, look: Look) -> None:
    """A pillow bag with sealed, toothed ends."""
    shadow(canvas, 400, 655, 320)
    teeth_top = "".join(f" L{260 + step * 14} {150 if step % 2 else 140}" for step in range(21))
    body = path(
        f"M260 140{teeth_top} C566 300 566 480 540 654"
        + "".join(f" L{540 - step * 14} {646 if step % 2 else 656}" for step in range(21))
        + " C234 480 234 300 260 140 Z"
    )
    canvas.fill(
        body,
        linear(
            (238, 0),
            (562, 0),
            dark(look.colour, 0.1),
            light(look.colour, 0.3),
            look.colour,
            dark(look.colour, 0.26),
        ),
    )
    with canvas.inside(body):
        for y in (178, 618):
            canvas.stroke([(240, y), (560, y)], 3, dark(look.colour, 0.4), 0.35)
        canvas.stroke(line("M300 190 Q290 320 300 600"), 24, WHITE, 0.28, blur=12)
        canvas.fill(path("M230 460 Q400 400 570 480 L570 618 L230 618 Z"), look.accent, 0.92)
        for place in range(9):
            x, y = 280 + (place * 67) % 250, 520 + (place * 41) % 80
            canvas.ball(
                ellipse(x, y, 34, 22).turned(place * 40, about=(x, y)),
                mix(light(look.accent, 0.45), BAKED, 0.5),
            )
    label(canvas, ellipse(400, 330, 106, 106), CREAM, look)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "cookies": cookies,
    "cookie_tin": cookie_tin,
    "chocolate": chocolate,
    "nuts": nuts,
    "cake_slice": cake_slice,
    "mooncakes": mooncakes,
    "snack_bag": snack_bag,
}
