"""Drawing the demonstration shop's pictures: products, categories, brands, banners."""

import io
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PIL import Image

from demo.drawing.canvas import Canvas, linear
from demo.drawing.colour import dark, light, mix, rgb
from demo.drawing.goods import KINDS
from demo.drawing.goods.parts import Look, emblem
from demo.drawing.paths import box, ellipse
from demo.drawing.scene import studio
from demo.source import FOLDER, Art, Picture, load_categories, load_products, load_shop

PICTURES = FOLDER / "pictures"
QUALITY = 74
BANNER_SIZE = (1200, 520)
_BANNERS = (
    ("banner-tea.jpg", "#dfe4d2", "#7c9a6e", ("TEA-LONGJING", "CUP-TEAPOT", "SNK-COOKIE")),
    ("banner-home.jpg", "#eadbcf", "#c9866a", ("AUR-CANDLE", "PLT-MONSTERA", "AUR-TABLELAMP")),
    ("banner-out.jpg", "#dbe3ea", "#6f8fa6", ("BAG-BACKPACK", "DIG-HEADPHONE", "CUP-THERMOS")),
)


def planned() -> Iterator[tuple[str, Callable[[], Image.Image]]]:
    """Yield every picture's file name and how it is drawn."""
    for product in load_products():
        for picture in product.pictures:
            yield picture.name, partial(draw_product, picture)
    for number, category in enumerate(load_categories(), start=1):
        yield category_picture(number), partial(draw_category, category.products[0].pictures[0])
    for number, brand in enumerate(load_shop()["brand"], start=1):
        yield brand_picture(number), partial(draw_brand, brand["emblem"], brand["colour"])
    for name, wall, accent, codes in _BANNERS:
        yield name, partial(draw_banner, wall, accent, codes)


def category_picture(number: int) -> str:
    """Return the file name of a category's picture."""
    return f"category-{number:02d}.jpg"


def brand_picture(number: int) -> str:
    """Return the file name of a brand's sign."""
    return f"brand-{number:02d}.jpg"


def encode(image: Image.Image) -> bytes:
    """Return a picture as the file that is shipped."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def write_pictures(folder: Path = PICTURES) -> int:
    """Draw everything anew; files that belong to nothing any more are removed. Returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    names = set()
    for name, draw in planned():
        (folder / name).write_bytes(encode(draw()))
        names.add(name)
    for path in folder.glob("*.jpg"):
        if path.name not in names:
            path.unlink()
    return len(names)


def draw_product(picture: Picture) -> Image.Image:
    """Draw goods on their stage."""
    canvas = Canvas()
    wall = mix(rgb(picture.wall), light(rgb(picture.art.colour), 0.7), 0.25)
    studio(canvas, wall, rgb(picture.art.accent), picture.setting)
    _draw(canvas, picture.art)
    return canvas.image


def draw_category(picture: Picture) -> Image.Image:
    """Draw a category's sign: goods of it on a plain round ground, 400 pixels wide."""
    canvas = Canvas(light(rgb(picture.wall), 0.5))
    canvas.fill(
        ellipse(400, 400, 370), linear((60, 60), (740, 740), light(rgb(picture.wall), 0.2), rgb(picture.wall))
    )
    _draw(canvas, picture.art)
    return canvas.image.resize((400, 400), Image.Resampling.LANCZOS)


def draw_brand(sign: str, colour: str) -> Image.Image:
    """Draw a brand's sign, 400 pixels wide."""
    tone = rgb(colour)
    canvas = Canvas(light(tone, 0.86))
    canvas.fill(ellipse(400, 400, 300), linear((150, 150), (650, 650), light(tone, 0.18), dark(tone, 0.1)))
    canvas.edge(ellipse(400, 400, 270), 5, light(tone, 0.75), 0.7)
    emblem(canvas, sign, 400, 400, 140, light(tone, 0.86))
    return canvas.image.resize((400, 400), Image.Resampling.LANCZOS)


def draw_banner(wall: str, accent: str, codes: tuple[str, ...]) -> Image.Image:
    """Draw goods side by side on the right; the left stays free for words."""
    width, height = BANNER_SIZE
    tone, second = rgb(wall), rgb(accent)
    canvas = Canvas(size=BANNER_SIZE)
    canvas.fill(box(0, 0, width, height), linear((0, 0), (width, height), light(tone, 0.5), tone))
    for step, (x, y, reach) in enumerate(((860, 250, 230), (1100, 90, 120), (520, 470, 90), (120, 60, 70))):
        canvas.fill(ellipse(x, y, reach), mix(tone, second, 0.20 + 0.05 * math.sin(step)), 0.7)
    floor = 396
    canvas.fill(
        box(0, floor, width, height - floor),
        linear((0, floor), (0, height), dark(tone, 0.06), light(tone, 0.3)),
    )
    arts = {product.code: product.pictures[0].art for product in load_products()}
    canvas.zoom = 0.52
    for place, code in enumerate(codes):
        canvas.shift = (600 + place * 215 - 400, -88 + (16 if place == 1 else 0))
        KINDS[arts[code].kind](canvas, _look(arts[code]))
    return canvas.image


def _draw(canvas: Canvas, art: Art) -> None:
    canvas.zoom = art.zoom
    KINDS[art.kind](canvas, _look(art))
    canvas.zoom = 1.0


def _look(art: Art) -> Look:
    return Look(rgb(art.colour), rgb(art.accent), art.variant, art.emblem)
