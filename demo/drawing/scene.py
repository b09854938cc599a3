"""Where goods stand: a wall, a floor, a shape behind them, the shadows below them."""

from demo.drawing.canvas import Canvas, fading, linear
from demo.drawing.colour import RGB, WHITE, dark, light, mix
from demo.drawing.paths import Path, box, ellipse, path, polygon

FLOOR = 560
"""Where wall and floor meet; goods stand at about 650."""
GROUND = 655


def studio(canvas: Canvas, wall: RGB, accent: RGB, setting: int) -> None:
    """Paint an empty stage; ``setting`` chooses what is behind the goods."""
    whole = box(0, 0, 800, 800)
    canvas.fill(whole, linear((0, 0), (0, FLOOR), light(wall, 0.30), wall))
    _BACKDROPS[setting % len(_BACKDROPS)](canvas, wall, accent)
    floor = box(0, FLOOR, 800, 800 - FLOOR)
    canvas.fill(floor, linear((0, FLOOR), (0, 800), dark(wall, 0.05), light(wall, 0.42)))
    canvas.fill(box(0, FLOOR - 1, 800, 26), fading((0, FLOOR), (0, FLOOR + 26), dark(wall, 0.5), 0.10, 0.0))
    canvas.glow(230, 90, 620, WHITE, 0.34)


def shadow(
    canvas: Canvas, x: float, y: float, width: float, *, depth: float = 0.16, strength: float = 1.0
) -> None:
    """Lay the shadow of something ``width`` wide that stands at (x, y): dark at the foot, long at right."""
    tone: RGB = (46, 32, 52)
    half = width / 2
    cast = ellipse(x + half * 0.42, y + 6, half * 1.18, half * depth + 16)
    canvas.fill(cast, tone, 0.20 * strength, blur=22)
    canvas.fill(
        ellipse(x + half * 0.08, y + 2, half * 1.02, half * depth * 0.7 + 8), tone, 0.34 * strength, blur=8
    )


def top_down(canvas: Canvas, wall: RGB, accent: RGB, setting: int) -> None:
    """Paint a table seen from above, for goods that lie flat."""
    canvas.fill(box(0, 0, 800, 800), linear((0, 0), (800, 800), light(wall, 0.45), wall, dark(wall, 0.05)))
    if setting % 3 == 0:
        canvas.fill(ellipse(400, 410, 318), mix(wall, accent, 0.22), 0.8)
    elif setting % 3 == 1:
        canvas.fill(box(96, 96, 608, 608, 60), light(wall, 0.4), 0.75)
    else:
        canvas.fill(polygon((0, 800), (800, 230), (800, 800)), mix(wall, accent, 0.24), 0.85)
    canvas.glow(180, 120, 600, WHITE, 0.36)


def lying_shadow(canvas: Canvas, shape: Path, *, strength: float = 1.0) -> None:
    """Lay the shadow of a flat thing on the table."""
    canvas.fill(shape.moved(14, 22), (46, 32, 52), 0.22 * strength, blur=20)
    canvas.fill(shape.moved(4, 7), (46, 32, 52), 0.22 * strength, blur=6)


def _disc(canvas: Canvas, wall: RGB, accent: RGB) -> None:
    tone = mix(wall, accent, 0.30)
    canvas.fill(ellipse(400, 350, 268), linear((200, 100), (600, 620), light(tone, 0.25), tone))


def _arch(canvas: Canvas, wall: RGB, accent: RGB) -> None:
    tone = mix(wall, accent, 0.28)
    outer = path("M170 560 L170 320 C170 190 275 92 400 92 C525 92 630 190 630 320 L630 560 Z")
    canvas.fill(outer, linear((170, 90), (630, 560), light(tone, 0.35), tone))
    inner = outer.scaled(0.86, 0.9, about=(400, 560))
    canvas.fill(inner, linear((170, 90), (630, 560), dark(tone, 0.06), light(tone, 0.16)))


def _window(canvas: Canvas, wall: RGB, accent: RGB) -> None:
    canvas.fill(box(0, 0, 800, FLOOR), mix(wall, accent, 0.10), 0.6)
    for left in (60, 250):
        for top in (40, 258):
            pane = polygon((left, top), (left + 165, top + 40), (left + 165, top + 240), (left, top + 200))
            canvas.fill(pane.moved(60, -10), WHITE, 0.30, blur=5)


def _podium(canvas: Canvas, wall: RGB, accent: RGB) -> None:
    tone = mix(wall, accent, 0.24)
    canvas.fill(box(540, 180, 210, 380, 105), linear((540, 180), (750, 560), light(tone, 0.2), tone))
    canvas.fill(ellipse(160, 300, 120), linear((60, 180), (260, 420), light(tone, 0.35), tone), 0.8)


def _sun(canvas: Canvas, wall: RGB, accent: RGB) -> None:
    tone = mix(wall, accent, 0.34)
    canvas.fill(ellipse(560, 230, 150), linear((420, 80), (700, 380), light(tone, 0.3), tone))
    hill = path("M0 560 L0 470 C140 380 300 400 420 470 C540 540 690 480 800 430 L800 560 Z")
    canvas.fill(hill, linear((0, 380), (0, 560), mix(wall, accent, 0.20), mix(wall, accent, 0.10)))


_BACKDROPS = (_disc, _arch, _window, _podium, _sun)
