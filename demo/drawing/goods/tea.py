"""Tea: tins, pouches, cakes, gift boxes, bags."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import WHITE, dark, light, mix
from demo.drawing.goods.parts import (
    CREAM,
    GOLD,
    GREEN,
    INK,
    KRAFT,
    Look,
    emblem,
    gloss,
    label,
    leaf,
    scatter_leaves,
)
from demo.drawing.paths import box, ellipse, path, polygon
from demo.drawing.scene import shadow


def tin(canvas: Canvas, look: Look) -> None:
    """A round tea tin with a lid and a wrapped label; variants are slim, stout and a pair."""
    if look.variant % 3 == 2:
        _tin(canvas, look, 500, 118, 300, dark(look.colour, 0.25))
        _tin(canvas, look, 300, 128, 360, look.colour)
    else:
        _tin(canvas, look, 400, *((138, 400) if look.variant % 3 == 0 else (175, 310)), look.colour)
    scatter_leaves(canvas, 610, 690, mix(GREEN, look.accent, 0.3))


def _tin(
    canvas: Canvas, look: Look, x: float, half: float, height: float, colour: tuple[int, int, int]
) -> None:
    ground, top = 655, 655 - height
    shadow(canvas, x, ground, half * 2)
    body = box(x - half, top + 60, half * 2, height - 60, 14) + ellipse(x, ground - 6, half, 22)
    canvas.cylinder(body, colour)
    band = path(
        f"M{x - half} {top + 150} Q{x} {top + 168} {x + half} {top + 150} L{x + half}"
        f" {ground - 56} Q{x} {ground - 36} {x - half} {ground - 56} Z"
    )
    paper = light(look.accent, 0.78)
    canvas.fill(band, paper)
    canvas.shade_round(band, (x - half, 0), (x + half, 0), 0.55)
    emblem(canvas, look.emblem, x - 4, (top + ground + 110) / 2, min(half * 0.44, 62), dark(look.accent, 0.1))
    for shift in (10, 20):
        canvas.stroke(
            [
                (px, py + shift)
                for px, py in path(
                    f"M{x - half} {ground - 56} Q{x} {ground - 36} {x + half} {ground - 56}"
                ).polygons[0]
            ],
            2.5,
            GOLD,
            0.7,
        )
    lid = box(x - half - 5, top, half * 2 + 10, 84, 12) + ellipse(x, top + 78, half + 5, 16)
    canvas.fill(lid.moved(0, 8), INK, 0.25, blur=6)
    canvas.cylinder(lid, dark(colour, 0.12))
    cap = ellipse(x, top + 6, half + 5, 20)
    canvas.fill(cap, linear((x - half, top), (x + half, top), light(colour, 0.42), light(colour, 0.06)))
    canvas.edge(cap, 2, WHITE, 0.4)
    gloss(canvas, body, x - half * 0.6, top + 90, ground - 20, 14, 0.35)


def pouch(canvas: Canvas, look: Look) -> None:
    """A stand-up bag; kraft paper or coloured foil, with a window in some variants."""
    colour = KRAFT if look.variant % 3 == 1 else look.colour
    shadow(canvas, 400, 652, 320)
    body = path(
        "M252 180 L548 180 C552 330 566 520 574 620 Q576 652 548 654 Q400 672 252"
        " 654 Q224 652 226 620 C234 520 248 330 252 180 Z"
    )
    canvas.fill(
        body, linear((226, 0), (574, 0), dark(colour, 0.16), light(colour, 0.22), colour, dark(colour, 0.22))
    )
    with canvas.inside(body):
        gusset = path("M226 600 Q400 560 574 600 L580 680 L220 680 Z")
        canvas.fill(gusset, dark(colour, 0.35), 0.35, blur=5)
        for x, width in ((286, 26), (500, 34)):
            canvas.stroke([(x, 200), (x - 8, 420), (x - 2, 640)], width, WHITE, 0.13, blur=12)
    seal = box(250, 160, 300, 44, 6)
    canvas.fill(seal, linear((250, 0), (550, 0), dark(colour, 0.08), light(colour, 0.3), dark(colour, 0.18)))
    for row in range(5):
        canvas.stroke([(254, 167 + row * 8), (546, 167 + row * 8)], 1.6, dark(colour, 0.4), 0.35)
    paper = box(296, 290, 208, 236, 16)
    canvas.fill(paper.moved(2, 4), INK, 0.2, blur=5)
    label(canvas, paper, CREAM if look.variant % 2 else light(look.accent, 0.82), look)
    canvas.fill(box(296, 290, 208, 22, 8), look.accent, 0.9)
    scatter_leaves(canvas, 620, 690, mix(GREEN, look.accent, 0.25))


def cake(canvas: Canvas, look: Look) -> None:
    """A pressed tea cake in printed paper, leaning, with its broken half before it."""
    shadow(canvas, 400, 655, 430, strength=0.9)
    disc = ellipse(400, 415, 232, 236)
    canvas.fill(disc.moved(10, 6), dark(look.colour, 0.45))
    canvas.ball(disc, CREAM)
    with canvas.inside(disc):
        for turn in range(0, 360, 20):
            fold = polygon((400, 415), (640, 396), (640, 432)).turned(turn, about=(400, 415))
            canvas.fill(fold, INK, 0.028)
        canvas.edge(ellipse(400, 415, 204, 208), 6, look.accent, 0.75)
        canvas.edge(ellipse(400, 415, 190, 194), 2, look.accent, 0.6)
    emblem(canvas, look.emblem, 400, 408, 92, look.accent)
    piece = path("M470 640 C470 560 560 520 640 560 C690 590 690 650 650 664 C600 684 500 680 470 640 Z")
    shadow(canvas, 575, 668, 200)
    canvas.ball(piece, look.colour)
    with canvas.inside(piece):
        for place in range(46):
            x, y = 476 + (place * 47) % 200, 548 + (place * 31) % 120
            leaf(canvas, x, y, 30, (place * 67) % 360, turned_tone(look, place), width=0.2)


def turned_tone(look: Look, place: int) -> tuple[int, int, int]:
    """Return one of the tones that loose tea has."""
    return (light(look.colour, 0.16), look.colour, dark(look.colour, 0.3), mix(look.colour, GOLD, 0.35))[
        place % 4
    ]


def giftbox(canvas: Canvas, look: Look) -> None:
    """A gift box with a ribbon and two small tins before it."""
    shadow(canvas, 410, 650, 470)
    front, side = box(190, 300, 360, 350, 8), path("M550 300 L640 270 L640 610 L550 650 Z")
    lid = path("M184 296 L286 258 L646 262 L556 300 Z")
    canvas.flat(front, look.colour)
    canvas.fill(side, linear((550, 0), (640, 0), dark(look.colour, 0.22), dark(look.colour, 0.38)))
    canvas.fill(lid, linear((200, 260), (600, 300), light(look.colour, 0.36), light(look.colour, 0.08)))
    canvas.fill(
        box(340, 300, 52, 350), linear((340, 0), (392, 0), light(look.accent, 0.25), dark(look.accent, 0.1))
    )
    canvas.fill(path("M342 300 L424 259 L474 260 L392 300 Z"), light(look.accent, 0.25))
    canvas.edge(box(206, 318, 120, 314, 4), 2, GOLD, 0.7)
    emblem(canvas, look.emblem, 470, 470, 54, GOLD)
    for flip in (False, True):
        loop = path("M382 280 C330 190 236 190 260 240 C276 272 340 282 382 280 Z")
        shape = loop.mirrored(384) if flip else loop
        canvas.ball(shape, look.accent)
    canvas.ball(ellipse(384, 276, 22, 18), dark(look.accent, 0.1))
    scatter_leaves(canvas, 620, 700, GREEN)


def teabags(canvas: Canvas, look: Look) -> None:
    """A carton of tea bags, one bag leaning on it."""
    shadow(canvas, 350, 650, 330)
    front, side = box(190, 270, 270, 380, 6), path("M460 270 L540 244 L540 616 L460 650 Z")
    canvas.flat(front, look.colour)
    canvas.fill(side, linear((460, 0), (540, 0), dark(look.colour, 0.2), dark(look.colour, 0.36)))
    canvas.fill(path("M190 270 L280 244 L540 244 L460 270 Z"), light(look.colour, 0.4))
    label(canvas, box(222, 330, 206, 220, 103), light(look.accent, 0.84), look)
    canvas.fill(box(190, 592, 270, 26), look.accent, 0.85)
    bag = path("M548 480 L640 480 L668 640 Q610 664 524 640 Z")
    shadow(canvas, 600, 662, 150)
    canvas.fill(bag, linear((530, 480), (660, 660), WHITE, (226, 216, 200)))
    with canvas.inside(bag):
        tea = path("M530 560 Q600 548 664 560 L680 670 L510 670 Z")
        canvas.fill(tea, mix(look.accent, (110, 80, 40), 0.5), 0.55, blur=8)
    canvas.stroke(path("M594 482 C600 420 660 430 650 370").polygons[0], 3, (240, 236, 226))
    tag = box(622, 322, 60, 58, 8).turned(8, about=(650, 350))
    canvas.fill(tag.moved(2, 4), INK, 0.2, blur=3)
    canvas.fill(tag, look.accent)
    emblem(canvas, look.emblem, 652, 350, 16, WHITE)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "tin": tin,
    "pouch": pouch,
    "cake": cake,
    "giftbox": giftbox,
    "teabags": teabags,
}
