"""Small electronics."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear, radial
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.goods.parts import INK, STEEL, Look, emblem, gloss
from demo.drawing.paths import box, ellipse, line, path, polygon
from demo.drawing.scene import shadow

NIGHT: RGB = (44, 46, 54)


def headphones(canvas: Canvas, look: Look) -> None:
    """Over-ear headphones."""
    shadow(canvas, 400, 655, 430)
    canvas.stroke(line("M222 480 C200 60 600 60 578 480"), 40, look.colour)
    canvas.stroke(line("M214 470 C196 60 590 56 570 440"), 7, light(look.colour, 0.6), 0.6)
    canvas.stroke(line("M280 210 C330 140 470 140 520 210"), 24, dark(look.colour, 0.35))
    for flip in (False, True):
        x = 578 if flip else 222
        canvas.cylinder(box(x - 15, 360, 30, 110, 10), STEEL)
        cup = ellipse(x, 540, 78, 112)
        pad = ellipse(x + (-46 if flip else 46), 540, 52, 104)
        canvas.ball(pad, NIGHT if luminance_low(look.colour) else dark(look.colour, 0.5))
        canvas.ball(cup, look.colour)
        canvas.edge(ellipse(x, 540, 54, 84), 4, look.accent, 0.8)
        emblem(canvas, look.emblem, x, 540, 26, look.accent)


def luminance_low(colour: RGB) -> bool:
    """Return whether a colour is dark."""
    return sum(colour) < 300


def earbuds(canvas: Canvas, look: Look) -> None:
    """Earbuds in front of their open case."""
    shadow(canvas, 400, 650, 370)
    lid = path("M230 420 L230 340 Q230 250 320 250 L480 250 Q570 250 570 340 L570 420 Z")
    canvas.ball(lid, light(look.colour, 0.06))
    canvas.fill(
        path("M252 418 L252 350 Q252 280 330 280 L470 280 Q548 280 548 350 L548 418 Z"),
        linear((0, 280), (0, 420), dark(look.colour, 0.35), dark(look.colour, 0.18)),
    )
    body = path("M222 420 L578 420 L578 540 Q578 656 470 656 L330 656 Q222 656 222 540 Z")
    canvas.cylinder(body, look.colour)
    canvas.fill(box(236, 416, 328, 26, 10), dark(look.colour, 0.35))
    for flip in (False, True):
        x = 474 if flip else 326
        canvas.cylinder(box(x - 18, 350, 36, 90, 16), light(look.colour, 0.2))
        canvas.ball(ellipse(x, 346, 45, 43), light(look.colour, 0.25))
        canvas.fill(ellipse(x + (18 if not flip else -18), 346, 15, 19), NIGHT, 0.8)
    canvas.fill(ellipse(400, 520, 8), (126, 222, 150))
    canvas.glow(400, 520, 30, (126, 222, 150), 0.7)
    gloss(canvas, body, 262, 450, 620, 18, 0.5)


def speaker(canvas: Canvas, look: Look) -> None:
    """A portable speaker: upright with cloth, or a round one."""
    shadow(canvas, 400, 655, 300)
    body = box(254, 230, 292, 426, 66) if look.variant % 2 == 0 else ellipse(400, 450, 206)
    canvas.cylinder(body, look.colour, 0.9)
    with canvas.inside(body.scaled(0.92, about=(400, 443))):
        for row in range(56):
            for column in range(36):
                if (row + column) % 2 == 0:
                    canvas.fill(
                        box(196 + column * 11.6, 224 + row * 8, 5, 3.4), dark(look.colour, 0.45), 0.32
                    )
    if look.variant % 2 == 0:
        canvas.fill(ellipse(400, 250, 112, 24), light(look.colour, 0.3))
        for x in (350, 400, 450):
            canvas.fill(ellipse(x, 248, 11, 5), dark(look.colour, 0.5))
        canvas.edge(path("M540 300 C610 300 610 420 544 420"), 13, look.accent)
    else:
        canvas.edge(ellipse(400, 450, 206), 16, light(look.colour, 0.2))
        canvas.cylinder(box(330, 640, 140, 20, 8), NIGHT)
    canvas.flat(box(360, 560, 80, 30, 8), look.accent)
    gloss(canvas, body, 300, 300, 600, 22, 0.25)


def keyboard(canvas: Canvas, look: Look) -> None:
    """A compact keyboard, seen at a slant."""
    base = path("M120 560 L220 350 L700 350 L680 560 Z")
    canvas.fill(base.moved(10, 40), INK, 0.3, blur=22)
    canvas.fill(
        path("M120 560 L680 560 L680 606 Q680 614 670 614 L132 614 Q120 614 120 604 Z"),
        dark(look.colour, 0.32),
    )
    canvas.fill(base, linear((120, 350), (700, 560), light(look.colour, 0.25), look.colour))
    for row in range(5):
        share = row / 5
        left, right = 226 - share * 90, 692 - share * 10
        y, height = 358 + row * 40, 30 + row
        count = 14 - (row % 2)
        width = (right - left) / count
        for place in range(count):
            if row == 4 and 4 <= place <= 8:
                if place != 4:
                    continue
                x, wide = left + place * width, width * 5
            else:
                x, wide = left + place * width, width
            tone = (
                look.accent
                if (row, place) in {(0, 0), (2, count - 1), (4, 4)} or place == count - 1
                else light(look.colour, 0.5)
            )
            canvas.fill(box(x + 2, y + 4, wide - 4, height, 7), dark(tone, 0.35))
            canvas.fill(
                box(x + 3, y, wide - 6, height - 3, 7),
                linear((x, y), (x, y + height), light(tone, 0.3), tone),
            )


def mouse(canvas: Canvas, look: Look) -> None:
    """A wireless mouse on a mat."""
    canvas.fill(ellipse(400, 620, 280, 60), mix(look.accent, WHITE, 0.4))
    canvas.fill(ellipse(400, 612, 280, 60), mix(look.accent, WHITE, 0.55))
    shadow(canvas, 400, 640, 300)
    body = path(
        "M280 520 C276 360 330 280 400 280 C470 280 524 360 520 520 C520 610 470"
        " 652 400 652 C330 652 280 610 280 520 Z"
    )
    canvas.ball(body, look.colour)
    with canvas.inside(body):
        canvas.stroke(line("M400 280 L400 440"), 5, dark(look.colour, 0.45), 0.6)
        canvas.stroke(line("M276 470 Q400 420 524 470"), 4, dark(look.colour, 0.45), 0.5)
    canvas.cylinder(box(386, 330, 28, 74, 14), look.accent)
    gloss(canvas, body, 336, 340, 560, 20, 0.45)
    emblem(canvas, look.emblem, 400, 560, 24, light(look.colour, 0.35))


def powerbank(canvas: Canvas, look: Look) -> None:
    """A power bank with a short cable."""
    shadow(canvas, 400, 655, 280)
    canvas.stroke(line("M470 230 C480 110 640 130 620 300 C612 360 600 400 604 440"), 13, look.accent)
    canvas.cylinder(box(586, 430, 38, 60, 8), look.accent)
    canvas.flat(box(594, 488, 22, 22, 3), STEEL)
    body = box(270, 220, 260, 436, 44)
    canvas.cylinder(body, look.colour, 0.9)
    canvas.edge(box(284, 234, 232, 408, 34), 2, WHITE, 0.35)
    for place in range(4):
        canvas.fill(
            ellipse(340 + place * 40, 590, 8), (126, 222, 150) if place < 3 else dark(look.colour, 0.3)
        )
    emblem(canvas, look.emblem, 398, 410, 54, light(look.colour, 0.55))
    gloss(canvas, body, 306, 270, 620, 18, 0.5)


def watch(canvas: Canvas, look: Look) -> None:
    """A watch: with hands, or a square screen."""
    shadow(canvas, 400, 660, 250)
    strap = path("M318 60 L482 60 L500 300 L500 520 L474 720 L326 720 L300 520 L300 300 Z")
    canvas.cylinder(strap, look.accent)
    for y in (560, 600, 640, 680):
        canvas.fill(ellipse(400, y, 9, 7), dark(look.accent, 0.5))
    if look.variant % 2:
        canvas.cylinder(box(258, 272, 284, 300, 74), look.colour)
        canvas.fill(box(278, 292, 244, 260, 60), linear((278, 292), (522, 552), (58, 60, 72), (22, 22, 30)))
        for reach, tone, share in (
            (86, (246, 104, 116), 0.78),
            (64, (128, 218, 140), 0.6),
            (42, (110, 190, 240), 0.9),
        ):
            points = [
                polygon((400, 422 - reach)).turned(step * 5, about=(400, 422)).polygons[0][0]
                for step in range(int(72 * share))
            ]
            canvas.stroke(points, 15, tone)
        return
    canvas.cylinder(box(548, 400, 34, 40, 8), look.colour)
    canvas.ball(ellipse(400, 420, 160), look.colour)
    canvas.fill(ellipse(400, 420, 134), radial((360, 370), 240, WHITE, (226, 226, 224)))
    for turn in range(0, 360, 30):
        mark = box(397, 300, 6, 24 if turn % 90 == 0 else 13, 3).turned(turn, about=(400, 420))
        canvas.fill(mark, INK, 0.8)
    canvas.stroke([(400, 420), (352, 372)], 10, INK)
    canvas.stroke([(400, 420), (462, 352)], 7, INK)
    canvas.stroke([(400, 440), (400, 508)], 3, (216, 84, 80))
    canvas.ball(ellipse(400, 420, 10), look.colour)
    with canvas.inside(ellipse(400, 420, 134)):
        canvas.stroke([(300, 500), (440, 290)], 44, WHITE, 0.3, blur=6)


def charger(canvas: Canvas, look: Look) -> None:
    """A charger and its coiled cable, or a phone on a wireless pad."""
    if look.variant % 2:
        _pad(canvas, look)
        return
    shadow(canvas, 310, 650, 250)
    canvas.cylinder(box(196, 376, 230, 276, 46), look.colour)
    for x in (266, 336):
        canvas.flat(box(x, 336, 20, 44, 4), STEEL)
    canvas.fill(box(270, 590, 82, 26, 13), dark(look.colour, 0.5))
    emblem(canvas, look.emblem, 310, 490, 40, look.accent)
    shadow(canvas, 570, 650, 220)
    for ring in range(4):
        canvas.edge(ellipse(566, 560 - ring * 13, 104, 66), 13, dark(look.accent, 0.12 - ring * 0.03))
        canvas.edge(ellipse(564, 556 - ring * 13, 104, 66), 3, light(look.accent, 0.5), 0.6)
    canvas.stroke(line("M470 530 C440 420 520 380 560 330"), 13, look.accent)
    canvas.cylinder(box(544, 266, 36, 70, 10), light(look.accent, 0.2))
    canvas.flat(box(551, 240, 22, 28, 4), STEEL)


def _pad(canvas: Canvas, look: Look) -> None:
    shadow(canvas, 400, 655, 380)
    canvas.ball(ellipse(400, 640, 190, 34), look.colour)
    canvas.flat(path("M330 640 L470 640 L448 480 L352 480 Z"), dark(look.colour, 0.12))
    phone = box(282, 150, 236, 440, 40)
    canvas.fill(phone.moved(8, 10), INK, 0.3, blur=12)
    canvas.fill(phone, (58, 60, 70))
    screen = box(294, 162, 212, 416, 30)
    canvas.fill(
        screen, linear((294, 162), (506, 578), light(look.accent, 0.55), look.accent, dark(look.accent, 0.3))
    )
    with canvas.inside(screen):
        canvas.fill(ellipse(470, 260, 56), WHITE, 0.35)
        canvas.fill(
            path("M290 480 Q360 400 420 460 Q470 400 520 450 L520 590 L290 590 Z"),
            dark(look.accent, 0.4),
            0.55,
        )
        canvas.fill(
            polygon((408, 300), (370, 372), (398, 372), (388, 428), (432, 348), (404, 348)), WHITE, 0.95
        )


def desk_fan(canvas: Canvas, look: Look) -> None:
    """A small desk fan."""
    shadow(canvas, 400, 655, 280)
    canvas.cylinder(box(382, 500, 36, 140, 8), look.colour)
    canvas.ball(ellipse(400, 644, 136, 26), look.colour)
    ring = ellipse(400, 350, 200)
    canvas.fill(ring, WHITE, 0.35)
    for turn in (0, 120, 240):
        blade = path("M400 350 C330 300 320 200 400 172 C470 190 470 280 400 350 Z").turned(
            turn, about=(400, 350)
        )
        left, top, right, bottom = blade.bounds()
        canvas.fill(blade, linear((left, top), (right, bottom), light(look.accent, 0.5), look.accent))
    for turn in range(0, 360, 15):
        spoke = [
            polygon((400, 350 - reach)).turned(turn, about=(400, 350)).polygons[0][0] for reach in (52, 196)
        ]
        canvas.stroke(spoke, 3, dark(look.colour, 0.1), 0.75)
    for reach in (100, 150):
        canvas.edge(ellipse(400, 350, reach), 3, dark(look.colour, 0.1), 0.6)
    canvas.edge(ring, 17, look.colour)
    canvas.edge(ellipse(397, 347, 202), 3, WHITE, 0.5)
    canvas.ball(ellipse(400, 350, 52), look.colour)
    emblem(canvas, look.emblem, 400, 350, 20, look.accent)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "headphones": headphones,
    "earbuds": earbuds,
    "speaker": speaker,
    "keyboard": keyboard,
    "mouse": mouse,
    "powerbank": powerbank,
    "watch": watch,
    "charger": charger,
    "desk_fan": desk_fan,
}
