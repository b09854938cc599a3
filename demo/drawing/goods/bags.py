"""Bags, wallets, suitcases."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import WHITE, dark, light
from demo.drawing.goods.parts import CREAM, GOLD, INK, STEEL, Look, emblem, gloss
from demo.drawing.paths import box, ellipse, line, path
from demo.drawing.scene import shadow

LEATHER = (158, 104, 66)


def backpack(canvas: Canvas, look: Look) -> None:
    """A backpack with a front pocket."""
    shadow(canvas, 400, 655, 350)
    canvas.edge(path("M350 190 C350 110 450 110 450 190"), 18, dark(look.colour, 0.3))
    for x in (214, 586):
        canvas.ball(box(x - 32, 420, 64, 190, 30), dark(look.colour, 0.2))
    body = path(
        "M230 620 L230 330 C230 220 300 168 400 168 C500 168 570 220 570 330 L570"
        " 620 Q570 660 530 660 L270 660 Q230 660 230 620 Z"
    )
    canvas.cylinder(body, look.colour, 0.9)
    canvas.stroke(
        line("M256 400 L256 336 C256 246 318 200 400 200 C482 200 544 246 544 336 L544 400"),
        7,
        dark(look.colour, 0.4),
        0.6,
    )
    canvas.flat(box(536, 396, 16, 42, 6), GOLD)
    pocket = box(272, 440, 256, 190, 32)
    canvas.fill(pocket.moved(0, 6), INK, 0.24, blur=8)
    canvas.cylinder(pocket, look.accent if look.variant % 2 else light(look.colour, 0.08), 0.7)
    canvas.stroke(line("M290 482 L510 482"), 6, dark(look.colour, 0.4), 0.7)
    canvas.flat(box(300, 480, 14, 40, 5), GOLD)
    patch = box(356, 300, 88, 66, 10)
    canvas.flat(patch, LEATHER)
    emblem(canvas, look.emblem, 400, 332, 20, light(LEATHER, 0.6))
    gloss(canvas, body, 262, 300, 600, 18, 0.25)


def tote(canvas: Canvas, look: Look) -> None:
    """A canvas tote bag with a print."""
    shadow(canvas, 400, 655, 380)
    for tone, drop in ((dark(look.colour, 0.25), -14), (look.colour, 0)):
        canvas.stroke(line(f"M310 {330 + drop} C310 {90 + drop} 490 {90 + drop} 490 {330 + drop}"), 24, tone)
        canvas.stroke(
            line(f"M304 {330 + drop} C304 {86 + drop} 484 {86 + drop} 484 {330 + drop}"),
            3,
            light(tone, 0.4),
            0.5,
        )
    body = path("M214 300 L586 300 L566 640 Q400 668 234 640 Z")
    canvas.fill(
        body, linear((214, 300), (586, 660), light(look.colour, 0.22), look.colour, dark(look.colour, 0.16))
    )
    with canvas.inside(body):
        for points in ("M280 310 C270 420 290 540 276 650", "M520 310 C530 420 510 540 524 650"):
            canvas.stroke(line(points), 20, INK, 0.10, blur=10)
        if look.variant % 3 == 1:
            canvas.fill(box(200, 500, 400, 170), look.accent)
        elif look.variant % 3 == 2:
            for row in range(9):
                canvas.stroke([(200, 330 + row * 40), (600, 330 + row * 40)], 13, look.accent, 0.8)
    canvas.stroke([(216, 324), (584, 324)], 3, dark(look.colour, 0.4), 0.5)
    if look.variant % 3 != 2:
        emblem(
            canvas,
            look.emblem,
            400,
            440 if look.variant % 3 == 0 else 410,
            84 if look.variant % 3 == 0 else 54,
            look.accent,
        )


def crossbody(canvas: Canvas, look: Look) -> None:
    """A small shoulder bag with a flap."""
    shadow(canvas, 400, 655, 370)
    canvas.stroke(line("M246 420 C200 140 600 140 554 420"), 14, dark(look.colour, 0.25))
    canvas.stroke(line("M246 412 C202 136 598 136 552 412"), 3, light(look.colour, 0.4), 0.6)
    body = box(218, 390, 364, 262, 46)
    canvas.cylinder(body, look.colour, 0.8)
    flap = path(
        "M218 430 Q218 384 264 384 L536 384 Q582 384 582 430 L582 480 C560 560 470"
        " 580 400 580 C330 580 240 560 218 480 Z"
    )
    canvas.fill(flap.moved(0, 10), INK, 0.26, blur=8)
    canvas.fill(
        flap, linear((218, 384), (582, 580), light(look.colour, 0.25), look.colour, dark(look.colour, 0.12))
    )
    canvas.edge(flap.scaled(0.94, 0.9, about=(400, 480)), 2.4, light(look.colour, 0.5), 0.6)
    if look.variant % 2:
        canvas.flat(box(364, 540, 72, 56, 10), GOLD)
        canvas.flat(box(378, 552, 44, 32, 6), light(GOLD, 0.4))
    else:
        canvas.ball(ellipse(400, 560, 28), GOLD)
    for x in (246, 554):
        canvas.edge(ellipse(x, 404, 15), 7, GOLD)


def wallet(canvas: Canvas, look: Look) -> None:
    """A folding wallet with cards."""
    shadow(canvas, 400, 640, 460)
    for place, tone in enumerate((look.accent, CREAM, light(look.colour, 0.5))):
        card = box(270 + place * 12, 250 + place * 34, 300, 200, 14).turned(-5 + place * 2, about=(400, 400))
        canvas.fill(card.moved(2, 4), INK, 0.2, blur=5)
        canvas.flat(card, tone)
    body = box(182, 350, 436, 290, 28)
    canvas.flat(body, look.colour, 1.3)
    canvas.edge(box(198, 366, 404, 258, 18), 2.6, light(look.colour, 0.5), 0.6)
    strap = path("M618 450 L500 450 Q470 496 500 540 L618 540 Z")
    canvas.fill(strap.moved(0, 6), INK, 0.24, blur=6)
    canvas.flat(strap, dark(look.colour, 0.1))
    canvas.ball(ellipse(528, 495, 17), GOLD)
    emblem(canvas, look.emblem, 320, 500, 40, light(look.colour, 0.35))


def suitcase(canvas: Canvas, look: Look) -> None:
    """A suitcase on wheels."""
    shadow(canvas, 400, 660, 330)
    for x in (350, 450):
        canvas.stroke([(x, 90), (x, 230)], 12, STEEL)
    canvas.cylinder(box(334, 72, 132, 30, 14), (70, 70, 78))
    body = box(246, 200, 308, 436, 52)
    canvas.cylinder(body, look.colour, 0.9)
    with canvas.inside(body):
        for x in (292, 346, 400, 454, 508):
            canvas.stroke([(x, 200), (x, 640)], 12, dark(look.colour, 0.35), 0.28, blur=2)
            canvas.stroke([(x - 9, 200), (x - 9, 640)], 5, WHITE, 0.28, blur=1)
        for x, y in ((246, 200), (554, 200), (246, 636), (554, 636)):
            canvas.fill(ellipse(x, y, 62), dark(look.colour, 0.3))
    canvas.cylinder(box(346, 190, 108, 24, 12), (70, 70, 78))
    for x in (296, 504):
        canvas.ball(ellipse(x, 648, 21), (58, 58, 64))
        canvas.fill(ellipse(x, 648, 8), STEEL)
    canvas.flat(box(362, 380, 76, 34, 8), look.accent)


def drawstring(canvas: Canvas, look: Look) -> None:
    """A soft pouch with a drawstring, or a lunch bag."""
    shadow(canvas, 400, 655, 360)
    body = path(
        "M300 290 C220 360 190 480 206 580 Q214 656 290 656 L510 656 Q586 656 594"
        " 580 C610 480 580 360 500 290 Z"
    )
    canvas.ball(body, look.colour)
    with canvas.inside(body):
        for points in (
            "M330 300 C300 400 296 500 300 640",
            "M400 300 C404 420 396 520 402 640",
            "M470 300 C500 400 506 500 500 640",
        ):
            canvas.stroke(line(points), 15, dark(look.colour, 0.5), 0.16, blur=8)
    ruffle = path(
        "M296 292 C270 220 300 190 330 206 C350 180 380 180 400 202 C424 180 452"
        " 184 470 206 C504 188 530 224 504 292 Q400 324 296 292 Z"
    )
    canvas.ball(ruffle, light(look.colour, 0.1))
    canvas.stroke(line("M292 290 Q400 326 508 290"), 15, look.accent)
    for end in ("M500 296 C560 300 590 360 580 430", "M500 296 C540 330 550 390 530 450"):
        canvas.stroke(line(end), 8, look.accent)
    emblem(canvas, look.emblem, 396, 490, 62, light(look.accent, 0.25))


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "backpack": backpack,
    "tote": tote,
    "crossbody": crossbody,
    "wallet": wallet,
    "suitcase": suitcase,
    "drawstring": drawstring,
}
