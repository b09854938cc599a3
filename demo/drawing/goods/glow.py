"""Candles, diffusers, incense and lamps."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, Gradient, fading, linear, radial
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.goods.parts import CREAM, GOLD, INK, WOOD, Look, glass, gloss, label
from demo.drawing.paths import box, ellipse, line, path
from demo.drawing.scene import shadow

WARM: RGB = (255, 222, 150)


def _flame(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.glow(x, y - size * 0.5, size * 4.2, WARM, 0.55)
    canvas.stroke([(x, y + 4), (x, y - size * 0.2)], 4, INK)
    shape = path(
        f"M{x} {y - size * 1.5} C{x + size * 0.5} {y - size * 0.8} {x + size * 0.42}"
        f" {y} {x} {y} C{x - size * 0.42} {y} {x - size * 0.5} {y - size * 0.8} {x}"
        f" {y - size * 1.5} Z"
    )
    canvas.fill(
        shape, radial((x, y - size * 0.4), size * 1.1, (255, 255, 236), (255, 220, 120), (246, 150, 60))
    )


def candle(canvas: Canvas, look: Look) -> None:
    """A scented candle in a glass, with a label."""
    shadow(canvas, 400, 655, 290)
    body = box(262, 330, 276, 326, 24)
    with canvas.inside(body):
        canvas.fill(
            box(262, 400, 276, 260),
            linear(
                (262, 0), (538, 0), dark(look.colour, 0.08), light(look.colour, 0.28), dark(look.colour, 0.2)
            ),
        )
        canvas.fill(ellipse(400, 402, 138, 24), light(look.colour, 0.4))
        canvas.glow(400, 400, 130, WARM, 0.8)
    glass(canvas, body, look.colour, 0.18)
    canvas.edge(ellipse(400, 332, 138, 24), 4, WHITE, 0.8)
    _flame(canvas, 400, 398, 46)
    paper = box(312, 466, 176, 140, 10)
    label(canvas, paper, CREAM, look)
    if look.variant % 2:
        shadow(canvas, 606, 682, 170)
        lid = box(522, 634, 170, 42, 10)
        canvas.cylinder(lid, WOOD)
        canvas.fill(ellipse(607, 636, 85, 15), light(WOOD, 0.3))


def pillar(canvas: Canvas, look: Look) -> None:
    """Three candles without a glass, of different heights."""
    for x, height, tone in (
        (280, 220, look.accent),
        (520, 170, light(look.colour, 0.4)),
        (400, 330, look.colour),
    ):
        shadow(canvas, x, 655, 150)
        body = box(x - 66, 655 - height, 132, height, 10) + ellipse(x, 650, 66, 14)
        canvas.cylinder(body, tone)
        top = ellipse(x, 655 - height + 3, 66, 17)
        canvas.fill(top, light(tone, 0.4))
        canvas.glow(x, 655 - height, 70, WARM, 0.6)
        if look.variant % 2:
            for step in range(-2, 3):
                canvas.stroke([(x + step * 26, 675 - height), (x + step * 26, 648)], 6, dark(tone, 0.3), 0.22)
        _flame(canvas, x, 655 - height, 34)


def diffuser(canvas: Canvas, look: Look) -> None:
    """A reed diffuser."""
    shadow(canvas, 400, 655, 230)
    for turn in (-24, -13, -3, 8, 19):
        stick = line("M400 470 L400 110")
        tilted = [(400 + (y - 470) * -turn / 60, y) for _x, y in stick]
        canvas.stroke(tilted, 8, WOOD)
        canvas.stroke([(x - 2, y) for x, y in tilted], 2, light(WOOD, 0.5), 0.7)
    square = look.variant % 2
    body = (
        box(290, 410, 220, 248, 34)
        if square
        else path(
            "M366 390 L434 390 C440 430 520 460 520 560 Q520 658 450 658 L350 658 Q280"
            " 658 280 560 C280 460 360 430 366 390 Z"
        )
    )
    with canvas.inside(body):
        canvas.fill(
            box(260, 500, 280, 180),
            linear((280, 0), (520, 0), light(look.colour, 0.2), look.colour, dark(look.colour, 0.2)),
        )
    glass(canvas, body, look.colour, 0.2)
    canvas.cylinder(box(352, 358, 96, 56, 10), GOLD if square else WOOD)
    label(canvas, box(336, 500, 128, 112, 10), CREAM, look)
    gloss(canvas, body, 314, 460, 630, 12, 0.5)


def incense(canvas: Canvas, look: Look) -> None:
    """An incense burner with a winding thread of smoke."""
    shadow(canvas, 400, 655, 360)
    canvas.stroke(line("M400 440 C340 380 460 330 400 270 C350 210 440 180 410 100"), 13, WHITE, 0.6, blur=6)
    canvas.stroke(line("M400 440 C350 380 450 330 400 270 C360 210 430 180 404 100"), 4, WHITE, 0.6, blur=2)
    body = path("M250 500 L550 500 C556 570 520 630 480 640 L320 640 C280 630 244 570 250 500 Z")
    canvas.cylinder(body, look.colour)
    for x in (300, 500):
        canvas.cylinder(box(x - 16, 630, 32, 28, 6), dark(look.colour, 0.15))
    lid = path("M262 500 C270 446 330 424 400 424 C470 424 530 446 538 500 Q400 526 262 500 Z")
    canvas.ball(lid, light(look.colour, 0.06))
    for x in (340, 400, 460):
        canvas.fill(ellipse(x, 468, 16, 9), dark(look.colour, 0.6))
    canvas.ball(ellipse(400, 418, 20, 17), look.accent)
    canvas.stroke(line("M252 520 Q400 548 548 520"), 5, look.accent, 0.8)
    for place in range(3):
        canvas.stroke(
            [(560 + place * 8, 690 - place * 8), (706 + place * 4, 664 - place * 10)],
            6,
            mix(WOOD, look.accent, 0.4),
        )


def _light_cone(canvas: Canvas, x: float, y: float) -> None:
    beam = path(f"M{x - 120} {y} L{x + 120} {y} L{x + 250} 655 L{x - 250} 655 Z")
    canvas.fill(beam, fading((x, y), (x, 655), WARM, 0.55, 0.05), blur=12)


def table_lamp(canvas: Canvas, look: Look) -> None:
    """A table lamp with a cloth shade."""
    shadow(canvas, 400, 655, 260)
    canvas.glow(400, 330, 380, WARM, 0.5)
    _light_cone(canvas, 400, 388)
    if look.variant % 2:
        canvas.ball(ellipse(400, 560, 86, 90), look.accent)
        canvas.cylinder(box(384, 380, 32, 110, 4), GOLD)
    else:
        canvas.cylinder(box(388, 380, 24, 262, 6), GOLD)
    canvas.cylinder(path("M310 640 Q400 600 490 640 Q494 662 400 664 Q306 662 310 640 Z"), look.accent)
    shade = path("M318 150 L482 150 L560 384 Q400 412 240 384 Z")
    canvas.fill(
        shade,
        linear(
            (240, 0), (560, 0), dark(look.colour, 0.08), light(look.colour, 0.45), dark(look.colour, 0.12)
        ),
    )
    with canvas.inside(shade):
        canvas.glow(400, 330, 190, (255, 244, 206), 0.85)
    canvas.stroke(line("M240 384 Q400 412 560 384"), 6, light(look.colour, 0.5))
    canvas.stroke(line("M318 150 Q400 162 482 150"), 5, light(look.colour, 0.4))


def mushroom_lamp(canvas: Canvas, look: Look) -> None:
    """A lamp shaped like a mushroom, glowing."""
    shadow(canvas, 400, 655, 270)
    canvas.glow(400, 380, 400, WARM, 0.5)
    stem = path("M350 400 L450 400 C450 520 470 600 500 640 Q400 672 300 640 C330 600 350 520 350 400 Z")
    canvas.cylinder(stem, light(look.accent, 0.55))
    cap = path("M200 420 C200 260 300 190 400 190 C500 190 600 260 600 420 Q400 470 200 420 Z")
    canvas.ball(cap, look.colour)
    with canvas.inside(cap):
        canvas.fill(path("M200 380 Q400 440 600 380 L600 480 L200 480 Z"), (255, 240, 200), 0.55, blur=14)
        if look.variant % 2:
            for x, y, size in ((320, 290, 30), (440, 250, 24), (510, 340, 28), (400, 350, 20)):
                canvas.fill(ellipse(x, y, size, size * 0.86), WHITE, 0.75)
    canvas.fill(ellipse(400, 420, 196, 26), (255, 246, 218), 0.9)
    canvas.fill(ellipse(400, 412, 60, 12), WHITE, 0.9, blur=4)


def night_light(canvas: Canvas, look: Look) -> None:
    """A glowing moon on a wooden stand."""
    shadow(canvas, 400, 655, 260)
    canvas.glow(400, 380, 420, WARM, 0.6)
    ball = ellipse(400, 370, 190)
    canvas.fill(
        ball,
        Gradient(
            (340, 310),
            (340, 310),
            ((0, (255, 252, 232), 1), (0.6, light(look.colour, 0.45), 1), (1, look.colour, 1)),
            330,
        ),
    )
    with canvas.inside(ball):
        for x, y, size in (
            (320, 300, 34),
            (450, 260, 24),
            (480, 420, 44),
            (350, 460, 30),
            (410, 350, 18),
            (280, 400, 20),
            (540, 330, 22),
        ):
            canvas.fill(ellipse(x, y, size, size * 0.9), dark(look.colour, 0.3), 0.18, blur=3)
            canvas.fill(ellipse(x - 3, y - 3, size * 0.8, size * 0.7), WHITE, 0.20, blur=3)
    canvas.cylinder(path("M310 560 Q400 596 490 560 L510 640 Q400 668 290 640 Z"), WOOD)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "candle": candle,
    "pillar": pillar,
    "diffuser": diffuser,
    "incense": incense,
    "table_lamp": table_lamp,
    "mushroom_lamp": mushroom_lamp,
    "night_light": night_light,
}
