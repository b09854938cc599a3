"""Soap, bottles, tubes, creams, brushes, towels."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.goods.parts import CREAM, GOLD, INK, WOOD, Look, emblem, glass, gloss, label, leaf
from demo.drawing.paths import box, ellipse, line, path
from demo.drawing.scene import shadow


def soap(canvas: Canvas, look: Look) -> None:
    """Two bars of soap and bubbles."""
    for x, y, tone in ((420, 560, look.accent), (380, 470, look.colour)):
        if tone == look.accent:
            shadow(canvas, x, 650, 380)
        side = box(x - 190, y - 6, 380, 98, 44)
        canvas.flat(side.moved(0, 4), dark(tone, 0.16))
        top = box(x - 190, y - 60, 380, 116, 52)
        canvas.fill(
            top, linear((x - 190, y - 60), (x + 190, y + 60), light(tone, 0.5), light(tone, 0.15), tone)
        )
        with canvas.inside(top):
            for step in range(3):
                canvas.stroke(
                    line(
                        f"M{x - 200} {y - 40 + step * 34} Q{x - 60} {y - 76 + step * 40} {x + 30}"
                        f" {y - 20 + step * 28} Q{x + 120} {y + 20 + step * 26}"
                        f" {x + 210} {y - 20 + step * 30}"
                    ),
                    9,
                    WHITE,
                    0.25,
                    blur=3,
                )
        canvas.edge(box(x - 160, y - 42, 320, 78, 38), 3, WHITE, 0.4)
        emblem(canvas, look.emblem, x, y - 6, 26, dark(tone, 0.3))
    for x, y, size in (
        (600, 330, 44),
        (650, 420, 24),
        (210, 380, 30),
        (540, 270, 20),
        (170, 300, 18),
        (620, 640, 26),
    ):
        ball = ellipse(x, y, size)
        canvas.fill(ball, WHITE, 0.22)
        canvas.edge(ball, 2.4, WHITE, 0.85)
        canvas.fill(ellipse(x - size * 0.36, y - size * 0.4, size * 0.2, size * 0.13), WHITE, 0.9)


def pump(canvas: Canvas, look: Look) -> None:
    """A pump bottle: shampoo, hand wash, lotion."""
    shadow(canvas, 400, 655, 240)
    canvas.stroke(line("M400 176 L400 250"), 20, light(look.accent, 0.15))
    canvas.stroke(line("M400 162 L300 162 Q286 164 284 186"), 25, look.accent)
    canvas.stroke(line("M396 154 L306 154"), 5, light(look.accent, 0.6), 0.7)
    canvas.cylinder(box(350, 136, 108, 46, 16), look.accent)
    canvas.cylinder(box(354, 226, 92, 62, 10), look.accent)
    body = (
        box(284, 280, 232, 378, 44)
        if look.variant % 2 == 0
        else path(
            "M340 284 L460 284 C520 300 530 340 526 400 L512 620 Q510 658 470 658 L330"
            " 658 Q290 658 288 620 L274 400 C270 340 280 300 340 284 Z"
        )
    )
    canvas.cylinder(body, look.colour)
    label(canvas, box(326, 372, 148, 210, 14), light(look.accent, 0.88), look)
    gloss(canvas, body, 314, 330, 630, 16, 0.5)


def tube(canvas: Canvas, look: Look) -> None:
    """A tube standing on its cap."""
    shadow(canvas, 400, 655, 190)
    body = path("M280 140 L520 140 C516 320 496 480 482 560 L318 560 C304 480 284 320 280 140 Z")
    canvas.fill(
        body,
        linear(
            (280, 0),
            (520, 0),
            dark(look.colour, 0.12),
            light(look.colour, 0.4),
            look.colour,
            dark(look.colour, 0.24),
        ),
    )
    canvas.fill(
        box(276, 126, 248, 40, 4),
        linear((276, 0), (524, 0), dark(look.colour, 0.05), light(look.colour, 0.5), dark(look.colour, 0.15)),
    )
    for row in range(4):
        canvas.stroke([(280, 133 + row * 8), (520, 133 + row * 8)], 1.5, dark(look.colour, 0.35), 0.4)
    canvas.cylinder(path("M314 556 L486 556 L478 650 Q400 662 322 650 Z"), look.accent)
    emblem(canvas, look.emblem, 396, 310, 56, dark(look.accent, 0.05))
    for y, half in ((408, 66), (430, 46)):
        canvas.stroke([(398 - half, y), (398 + half, y)], 5, dark(look.accent, 0.05), 0.6)
    gloss(canvas, body, 334, 190, 530, 18, 0.5)


def cream(canvas: Canvas, look: Look) -> None:
    """A jar of cream, its lid beside it."""
    shadow(canvas, 360, 655, 350)
    body = box(190, 450, 340, 206, 40)
    canvas.cylinder(body, look.colour)
    canvas.fill(ellipse(360, 456, 164, 44), light(look.colour, 0.4))
    hole = ellipse(360, 454, 146, 36)
    canvas.fill(hole, dark(look.colour, 0.2))
    swirl = path(
        "M226 456 C226 400 320 390 350 366 C366 340 380 352 378 380 C440 390 494"
        " 420 494 456 Q360 504 226 456 Z"
    )
    canvas.ball(swirl, (252, 246, 238))
    canvas.stroke(line("M250 440 Q330 410 372 384"), 6, (226, 214, 204), 0.8)
    canvas.stroke(line("M300 466 Q400 440 454 430"), 6, (226, 214, 204), 0.7)
    emblem(canvas, look.emblem, 356, 566, 42, dark(look.accent, 0.1))
    shadow(canvas, 590, 668, 220)
    lid = ellipse(588, 566, 112, 116)
    canvas.fill(lid.moved(16, 4), dark(look.accent, 0.4))
    canvas.ball(lid, look.accent)
    canvas.edge(ellipse(588, 566, 90, 94), 3, light(look.accent, 0.6), 0.7)
    emblem(canvas, look.emblem, 588, 566, 40, light(look.accent, 0.7))


def dropper(canvas: Canvas, look: Look) -> None:
    """A dropper bottle of essence or oil."""
    shadow(canvas, 400, 655, 220)
    canvas.cylinder(path("M370 200 Q370 120 400 116 Q430 120 430 200 Z"), look.accent)
    canvas.cylinder(box(348, 196, 104, 92, 10), GOLD if look.variant % 2 else dark(look.accent, 0.1))
    body = path(
        "M352 288 L448 288 Q452 316 480 322 Q512 332 512 372 L512 616 Q512 658 470"
        " 658 L330 658 Q288 658 288 616 L288 372 Q288 332 320 322 Q348 316 352 288"
        " Z"
    )
    with canvas.inside(body):
        canvas.fill(
            body,
            linear(
                (288, 0), (512, 0), dark(look.colour, 0.16), light(look.colour, 0.28), dark(look.colour, 0.22)
            ),
        )
        canvas.stroke([(400, 290), (400, 560)], 16, WHITE, 0.25)
    glass(canvas, body, look.colour, 0.12)
    label(canvas, box(318, 400, 164, 190, 10), CREAM, look)
    leaf(canvas, 560, 690, 120, 70, (112, 156, 96))
    leaf(canvas, 556, 688, 96, 28, (128, 172, 108))


def toothbrush(canvas: Canvas, look: Look) -> None:
    """Toothbrushes in a cup."""
    shadow(canvas, 400, 655, 260)
    for turn, tone in ((-16, look.colour), (12, look.accent)):
        about = (400, 640)
        canvas.flat(box(386, 150, 28, 480, 14).turned(turn, about=about), WOOD if look.variant % 2 else tone)
        for row in range(5):
            tuft = box(414, 168 + row * 21, 38, 17, 5)
            canvas.flat(tuft.turned(turn, about=about), light(tone, 0.55) if row % 2 else tone)
        canvas.stroke(box(392, 300, 3, 260).turned(turn, about=about).polygons[0], 2, WHITE, 0.35)
    body = path("M292 420 L508 420 L492 636 Q400 666 308 636 Z")
    canvas.cylinder(body, CREAM)
    canvas.fill(path("M298 500 Q400 524 502 500 L500 530 Q400 554 300 530 Z"), look.colour, 0.8)
    canvas.stroke(line("M292 420 Q400 446 508 420"), 8, light(CREAM, 0.6))
    gloss(canvas, body, 326, 450, 620, 16, 0.5)


def towels(canvas: Canvas, look: Look) -> None:
    """A stack of folded towels."""
    shadow(canvas, 400, 655, 470)
    tones: tuple[RGB, ...] = (look.colour, CREAM, look.accent, light(look.colour, 0.4))
    for level, tone in enumerate(tones):
        y = 580 - level * 84
        body = box(178 + level * 6, y, 444 - level * 12, 82, 38)
        canvas.fill(body.moved(0, 8), INK, 0.18, blur=8)
        canvas.fill(body, linear((0, y), (0, y + 82), light(tone, 0.32), tone, dark(tone, 0.16)))
        with canvas.inside(body):
            canvas.stroke(line(f"M{190 + level * 6} {y + 42} L640 {y + 42}"), 4, dark(tone, 0.35), 0.35)
            for step in range(70):
                x, dy = 190 + (step * 61) % 430, (step * 37) % 74
                canvas.stroke([(x, y + 4 + dy), (x + 6, y + 7 + dy)], 2.2, light(tone, 0.5), 0.45)
        canvas.fill(box(540 - level * 4, y, 26, 82), light(tone, 0.5), 0.5)


def comb(canvas: Canvas, look: Look) -> None:
    """A wooden comb and a round mirror."""
    shadow(canvas, 320, 655, 300)
    frame = ellipse(320, 420, 200)
    canvas.cylinder(box(296, 590, 48, 64, 8), look.colour)
    canvas.ball(ellipse(320, 650, 110, 20), look.colour)
    canvas.ball(frame, look.colour)
    canvas.fill(
        ellipse(320, 420, 174),
        linear((190, 290), (450, 560), (236, 244, 248), (190, 208, 220), (226, 236, 240)),
    )
    with canvas.inside(ellipse(320, 420, 174)):
        canvas.stroke([(220, 560), (420, 280)], 40, WHITE, 0.35, blur=4)
        canvas.stroke([(300, 590), (490, 330)], 14, WHITE, 0.35, blur=3)
    shape = path("M500 690 Q520 560 690 590 L716 640 L560 720 Z")
    canvas.fill(shape.moved(4, 12), INK, 0.25, blur=8)
    canvas.flat(box(500, 592, 210, 46, 20).turned(-12, about=(600, 640)), WOOD)
    for step in range(13):
        tooth = box(514 + step * 14, 630, 7, 70, 3).turned(-12, about=(600, 640))
        canvas.fill(tooth.moved(3, 5), INK, 0.2, blur=3)
        canvas.fill(tooth, mix(WOOD, dark(WOOD, 0.2), 0.5))


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "soap": soap,
    "pump": pump,
    "tube": tube,
    "cream": cream,
    "dropper": dropper,
    "toothbrush": toothbrush,
    "towels": towels,
    "comb": comb,
}
