"""Stationery, toys, cards."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.goods.parts import CREAM, GOLD, INK, KRAFT, WOOD, Look, emblem
from demo.drawing.paths import Path, box, ellipse, line, path, polygon
from demo.drawing.scene import shadow

BRIGHT: tuple[RGB, ...] = ((226, 96, 92), (240, 178, 80), (120, 176, 120), (96, 156, 200), (160, 130, 190))


def notebook(canvas: Canvas, look: Look) -> None:
    """A notebook with an elastic band and a ribbon, or a spiral one."""
    shadow(canvas, 410, 650, 380, strength=0.8)
    pages = box(246, 136, 330, 520, 14)
    canvas.fill(pages.moved(10, 8), INK, 0.28, blur=10)
    canvas.fill(pages.moved(8, 4), (244, 238, 224))
    for step in range(4):
        canvas.stroke([(579 + step * 1.6, 150), (579 + step * 1.6, 650)], 1, (200, 190, 172))
    cover = box(234, 130, 336, 520, 16)
    canvas.flat(cover, look.colour)
    if look.variant % 2:
        for row in range(17):
            y = 158 + row * 29
            canvas.fill(ellipse(258, y, 7), dark(look.colour, 0.5))
            canvas.edge(ellipse(240, y, 21, 9), 5, (150, 152, 160))
    else:
        canvas.fill(box(234, 130, 34, 520, 12), dark(look.colour, 0.22), 0.5)
        canvas.flat(box(520, 130, 17, 520), look.accent)
        canvas.fill(path("M420 648 L420 706 L434 690 L448 706 L448 648 Z"), look.accent)
    emblem(canvas, look.emblem, 400, 330, 72, light(look.accent, 0.25))
    canvas.stroke([(356, 440), (444, 440)], 4, light(look.colour, 0.5), 0.7)


def pens(canvas: Canvas, look: Look) -> None:
    """A row of pens, or coloured pencils in a box."""
    tones = (
        (look.colour, look.accent, *BRIGHT)
        if look.variant % 2
        else (look.colour, look.accent, mix(look.colour, look.accent, 0.5))
    )
    count = 9 if look.variant % 2 else 3
    width = 52 if count == 3 else 40
    left = 400 - (count - 1) * (width + 4) / 2
    for place in range(count):
        x, tone = left + place * (width + 4), tones[place % len(tones)]
        top = 150 + (place * 37) % 50
        shadow(canvas, x, 664, width, strength=0.6)
        if count == 9:
            canvas.fill(
                polygon((x - 17, top + 84), (x, top), (x + 17, top + 84)),
                linear((x - 17, 0), (x + 17, 0), light(WOOD, 0.5), WOOD),
            )
            canvas.fill(polygon((x - 6, top + 28), (x, top), (x + 6, top + 28)), tone)
            canvas.cylinder(box(x - 17, top + 82, 34, 580 - top, 3), tone)
        else:
            canvas.fill(
                polygon((x - 14, top + 56), (x, top), (x + 14, top + 56)),
                linear((x - 14, 0), (x + 14, 0), light(GOLD, 0.5), GOLD),
            )
            canvas.cylinder(box(x - 24, top + 52, 48, 190, 12), light(tone, 0.12))
            canvas.cylinder(box(x - 25, top + 236, 50, 12, 3), GOLD)
            canvas.cylinder(box(x - 25, top + 246, 50, 412 - top + 6, 14), tone)
            canvas.flat(box(x + 9, top + 270, 10, 130, 5), GOLD)
    if count == 9:
        tray = box(188, 500, 424, 160, 18)
        canvas.fill(tray.moved(0, -6), INK, 0.24, blur=8)
        canvas.flat(tray, look.colour)
        emblem(canvas, look.emblem, 400, 580, 44, light(look.accent, 0.4))


def tape(canvas: Canvas, look: Look) -> None:
    """Rolls of paper tape."""
    for x, y, tone, other in (
        (300, 570, look.accent, look.colour),
        (520, 560, light(look.colour, 0.3), look.accent),
        (410, 440, look.colour, CREAM),
    ):
        shadow(canvas, x, y + 78, 250, strength=0.8)
        side = path(f"M{x - 128} {y} L{x + 128} {y} L{x + 128} {y + 50} Q{x} {y + 118} {x - 128} {y + 50} Z")
        canvas.cylinder(side, tone)
        with canvas.inside(side):
            for step in range(-5, 6):
                canvas.fill(ellipse(x + step * 30, y + 56 - abs(step) * 4, 9), other)
        canvas.fill(
            ellipse(x, y, 128, 50), linear((x - 128, y), (x + 128, y), light(tone, 0.4), light(tone, 0.1))
        )
        for reach in (118, 106, 94):
            canvas.edge(ellipse(x, y, reach, reach * 0.39), 2, dark(tone, 0.2), 0.3)
        canvas.fill(ellipse(x, y, 78, 30), KRAFT)
        canvas.fill(ellipse(x, y + 6, 66, 22), dark(KRAFT, 0.4))


def paints(canvas: Canvas, look: Look) -> None:
    """A palette of paints with a brush."""
    shape = path(
        "M400 170 C580 170 690 290 680 430 C672 540 560 530 520 570 C480 620 560"
        " 660 450 680 C260 700 120 560 130 410 C140 270 260 170 400 170 Z"
    )
    canvas.fill(shape.moved(10, 22), INK, 0.3, blur=18)
    canvas.fill(shape.moved(0, 10), dark(WOOD, 0.25))
    canvas.fill(shape, linear((130, 170), (680, 680), light(WOOD, 0.5), light(WOOD, 0.15)))
    canvas.fill(ellipse(450, 600, 44, 36), mix(dark(WOOD, 0.3), CREAM, 0.25))
    tones = (look.colour, look.accent, *BRIGHT)
    for place, (x, y) in enumerate(
        ((240, 350), (320, 264), (430, 238), (540, 280), (600, 380), (220, 462), (290, 560))
    ):
        canvas.ball(ellipse(x, y, 48, 42), tones[place % len(tones)])
        canvas.fill(ellipse(x - 15, y - 14, 13, 8), WHITE, 0.55)
    canvas.fill(line_path(300, 700, 620, 160), INK, 0.25, blur=8)
    canvas.stroke([(290, 690), (560, 236)], 19, look.colour)
    canvas.stroke([(284, 688), (554, 234)], 4, WHITE, 0.5)
    canvas.stroke([(560, 236), (582, 198)], 23, (196, 200, 206))
    canvas.fill(path("M570 190 L602 208 Q626 150 622 118 Q586 150 570 190 Z"), dark(look.accent, 0.15))


def line_path(x0: float, y0: float, x1: float, y1: float) -> Path:
    """Return a thin band between two points."""
    return polygon((x0 - 9, y0), (x1 - 9, y1), (x1 + 9, y1), (x0 + 9, y0))


def blocks(canvas: Canvas, look: Look) -> None:
    """A tower of wooden blocks."""
    shadow(canvas, 400, 655, 460)
    tones = (look.colour, look.accent, *BRIGHT)
    for place, (x, y) in enumerate(((200, 520), (336, 520), (472, 520), (268, 384), (404, 384))):
        tone = tones[place % len(tones)]
        canvas.fill(
            path(f"M{x + 132} {y} L{x + 160} {y - 24} L{x + 160} {y + 108} L{x + 132} {y + 132} Z"),
            dark(tone, 0.3),
        )
        canvas.fill(
            path(f"M{x} {y} L{x + 28} {y - 24} L{x + 160} {y - 24} L{x + 132} {y} Z"), light(tone, 0.4)
        )
        canvas.flat(box(x, y, 132, 132, 6), tone)
        canvas.edge(box(x + 13, y + 13, 106, 106, 6), 3, light(tone, 0.5), 0.6)
        emblem(
            canvas, ("star", "heart", "sun", "moon", "flower")[place], x + 66, y + 66, 32, light(tone, 0.75)
        )
    canvas.fill(path("M460 360 L500 336 L500 250 L440 190 Z"), dark(look.accent, 0.3))
    roof = polygon((330, 360), (472, 360), (400, 230))
    canvas.flat(roof, look.accent)
    canvas.fill(polygon((472, 360), (500, 336), (428, 212), (400, 230)), dark(look.accent, 0.28))


def bear(canvas: Canvas, look: Look) -> None:
    """A plush animal: bear, rabbit, or cat by its ears."""
    shadow(canvas, 400, 660, 380)
    fur, pale = look.colour, light(look.colour, 0.55)
    for flip in (1, -1):
        x = 400 + flip * 92
        if look.variant % 3 == 1:
            ear = ellipse(x - flip * 20, 130, 36, 118).turned(flip * 11, about=(x, 250))
            canvas.ball(ear, fur)
            canvas.fill(ear.scaled(0.55, 0.74, about=(x - flip * 4, 140)), light(look.accent, 0.35), 0.8)
        elif look.variant % 3 == 2:
            ear = path(f"M{400 + flip * 30} 200 L{400 + flip * 136} 120 L{400 + flip * 142} 260 Z")
            canvas.ball(ear, fur)
            canvas.fill(ear.scaled(0.55, about=(400 + flip * 116, 190)), light(look.accent, 0.35), 0.8)
        else:
            canvas.ball(ellipse(x + flip * 12, 192, 52), fur)
            canvas.fill(ellipse(x + flip * 12, 194, 28), light(look.accent, 0.35), 0.8)
        canvas.ball(
            ellipse(400 + flip * 150, 500, 46, 84).turned(-flip * 24, about=(400 + flip * 140, 480)),
            dark(fur, 0.05),
        )
    canvas.ball(ellipse(400, 520, 150, 146), fur)
    canvas.fill(ellipse(400, 540, 92, 96), pale, 0.9, blur=3)
    for flip in (1, -1):
        canvas.ball(ellipse(400 + flip * 106, 618, 70, 50), dark(fur, 0.03))
        canvas.fill(ellipse(400 + flip * 120, 620, 30, 27), light(look.accent, 0.4))
    canvas.ball(ellipse(400, 300, 152, 134), light(fur, 0.04))
    canvas.fill(ellipse(400, 344, 68, 52), pale)
    for flip in (1, -1):
        canvas.fill(ellipse(400 + flip * 62, 290, 13, 15), INK)
        canvas.fill(ellipse(396 + flip * 62, 284, 4), WHITE)
        canvas.fill(ellipse(400 + flip * 96, 338, 26, 17), (244, 150, 150), 0.5, blur=4)
    canvas.fill(ellipse(400, 326, 17, 12), INK)
    canvas.stroke(line("M400 336 Q398 356 376 358"), 4, INK)
    canvas.stroke(line("M400 336 Q402 356 424 358"), 4, INK)
    scarf = path("M286 404 Q400 456 514 404 L520 436 Q400 490 280 436 Z")
    canvas.ball(scarf, look.accent)
    canvas.ball(path("M452 440 L500 432 L510 530 L462 534 Z"), look.accent)


def car(canvas: Canvas, look: Look) -> None:
    """A wooden car, or a little train."""
    shadow(canvas, 400, 650, 520)
    canvas.flat(
        path(
            "M150 570 L150 500 Q150 450 206 446 L270 436 L330 340 Q340 324 366 324 L500"
            " 324 Q530 324 544 346 L592 440 L620 446 Q660 456 660 500 L660 570 Z"
        ),
        look.colour,
    )
    for window in (
        "M350 360 Q356 352 368 352 L412 352 L412 434 L306 434 Z",
        "M436 352 L500 352 Q514 352 520 364 L556 434 L436 434 Z",
    ):
        canvas.fill(path(window), linear((300, 350), (540, 440), (226, 240, 246), (168, 200, 216)))
    canvas.fill(box(150, 520, 510, 22), look.accent)
    canvas.ball(ellipse(634, 490, 17, 20), (255, 226, 140))
    for x in (260, 550):
        canvas.fill(ellipse(x, 584, 84), dark(look.colour, 0.45))
        canvas.ball(ellipse(x, 588, 70), WOOD)
        canvas.ball(ellipse(x, 588, 30), look.accent)
        for reach in (52, 42):
            canvas.edge(ellipse(x, 588, reach), 2, dark(WOOD, 0.3), 0.35)
    if look.variant % 2:
        for place, tone in enumerate(BRIGHT[:3]):
            canvas.flat(box(348 + place * 58, 266 - (place % 2) * 8, 54, 58, 8), tone)


def puzzle(canvas: Canvas, look: Look) -> None:
    """A box of a puzzle and some of its pieces."""
    shadow(canvas, 400, 600, 440)
    canvas.flat(box(190, 190, 420, 400, 14), look.colour)
    picture = box(214, 214, 372, 352, 8)
    canvas.fill(picture, linear((0, 214), (0, 566), light(look.accent, 0.7), light(look.accent, 0.3)))
    with canvas.inside(picture):
        canvas.fill(ellipse(500, 290, 40), (255, 232, 160))
        canvas.fill(path("M200 480 L320 330 L430 480 Z"), dark(look.accent, 0.1))
        canvas.fill(path("M340 500 L470 370 L620 520 Z"), dark(look.accent, 0.28))
        canvas.fill(box(200, 470, 400, 110), mix(look.colour, (110, 160, 110), 0.6))
        for step in range(1, 6):
            canvas.stroke([(214 + step * 62, 214), (214 + step * 62, 566)], 2, WHITE, 0.4)
            canvas.stroke([(214, 214 + step * 59), (586, 214 + step * 59)], 2, WHITE, 0.4)
    for x, y, turn, tone in (
        (240, 660, -14, look.accent),
        (420, 684, 20, look.colour),
        (590, 650, 6, BRIGHT[1]),
    ):
        piece = (box(x - 44, y - 40, 88, 80, 6) + ellipse(x + 52, y, 20) + ellipse(x, y - 48, 20)).minus(
            ellipse(x - 34, y, 19)
        )
        piece = piece.turned(turn, about=(x, y))
        canvas.fill(piece.moved(4, 9), INK, 0.28, blur=6)
        left, top, right, bottom = piece.bounds()
        canvas.fill(piece, linear((left, top), (right, bottom), light(tone, 0.3), tone))


def card(canvas: Canvas, look: Look) -> None:
    """A gift card or voucher in its sleeve."""
    shadow(canvas, 400, 650, 500, strength=0.7)
    sleeve = box(160, 330, 480, 300, 22).turned(5, about=(400, 480))
    canvas.fill(sleeve.moved(6, 14), INK, 0.26, blur=14)
    canvas.flat(sleeve, light(look.accent, 0.35))
    face = box(160, 240, 480, 302, 26).turned(-6, about=(400, 400))
    canvas.fill(face.moved(6, 14), INK, 0.28, blur=14)
    canvas.fill(
        face, linear((160, 200), (640, 580), light(look.colour, 0.28), look.colour, dark(look.colour, 0.24))
    )
    with canvas.inside(face):
        for reach in (330, 260, 190):
            canvas.fill(ellipse(610, 230, reach), WHITE, 0.07)
        canvas.stroke([(150, 470), (660, 420)], 30, look.accent, 0.9)
        canvas.stroke([(150, 466), (660, 416)], 4, WHITE, 0.4)
    emblem(canvas, look.emblem, 262, 334, 46, light(GOLD, 0.4))
    canvas.flat(box(520, 250, 74, 54, 10).turned(-6, about=(400, 400)), GOLD)
    for flip in (1, -1):
        loop = path("M420 440 C390 390 350 400 356 432 C364 462 400 458 420 440 Z")
        canvas.ball(loop if flip == 1 else loop.mirrored(420), look.accent)
    canvas.ball(ellipse(420, 440, 15), dark(look.accent, 0.1))


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "notebook": notebook,
    "pens": pens,
    "tape": tape,
    "paints": paints,
    "blocks": blocks,
    "bear": bear,
    "car": car,
    "puzzle": puzzle,
    "card": card,
}
