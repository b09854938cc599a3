"""Clothes, seen from the front as if they hung on the wall, and what goes with them."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas, fading, linear
from demo.drawing.colour import RGB, WHITE, dark, light
from demo.drawing.goods.parts import CREAM, INK, WOOD, Look, emblem
from demo.drawing.paths import Path, box, ellipse, line, path
from demo.drawing.scene import lying_shadow, shadow


def _cloth(canvas: Canvas, shape: Path, colour: RGB, *, hanging: bool = True) -> None:
    left, top, right, bottom = shape.bounds()
    if hanging:
        lying_shadow(canvas, shape)
    canvas.fill(shape, linear((left, top), (right, bottom), light(colour, 0.18), colour, dark(colour, 0.18)))


def _folds(canvas: Canvas, shape: Path, colour: RGB, *strokes: str) -> None:
    with canvas.inside(shape):
        for text in strokes:
            points = line(text)
            canvas.stroke(points, 18, dark(colour, 0.5), 0.17, blur=8)
            canvas.stroke([(x - 12, y) for x, y in points], 13, WHITE, 0.13, blur=7)


def _hanger(canvas: Canvas) -> None:
    canvas.stroke(line("M400 150 C400 120 440 118 438 94 C436 66 392 66 390 92"), 8, (176, 178, 184))
    canvas.stroke(line("M400 148 L250 214"), 14, WOOD)
    canvas.stroke(line("M400 148 L550 214"), 14, WOOD)


_TSHIRT = (
    "M310 176 Q400 236 490 176 L566 202 L686 330 L612 400 L560 356 L560 664 Q400 686 240 664"
    " L240 356 L188 400 L114 330 L234 202 Z"
)


def tshirt(canvas: Canvas, look: Look) -> None:
    """A T-shirt; plain with an emblem, striped, or with a pocket."""
    _hanger(canvas)
    shape = path(_TSHIRT)
    canvas.fill(ellipse(400, 196, 88, 26), dark(look.colour, 0.4))
    _cloth(canvas, shape, look.colour)
    with canvas.inside(shape):
        if look.variant % 3 == 1:
            for row in range(9):
                canvas.stroke(
                    line(f"M100 {300 + row * 42} Q400 {316 + row * 42} 700 {300 + row * 42}"),
                    15,
                    look.accent,
                    0.85,
                )
        canvas.stroke(line("M240 356 C250 300 240 250 236 206"), 4, dark(look.colour, 0.45), 0.4)
        canvas.stroke(line("M560 356 C550 300 560 250 564 206"), 4, dark(look.colour, 0.45), 0.4)
    _folds(
        canvas,
        shape,
        look.colour,
        "M300 300 C290 420 320 520 300 660",
        "M510 360 C520 470 490 560 506 664",
        "M250 360 Q300 390 330 380",
    )
    canvas.stroke(line("M310 178 Q400 238 490 178"), 14, light(look.colour, 0.12))
    canvas.stroke(line("M308 188 Q400 252 492 188"), 2.5, dark(look.colour, 0.4), 0.5)
    canvas.stroke(line("M242 646 Q400 668 558 646"), 2.5, dark(look.colour, 0.4), 0.4)
    if look.variant % 3 == 0:
        emblem(canvas, look.emblem, 400, 380, 74, look.accent)
    elif look.variant % 3 == 2:
        canvas.flat(path("M440 330 L520 330 L520 410 Q480 430 440 410 Z"), light(look.colour, 0.05))
        canvas.edge(path("M440 330 L520 330 L520 410 Q480 430 440 410 Z"), 2, dark(look.colour, 0.4), 0.5)


def hoodie(canvas: Canvas, look: Look) -> None:
    """A hooded sweater."""
    _hanger(canvas)
    shape = path(
        "M290 200 Q400 250 510 200 L580 226 C640 330 670 470 690 600 L610 628 L558"
        " 430 L556 660 Q400 684 244 660 L242 430 L190 628 L110 600 C130 470 160 330"
        " 220 226 Z"
    )
    _cloth(canvas, shape, look.colour)
    hood = path(
        "M276 214 C270 120 340 110 400 110 C460 110 530 120 524 214 Q470 290 400 292 Q330 290 276 214 Z"
    )
    canvas.ball(hood, dark(look.colour, 0.06))
    canvas.ball(
        path(
            "M316 206 C320 150 360 146 400 146 C440 146 480 150 484 206 Q450 262 400 264 Q350 262 316 206 Z"
        ),
        dark(look.colour, 0.42),
    )
    _folds(
        canvas,
        shape,
        look.colour,
        "M270 330 C260 440 280 540 260 650",
        "M530 330 C540 440 516 540 536 650",
        "M180 400 Q200 470 170 560",
        "M622 400 Q600 470 634 560",
    )
    pocket = path("M300 510 L500 510 L536 600 L520 634 L280 634 L264 600 Z")
    canvas.fill(pocket, dark(look.colour, 0.08))
    canvas.edge(pocket, 2.5, dark(look.colour, 0.42), 0.5)
    for x in (372, 430):
        canvas.stroke(line(f"M{x} 276 Q{x - 6} 330 {x + 2} 372"), 6, CREAM)
    canvas.fill(path("M244 640 Q400 664 556 640 L556 662 Q400 686 244 662 Z"), dark(look.colour, 0.2), 0.6)
    emblem(canvas, look.emblem, 402, 430, 44, look.accent)


def shirt(canvas: Canvas, look: Look) -> None:
    """A shirt with buttons, plain or checked."""
    _hanger(canvas)
    shape = path(
        "M318 176 L482 176 L566 208 C620 330 640 430 656 560 L582 582 L556 400 L560"
        " 664 Q400 684 240 664 L244 400 L218 582 L144 560 C160 430 180 330 234 208"
        " Z"
    )
    _cloth(canvas, shape, look.colour)
    if look.variant % 2:
        with canvas.inside(shape):
            for step in range(15):
                canvas.stroke([(120 + step * 40, 150), (120 + step * 40, 700)], 9, look.accent, 0.32)
                canvas.stroke([(100, 180 + step * 40), (700, 180 + step * 40)], 9, look.accent, 0.32)
    _folds(
        canvas, shape, look.colour, "M300 260 C290 420 310 560 290 660", "M520 300 C530 420 500 560 514 660"
    )
    canvas.fill(box(386, 214, 30, 456), light(look.colour, 0.16), 0.9)
    for row in range(6):
        canvas.ball(ellipse(401, 256 + row * 72, 8), CREAM)
    for flip in (False, True):
        collar = path("M400 226 L330 168 L306 200 L346 262 Z")
        wing = collar.mirrored(401) if flip else collar
        canvas.fill(wing.moved(0, 5), INK, 0.2, blur=4)
        canvas.flat(wing, light(look.colour, 0.14))
    canvas.fill(path("M334 168 Q400 196 468 168 L402 226 Z"), dark(look.colour, 0.36))


def trousers(canvas: Canvas, look: Look) -> None:
    """Trousers or shorts."""
    bottom = 420 if look.variant % 2 else 690
    shape = path(
        f"M270 120 L530 120 C560 280 566 400 {560} {bottom} L{430} {bottom + 8} L404"
        f" 330 L396 330 L{370} {bottom + 8} L{240} {bottom} C234 400 240 280 270 120"
        f" Z"
    )
    if look.variant % 2:
        shape = path(
            "M270 180 L530 180 C580 320 600 440 610 560 L432 590 L404 420 L396 420 L368"
            " 590 L190 560 C200 440 220 320 270 180 Z"
        )
    top = shape.bounds()[1]
    _cloth(canvas, shape, look.colour)
    _folds(
        canvas,
        shape,
        look.colour,
        f"M320 {top + 80} C310 340 312 480 300 680",
        f"M490 {top + 80} C500 340 488 480 500 680",
        f"M396 {top + 200} Q360 {top + 220} 340 {top + 260}",
    )
    canvas.flat(box(266, top - 4, 268, 40, 8), light(look.colour, 0.08))
    canvas.stroke([(400, top + 36), (400, top + 190)], 3, dark(look.colour, 0.45), 0.5)
    for flip in (1, -1):
        x = 400 + flip * 118
        canvas.stroke(
            line(f"M{x} {top + 42} Q{x - flip * 10} {top + 110} {400 + flip * 150} {top + 132}"),
            3,
            dark(look.colour, 0.45),
            0.55,
        )
    for shift in (-16, 16):
        canvas.stroke(
            line(
                f"M{400 + shift} {top + 20} Q{400 + shift * 1.4} {top + 80} {400 + shift * 1.2} {top + 120}"
            ),
            5,
            look.accent,
        )


def socks(canvas: Canvas, look: Look) -> None:
    """A pair of socks."""
    for shift, tone in ((110, dark(look.colour, 0.06)), (-40, look.colour)):
        shape = path(
            "M300 150 L440 150 L440 430 C460 520 560 560 590 610 C606 660 560 690 500"
            " 676 C420 660 300 600 296 500 Z"
        ).moved(shift - 20, 0)
        _cloth(canvas, shape, tone)
        with canvas.inside(shape):
            for row in range(2 + look.variant % 2 * 4):
                canvas.stroke([(200, 246 + row * 44), (700, 246 + row * 44)], 17, look.accent)
            canvas.fill(ellipse(300 + shift, 560, 84), look.accent)
            canvas.fill(ellipse(580 + shift, 660, 96), look.accent)
            for step in range(12):
                canvas.stroke(
                    [(284 + shift + step * 13, 150), (284 + shift + step * 13, 204)], 3, dark(tone, 0.4), 0.35
                )
        _folds(
            canvas,
            shape,
            tone,
            f"M{340 + shift} 210 L{330 + shift} 470",
            f"M{400 + shift} 470 Q{430 + shift} 540 {500 + shift} 590",
        )


def cap(canvas: Canvas, look: Look) -> None:
    """A baseball cap, or a bucket hat."""
    shadow(canvas, 400, 600, 430)
    if look.variant % 2:
        brim = path("M150 520 C200 430 300 400 400 400 C500 400 600 430 650 520 Q400 680 150 520 Z")
        canvas.ball(brim, look.colour)
        crown = path("M262 470 C262 330 300 250 400 246 C500 250 538 330 538 470 Q400 540 262 470 Z")
        canvas.ball(crown, light(look.colour, 0.06))
        canvas.stroke(line("M262 468 Q400 538 538 468"), 26, look.accent)
        for step in range(3):
            canvas.stroke(
                line(
                    f"M{186 + step * 20} {530 - step * 12} Q400 {656 - step * 30} {614 - step * 20}"
                    f" {530 - step * 12}"
                ),
                2.5,
                dark(look.colour, 0.4),
                0.4,
            )
        return
    crown = path("M210 500 C200 320 290 220 400 220 C510 220 590 320 584 500 Q400 560 210 500 Z")
    canvas.ball(crown, look.colour)
    for points in (
        "M400 222 C360 320 350 430 356 540",
        "M396 222 C480 300 520 400 530 520",
        "M390 224 C300 290 262 400 262 518",
    ):
        canvas.stroke(line(points), 3, dark(look.colour, 0.45), 0.4)
    visor = path(
        "M206 500 Q400 566 560 510 C640 520 700 560 706 596 C620 570 420 640 250 560 Q210 540 206 500 Z"
    )
    canvas.fill(visor.moved(0, 8), INK, 0.2, blur=6)
    canvas.ball(visor, look.accent)
    canvas.stroke(line("M230 530 C360 610 560 556 680 580"), 3, light(look.accent, 0.5), 0.6)
    canvas.ball(ellipse(400, 222, 16, 10), look.accent)
    emblem(canvas, look.emblem, 430, 410, 46, light(look.accent, 0.3))


def beanie(canvas: Canvas, look: Look) -> None:
    """A knitted hat with a bobble."""
    shadow(canvas, 400, 640, 360)
    canvas.ball(ellipse(400, 190, 76, 72), look.accent)
    for step in range(40):
        x, y = 400 + (step * 41) % 120 - 60, 190 + (step * 29) % 110 - 55
        if (x - 400) ** 2 + (y - 190) ** 2 < 4400:
            canvas.stroke([(x, y), (x + 9, y - 11)], 4, light(look.accent, 0.45), 0.6)
    crown = path("M216 560 C206 360 290 230 400 230 C510 230 594 360 584 560 Q400 600 216 560 Z")
    canvas.ball(crown, look.colour)
    with canvas.inside(crown):
        for step in range(-6, 7):
            points = line(
                f"M{400 + step * 8} 232 C{400 + step * 30} 320 {400 + step * 34} 440 {400 + step * 31} 580"
            )
            canvas.stroke(points, 4, dark(look.colour, 0.4), 0.28)
    band = box(200, 520, 400, 116, 30)
    canvas.fill(band.moved(0, -6), INK, 0.18, blur=6)
    canvas.cylinder(band, light(look.colour, 0.08))
    with canvas.inside(band):
        for step in range(24):
            canvas.stroke([(208 + step * 17, 522), (208 + step * 17, 636)], 4, dark(look.colour, 0.4), 0.25)
    canvas.flat(box(470, 562, 64, 40, 6), CREAM)


def scarf(canvas: Canvas, look: Look) -> None:
    """A folded scarf with fringes, checked or plain."""
    back = path("M240 150 L440 130 L480 640 L280 660 Z")
    front = path("M360 180 L560 160 L590 600 L390 622 Z")
    for shape, tone in ((back, dark(look.colour, 0.1)), (front, look.colour)):
        _cloth(canvas, shape, tone)
        with canvas.inside(shape):
            for step in range(8):
                canvas.stroke([(180, 190 + step * 70), (640, 150 + step * 70)], 15, look.accent, 0.6)
                if look.variant % 2:
                    canvas.stroke([(260 + step * 48, 100), (300 + step * 48, 700)], 13, look.accent, 0.4)
        left, bottom = shape.polygons[0][3]
        for step in range(17):
            canvas.stroke(
                [(left + 4 + step * 12, bottom - 2 - step * 1.4), (left + 8 + step * 12, bottom + 44)],
                5,
                tone,
            )
    _folds(canvas, front, look.colour, "M440 190 L460 610", "M510 190 L540 590")


def sneakers(canvas: Canvas, look: Look) -> None:
    """A canvas shoe."""
    for x, y, tone in ((54, -110, dark(look.colour, 0.32)), (-20, 0, look.colour)):
        shadow(canvas, 400 + x, 640 + y, 500, strength=0.8)
        upper = path(
            "M190 590 L196 420 C240 440 290 420 320 372 L400 390 C440 450 520 500 600"
            " 520 C646 534 660 566 656 600 Z"
        ).moved(x, y)
        canvas.fill(upper, linear((190 + x, 380), (650 + x, 620), light(tone, 0.25), tone, dark(tone, 0.2)))
        toe = path("M540 604 C540 540 580 516 610 524 C650 536 662 570 656 604 Z").moved(x, y)
        canvas.ball(toe, CREAM)
        sole = path("M182 580 L664 588 Q676 640 640 644 L206 644 Q178 640 182 580 Z").moved(x, y)
        canvas.fill(sole, linear((0, 580 + y), (0, 644 + y), WHITE, (216, 210, 202)))
        canvas.stroke([(188 + x, 608 + y), (660 + x, 614 + y)], 5, look.accent, 0.85)
        for step in range(4):
            canvas.stroke(
                [(352 + step * 40 + x, 414 + step * 30 + y), (402 + step * 34 + x, 392 + step * 32 + y)],
                10,
                WHITE,
            )
            canvas.fill(ellipse(352 + step * 40 + x, 414 + step * 30 + y, 6), dark(tone, 0.4))
        emblem(canvas, look.emblem, 262 + x, 500 + y, 26, light(look.accent, 0.4))


def apron(canvas: Canvas, look: Look) -> None:
    """An apron with pockets."""
    canvas.stroke(line("M330 200 C320 90 480 90 470 200"), 13, dark(look.colour, 0.2))
    for flip in (1, -1):
        canvas.stroke(
            line(
                f"M{400 + flip * 150} 400 C{400 + flip * 230} 410 {400 + flip * 220} 500 {400 + flip * 260}"
                f" 530"
            ),
            11,
            dark(look.colour, 0.2),
        )
    shape = path(
        "M320 190 L480 190 C490 300 520 360 564 390 L580 650 Q400 690 220 650 L236"
        " 390 C280 360 310 300 320 190 Z"
    )
    _cloth(canvas, shape, look.colour)
    _folds(
        canvas, shape, look.colour, "M320 300 C300 440 310 560 290 660", "M500 420 C510 520 490 600 500 670"
    )
    pocket = path("M290 450 L510 450 L510 560 Q400 590 290 560 Z")
    canvas.fill(pocket, look.accent)
    canvas.fill(pocket, fading((290, 450), (510, 580), INK, 0.0, 0.16))
    canvas.stroke([(400, 452), (400, 576)], 2.5, dark(look.accent, 0.4), 0.6)
    canvas.fill(box(322, 190, 156, 18), dark(look.colour, 0.15))
    emblem(canvas, look.emblem, 400, 300, 40, look.accent)


KINDS: Mapping[str, Callable[[Canvas, Look], None]] = {
    "tshirt": tshirt,
    "hoodie": hoodie,
    "shirt": shirt,
    "trousers": trousers,
    "socks": socks,
    "cap": cap,
    "beanie": beanie,
    "scarf": scarf,
    "sneakers": sneakers,
    "apron": apron,
}
