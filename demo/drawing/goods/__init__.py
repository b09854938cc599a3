"""Every kind of goods that we can draw, by name."""

from collections.abc import Callable, Mapping

from demo.drawing.canvas import Canvas
from demo.drawing.goods import bags, care, cups, desk, digital, fruit, glow, pantry, plants, snacks, tea, wear
from demo.drawing.goods.parts import Look

Draw = Callable[[Canvas, Look], None]

KINDS: Mapping[str, Draw] = {
    **tea.KINDS,
    **pantry.KINDS,
    **snacks.KINDS,
    **fruit.KINDS,
    **cups.KINDS,
    **glow.KINDS,
    **plants.KINDS,
    **care.KINDS,
    **wear.KINDS,
    **bags.KINDS,
    **digital.KINDS,
    **desk.KINDS,
}
