"""Coffee and what it is made with; jars of honey and jam."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import WHITE, dark, light, mix
from demo.drawing.goods.parts import (
    CREAM,
    GOLD,
    INK,
    KRAFT,
    STEEL,
    WOOD,
    Look,
    bean,
    emblem,
    glass,
    gloss,
    label,
    steam,
)
from demo.drawing.paths import box, ellipse, line, path
from demo.drawing.scene import shadow

ROAST = (96, 60, 42)


def beans(canvas: Canvas, x: float, y: float, tone: tuple[int, int, int] = ROAST) -> None:
    """A few beans on the floor."""
    for shift, drop, angle in ((0, 0, 20), (44, 14, 110), (-38, 20, -40), (14, 34, 160), (86, 2, 60)):
        bean(canvas, x + shift, y + drop, 19, angle, tone)


def coffee_bag(canvas: Canvas, look: Look) -> None:
    """A side-folded coffee bag with a valve; its top is rolled down in some variants."""
    colour = look.colour
    shadow(canvas, 400, 654, 330)
    top = 214 if look.variant % 2 else 150
    body = path(f"M256 {top} L544 {top} L566 640 Q400 664 234 640 Z")
    canvas.fill(
        body,
        linear(
            (234, 0),
            (566, 0),
            dark(colour, 0.22),
            light(colour, 0.20),
            colour,
            dark(colour, 0.12),
            dark(colour, 0.34),
        ),
    )
    with canvas.inside(body):
        canvas.fill(path("M256 140 L302 140 L280 660 L224 660 Z"), INK, 0.16, blur=3)
        canvas.fill(path("M544 140 L500 140 L522 660 L580 660 Z"), INK, 0.20, blur=3)
        canvas.fill(box(200, 600, 400, 80), INK, 0.12, blur=14)
    if look.variant % 2:
        roll = box(246, 176, 308, 58, 18)
        canvas.fill(roll.moved(0, 10), INK, 0.25, blur=8)
        canvas.flat(roll, light(colour, 0.1))
        for x in (262, 516):
            canvas.flat(box(x, 168, 20, 74, 5), GOLD)
    else:
        canvas.fill(box(254, 142, 292, 46, 4), light(colour, 0.12))
        for row in range(5):
            canvas.stroke([(258, 150 + row * 8), (542, 150 + row * 8)], 1.5, dark(colour, 0.4), 0.4)
    canvas.ball(ellipse(400, 276, 17), light(colour, 0.2))
    canvas.fill(ellipse(400, 276, 5), dark(colour, 0.5))
    paper = box(304, 330, 192, 224, 12)
    canvas.fill(paper.moved(2, 4), INK, 0.22, blur=5)
    label(canvas, paper, CREAM, look)
    canvas.fill(box(304, 330, 192, 54, 12), look.accent)
    beans(canvas, 596, 676)


def drip_box(canvas: Canvas, look: Look) -> None:
    """A carton of drip bags and one bag hung over a cup."""
    shadow(canvas, 310, 640, 300)
    front, side = box(150, 280, 250, 360, 6), path("M400 280 L464 258 L464 606 L400 640 Z")
    canvas.flat(front, look.colour)
    canvas.fill(side, linear((400, 0), (464, 0), dark(look.colour, 0.2), dark(look.colour, 0.36)))
    canvas.fill(path("M150 280 L222 258 L464 258 L400 280 Z"), light(look.colour, 0.4))
    label(canvas, box(180, 340, 190, 210, 10), light(look.accent, 0.8), look)
    shadow(canvas, 560, 668, 190)
    cup = path("M470 480 L650 480 C648 570 630 650 600 664 Q560 672 520 664 C490 650 472 570 470 480 Z")
    canvas.edge(path("M640 520 C720 500 710 620 618 622"), 16, CREAM)
    canvas.cylinder(cup, CREAM, 0.8)
    canvas.fill(ellipse(560, 482, 90, 20), linear((470, 0), (650, 0), light(CREAM, 0.5), dark(CREAM, 0.16)))
    canvas.fill(ellipse(560, 485, 78, 14), ROAST)
    bag = path("M512 372 L608 372 L620 470 Q560 500 500 470 Z")
    canvas.fill(bag, linear((510, 370), (620, 480), WHITE, (214, 198, 178)))
    canvas.fill(ellipse(560, 374, 48, 10), ROAST)
    for flip in (1, -1):
        wing = box(560 + flip * 52 - 14, 398, 28, 70, 6).turned(-flip * 14, about=(560 + flip * 52, 410))
        canvas.fill(wing, light(look.accent, 0.5))
    steam(canvas, 556, 350, 130)


def bottle(canvas: Canvas, look: Look) -> None:
    """A glass bottle of cold brew, syrup or juice with a wrapped label."""
    shadow(canvas, 400, 655, 210)
    body = path(
        "M356 150 L444 150 L446 250 C450 300 502 310 502 372 L502 630 Q502 660 470"
        " 660 L330 660 Q298 660 298 630 L298 372 C298 310 350 300 354 250 Z"
    )
    drink = path("M300 330 Q400 344 500 330 L502 630 Q502 660 470 660 L330 660 Q298 660 298 630 Z")
    with canvas.inside(body):
        canvas.fill(body, light(look.colour, 0.75), 0.5)
        canvas.fill(
            drink,
            linear(
                (298, 0), (502, 0), dark(look.colour, 0.12), light(look.colour, 0.16), dark(look.colour, 0.28)
            ),
        )
    glass(canvas, body, look.colour)
    canvas.cylinder(box(348, 108, 104, 58, 12), look.accent)
    paper = box(298, 410, 204, 170)
    canvas.fill(paper, CREAM)
    emblem(canvas, look.emblem, 396, 484, 50, dark(look.accent, 0.1))
    canvas.shade_round(paper, (298, 0), (502, 0), 0.55)
    gloss(canvas, body, 326, 340, 640, 14, 0.5)


def jar(canvas: Canvas, look: Look) -> None:
    """A jar of honey, jam or nuts with a cloth or a metal lid."""
    shadow(canvas, 400, 655, 300)
    body = path(
        "M272 300 Q252 316 252 350 L252 610 Q252 658 300 658 L500 658 Q548 658 548"
        " 610 L548 350 Q548 316 528 300 Z"
    )
    with canvas.inside(body):
        canvas.fill(
            body,
            linear((252, 300), (548, 660), light(look.colour, 0.26), look.colour, dark(look.colour, 0.25)),
        )
        if look.variant % 3 == 1:
            for place in range(60):
                x, y = 262 + (place * 53) % 280, 316 + (place * 37) % 336
                canvas.ball(
                    ellipse(x, y, 25, 19).turned((place * 71) % 180, about=(x, y)),
                    mix(look.colour, look.accent, (place % 5) / 8),
                )
        canvas.glow(350, 420, 200, WHITE, 0.3)
    glass(canvas, body, look.colour, 0.2)
    paper = box(300, 418, 200, 168, 20)
    canvas.fill(paper.moved(2, 4), INK, 0.2, blur=5)
    label(canvas, paper, CREAM, look)
    if look.variant % 3 == 2:
        cloth = path(
            "M250 250 Q240 350 262 330 Q290 352 320 332 Q352 352 384 334 Q416 352 448"
            " 334 Q480 352 512 332 Q546 346 550 250 Q400 176 250 250 Z"
        )
        canvas.ball(cloth, look.accent)
        canvas.stroke(line("M262 300 Q400 326 538 300"), 7, CREAM)
    else:
        lid = box(262, 232, 276, 74, 14)
        canvas.cylinder(lid, look.accent)
        canvas.fill(ellipse(400, 236, 138, 18), light(look.accent, 0.3))
    gloss(canvas, body, 284, 350, 620, 16, 0.55)


def dripper(canvas: Canvas, look: Look) -> None:
    """A pour-over dripper on a glass server."""
    shadow(canvas, 400, 655, 270)
    server = path(
        "M330 420 L470 420 C480 450 540 520 540 590 Q540 658 480 658 L320 658 Q260"
        " 658 260 590 C260 520 320 450 330 420 Z"
    )
    with canvas.inside(server):
        canvas.fill(
            box(240, 540, 320, 130),
            linear((260, 0), (540, 0), dark(ROAST, 0.3), light(ROAST, 0.1), dark(ROAST, 0.4)),
        )
        canvas.fill(ellipse(400, 540, 142, 16), light(ROAST, 0.2))
    glass(canvas, server, (220, 226, 228), 0.3)
    canvas.edge(path("M536 540 C640 520 630 640 520 634"), 15, look.accent)
    canvas.cylinder(box(322, 400, 156, 32, 10), look.accent)
    cone = path("M254 210 L546 210 C536 300 470 352 452 384 L348 384 C330 352 264 300 254 210 Z")
    canvas.cylinder(cone, look.colour)
    with canvas.inside(cone):
        for shift in (-80, -28, 28, 80):
            canvas.stroke(
                [(400 + shift * 1.5, 226), (400 + shift * 0.7, 376)], 3, dark(look.colour, 0.4), 0.35
            )
    canvas.fill(ellipse(400, 384, 96, 14), dark(look.colour, 0.2))
    canvas.fill(
        ellipse(400, 212, 147, 30),
        linear((254, 0), (546, 0), light(look.colour, 0.5), dark(look.colour, 0.05)),
    )
    canvas.fill(ellipse(400, 216, 130, 23), dark(ROAST, 0.1))
    canvas.edge(path("M546 240 C620 240 616 320 514 318"), 15, look.colour)
    steam(canvas, 400, 190, 120)


def grinder(canvas: Canvas, look: Look) -> None:
    """A hand grinder with a crank."""
    shadow(canvas, 400, 655, 230)
    canvas.cylinder(box(312, 470, 176, 186, 20), WOOD if look.variant % 2 else dark(look.colour, 0.15))
    canvas.cylinder(path("M306 240 L494 240 L486 480 L314 480 Z"), look.colour)
    for level in (252, 462):
        canvas.cylinder(box(304, level, 192, 18, 5), STEEL)
    canvas.cylinder(path("M312 240 Q320 196 400 190 Q480 196 488 240 Z"), STEEL)
    canvas.stroke(line("M400 192 L400 156 L560 140"), 13, STEEL)
    canvas.stroke(line("M400 190 L400 154 L560 138"), 4, WHITE, 0.7)
    canvas.ball(ellipse(566, 122, 24, 34), WOOD)
    emblem(canvas, look.emblem, 398, 366, 42, light(look.colour, 0.6))
    beans(canvas, 570, 680)


def kraft_box(canvas: Canvas, look: Look) -> None:
    """A kraft carton with a sleeve: capsules, samplers, sets."""
    shadow(canvas, 400, 650, 440)
    front, side = box(170, 360, 400, 290, 6), path("M570 360 L660 326 L660 608 L570 650 Z")
    canvas.flat(front, KRAFT)
    canvas.fill(side, linear((570, 0), (660, 0), dark(KRAFT, 0.2), dark(KRAFT, 0.36)))
    canvas.fill(path("M170 360 L280 326 L660 326 L570 360 Z"), light(KRAFT, 0.36))
    canvas.flat(box(280, 360, 180, 290), look.colour)
    canvas.fill(path("M280 360 L384 326 L548 326 L460 360 Z"), light(look.colour, 0.3))
    emblem(canvas, look.emblem, 370, 500, 64, light(look.accent, 0.75))
    for place in range(3):
        x, y = 250 + place * 96, 690 + (place % 2) * 14
        shadow(canvas, x, y + 18, 66)
        canvas.cylinder(
            path(
                f"M{x - 34} {y - 34} L{x + 34} {y - 34} L{x + 24} {y + 20} Q{x} {y + 30} {x - 24} {y + 20} Z"
            ),
            (look.colour, look.accent, GOLD)[place],
        )
        canvas.fill(ellipse(x, y - 34, 38, 10), light((look.colour, look.accent, GOLD)[place], 0.5))


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "coffee_bag": coffee_bag,
    "drip_box": drip_box,
    "bottle": bottle,
    "jar": jar,
    "dripper": dripper,
    "grinder": grinder,
    "kraft_box": kraft_box,
}
