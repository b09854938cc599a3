"""Cups, pots, bottles, bowls."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import WHITE, dark, light, mix
from demo.drawing.goods.parts import CREAM, GOLD, STEEL, WOOD, Look, emblem, glass, gloss, steam
from demo.drawing.paths import box, ellipse, line, path
from demo.drawing.scene import shadow


def mug(canvas: Canvas, look: Look) -> None:
    """A mug; straight, rounded or two-coloured."""
    shadow(canvas, 380, 652, 340)
    canvas.edge(path("M520 380 C670 350 670 580 512 566"), 34, dark(look.colour, 0.12))
    canvas.stroke(line("M524 372 C664 346 660 560 520 554"), 9, light(look.colour, 0.4), 0.55)
    if look.variant % 3 == 1:
        body = path("M226 310 L536 310 C548 480 530 640 460 654 Q380 666 302 654 C232 640 214 480 226 310 Z")
    else:
        body = path("M226 310 L536 310 L528 620 Q526 650 490 656 Q380 668 272 656 Q236 650 234 620 Z")
    canvas.cylinder(body, look.colour)
    if look.variant % 3 == 2:
        with canvas.inside(body):
            dip = path("M200 520 Q300 480 381 520 Q470 560 560 510 L560 680 L200 680 Z")
            canvas.fill(dip, look.accent)
            canvas.shade_round(dip, (226, 0), (536, 0), 0.9)
    else:
        emblem(canvas, look.emblem, 376, 480, 58, light(look.accent, 0.1) if look.variant % 2 else WHITE)
    canvas.fill(
        ellipse(381, 310, 156, 36),
        linear((226, 0), (536, 0), light(look.colour, 0.55), light(look.colour, 0.12)),
    )
    canvas.fill(
        ellipse(381, 313, 142, 28),
        linear((226, 0), (536, 0), dark(look.colour, 0.3), light(look.colour, 0.1)),
    )
    canvas.fill(ellipse(381, 322, 130, 20), linear((250, 0), (510, 0), (92, 58, 40), (142, 96, 66)))
    gloss(canvas, body, 272, 350, 610, 18, 0.45)
    steam(canvas, 376, 292, 150)


def teapot(canvas: Canvas, look: Look) -> None:
    """A teapot with a small cup."""
    shadow(canvas, 370, 652, 420)
    spout = path("M520 520 C580 500 590 420 640 380 L672 396 C640 450 640 540 540 590 Z")
    canvas.flat(spout, look.colour)
    canvas.edge(path("M230 420 C110 390 110 600 246 570"), 27, dark(look.colour, 0.14))
    canvas.stroke(line("M226 412 C122 392 124 566 226 568"), 7, light(look.colour, 0.4), 0.5)
    body = path(
        "M214 500 C214 400 290 350 380 350 C470 350 546 400 546 500 C546 590 500"
        " 652 440 656 L320 656 C260 652 214 590 214 500 Z"
    )
    canvas.ball(body, look.colour)
    emblem(canvas, look.emblem, 376, 520, 56, light(look.accent, 0.3))
    lid = path("M268 372 Q380 300 492 372 Q380 412 268 372 Z")
    canvas.ball(lid, light(look.colour, 0.08))
    canvas.stroke(line("M268 373 Q380 412 492 373"), 4, dark(look.colour, 0.4), 0.5)
    canvas.ball(ellipse(380, 316, 25, 23), look.accent if look.variant % 2 else light(look.colour, 0.1))
    gloss(canvas, body, 280, 420, 590, 20, 0.4)
    shadow(canvas, 606, 690, 130)
    cup = path("M546 610 L666 610 C664 660 640 694 606 696 C572 694 548 660 546 610 Z")
    canvas.cylinder(cup, look.colour)
    canvas.fill(ellipse(606, 610, 60, 15), light(look.colour, 0.45))
    canvas.fill(ellipse(606, 613, 51, 10), (178, 122, 60))


def gaiwan(canvas: Canvas, look: Look) -> None:
    """A lidded bowl on its saucer, or a set of small cups."""
    shadow(canvas, 400, 660, 420)
    canvas.ball(ellipse(400, 634, 220, 46), light(look.colour, 0.1))
    canvas.fill(ellipse(400, 626, 170, 30), dark(look.colour, 0.1))
    body = path("M244 400 L556 400 C550 530 490 620 456 634 L344 634 C310 620 250 530 244 400 Z")
    canvas.cylinder(body, look.colour)
    emblem(canvas, look.emblem, 396, 510, 56, look.accent)
    canvas.fill(ellipse(400, 400, 158, 36), light(look.colour, 0.5))
    lid = path("M262 396 C270 320 340 290 400 290 C460 290 530 320 538 396 Q400 430 262 396 Z")
    canvas.ball(lid, look.colour)
    canvas.cylinder(box(364, 268, 72, 30, 8), light(look.colour, 0.1))
    canvas.stroke(line("M264 392 Q400 424 536 392"), 4, look.accent, 0.8)
    gloss(canvas, body, 300, 430, 590, 18, 0.4)


def thermos(canvas: Canvas, look: Look) -> None:
    """A slim vacuum bottle; with a loop or a cup for a lid."""
    shadow(canvas, 400, 655, 210)
    body = box(306, 270, 188, 388, 32)
    canvas.cylinder(body, look.colour, 1.1)
    neck = box(322, 240, 156, 44, 10)
    canvas.cylinder(neck, STEEL)
    if look.variant % 2:
        canvas.cylinder(box(314, 118, 172, 134, 22), light(look.colour, 0.15))
        canvas.stroke([(318, 226), (482, 226)], 4, dark(look.colour, 0.3), 0.4)
    else:
        canvas.edge(path("M352 176 C352 86 448 86 448 176"), 17, dark(look.accent, 0.1))
        canvas.cylinder(box(318, 166, 164, 82, 16), look.accent)
    canvas.cylinder(box(306, 620, 188, 38, 18), STEEL)
    emblem(canvas, look.emblem, 396, 440, 46, light(look.colour, 0.75))
    gloss(canvas, body, 342, 310, 600, 18, 0.5)


def tumbler(canvas: Canvas, look: Look) -> None:
    """A glass with a cold drink and ice."""
    shadow(canvas, 400, 655, 250)
    body = path("M270 210 L530 210 L496 630 Q494 656 462 658 L338 658 Q306 656 304 630 Z")
    with canvas.inside(body):
        canvas.fill(
            box(240, 300, 320, 380),
            linear((0, 300), (0, 660), light(look.colour, 0.45), look.colour, dark(look.colour, 0.1)),
        )
        for x, y, turn in ((340, 340, 14), (430, 330, -18), (380, 420, 32), (460, 430, 8)):
            cube = box(x - 40, y - 40, 80, 80, 14).turned(turn, about=(x, y))
            canvas.fill(cube, WHITE, 0.42)
            canvas.edge(cube, 3, WHITE, 0.7)
        canvas.fill(ellipse(400, 300, 128, 14), light(look.colour, 0.6))
    glass(canvas, body, (224, 234, 238), 0.25)
    canvas.stroke([(452, 420), (520, 120)], 16, look.accent)
    canvas.stroke([(448, 420), (516, 120)], 4, WHITE, 0.6)
    canvas.edge(ellipse(400, 210, 130, 20), 4, WHITE, 0.9)


def bowl(canvas: Canvas, look: Look) -> None:
    """A stack of bowls and plates."""
    shadow(canvas, 400, 655, 470)
    for level, tone in enumerate((look.accent, CREAM, look.colour)):
        y = 640 - level * 30
        canvas.ball(ellipse(400, y, 244 - level * 16, 40), tone)
        canvas.fill(ellipse(400, y - 8, 214 - level * 16, 30), light(tone, 0.25))
    for level, tone in enumerate((mix(look.colour, look.accent, 0.5), look.colour)):
        y = 470 - level * 72
        body = path(
            f"M236 {y} L564 {y} C556 {y + 76} 490 {y + 116} 452 {y + 122} L348 {y + 122}"
            f" C310 {y + 116} 244 {y + 76} 236 {y} Z"
        )
        canvas.cylinder(body, tone)
        canvas.stroke(line(f"M246 {y + 34} Q400 {y + 62} 554 {y + 34}"), 5, light(tone, 0.55), 0.7)
    canvas.fill(
        ellipse(400, 398, 165, 36),
        linear((236, 0), (564, 0), light(look.colour, 0.5), light(look.colour, 0.15)),
    )
    canvas.fill(
        ellipse(400, 403, 148, 27),
        linear((236, 0), (564, 0), dark(look.colour, 0.3), light(look.colour, 0.1)),
    )


def kettle(canvas: Canvas, look: Look) -> None:
    """A gooseneck kettle."""
    shadow(canvas, 380, 655, 340)
    canvas.stroke(line("M520 560 C640 560 560 360 690 330"), 30, dark(look.colour, 0.08))
    canvas.stroke(line("M516 552 C630 550 552 352 688 324"), 8, light(look.colour, 0.5), 0.6)
    canvas.edge(
        path("M250 360 C120 350 130 610 236 600"), 26, WOOD if look.variant % 2 else dark(look.colour, 0.4)
    )
    body = path("M264 350 L496 350 L548 636 Q548 656 520 658 L240 658 Q212 656 212 636 Z")
    canvas.cylinder(body, look.colour)
    canvas.cylinder(path("M272 352 Q280 306 380 302 Q480 306 488 352 Z"), light(look.colour, 0.06))
    canvas.ball(ellipse(380, 288, 24, 22), WOOD if look.variant % 2 else GOLD)
    canvas.cylinder(box(200, 640, 360, 26, 10), dark(look.colour, 0.45))
    gloss(canvas, body, 290, 380, 620, 20, 0.5)


def plate_set(canvas: Canvas, look: Look) -> None:
    """A tray with a pot and two cups on it."""
    shadow(canvas, 400, 665, 560)
    canvas.fill(ellipse(400, 640, 300, 62), dark(WOOD, 0.25))
    canvas.ball(ellipse(400, 626, 300, 60), WOOD)
    canvas.edge(ellipse(400, 626, 284, 52), 4, light(WOOD, 0.4), 0.7)
    body = path(
        "M300 480 C300 410 340 384 390 384 C440 384 480 410 480 480 C480 560 450"
        " 606 420 610 L360 610 C330 606 300 560 300 480 Z"
    )
    canvas.edge(path("M470 420 C540 420 540 540 472 530"), 18, dark(look.colour, 0.15))
    canvas.ball(body, look.colour)
    canvas.fill(path("M310 460 L250 420 L262 404 L320 430 Z"), look.colour)
    canvas.ball(path("M332 400 Q390 356 448 400 Q390 424 332 400 Z"), light(look.colour, 0.08))
    canvas.ball(ellipse(390, 366, 15), look.accent)
    for x in (240, 560):
        canvas.cylinder(
            path(
                f"M{x - 52} 570 L{x + 52} 570 C{x + 50} 620 {x + 28} 640 {x} 642 C{x - 28}"
                f" 640 {x - 50} 620 {x - 52} 570 Z"
            ),
            look.colour,
        )
        canvas.fill(ellipse(x, 570, 52, 14), light(look.colour, 0.45))
        canvas.fill(ellipse(x, 572, 43, 9), (186, 132, 66))
    steam(canvas, 390, 340, 130)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "mug": mug,
    "teapot": teapot,
    "gaiwan": gaiwan,
    "thermos": thermos,
    "tumbler": tumbler,
    "bowl": bowl,
    "kettle": kettle,
    "tea_set": plate_set,
}
