"""Pictures and videos as bytes: told by content, decoded, stripped of metadata, made smaller."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_VIDEO_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_FRAMES = 300
MAX_MOVING_PIXELS = 200_000_000
WIDTHS = (200, 400, 800)
"""Widths in pixels of the renditions that lists, carts and pages show."""

RENDER_AT_ONCE_PIXELS = 4_000_000
"""Up to here decoding and three renditions take well under 150 ms; larger pictures are left to the job."""

_EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # phones write MPO, which begins as the JPEG it is read as
_VIDEO_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV")


class UnusablePicture(ValueError):
    """The bytes are not a picture that the shop can show; the message says why."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture without metadata, ready to be stored; sizes in pixels."""

    content: bytes
    extension: str
    width: int
    height: int
    renditions: dict[int, bytes]


def clean_picture(content: bytes, *, render: bool | None = None) -> CleanPicture:
    """Decode a picture whole and write it anew, upright and without EXIF or comments.

    ``render``: make the renditions too; by default only of pictures small enough to do it at once. Raises
    ``UnusablePicture`` for what is too large, broken, or no JPEG, PNG, WebP or GIF.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise UnusablePicture("too_large")
    with _decoding():
        image = _open(content)
        kind = str(image.format)
        cleaned = _written_anew(image, kind)
        upright = _upright(image)
        width, height = upright.size
        small = width * height <= RENDER_AT_ONCE_PIXELS
        made = _renditions(upright) if (small if render is None else render) else {}
    return CleanPicture(cleaned, _EXTENSIONS[kind], width, height, made)


def renditions(content: bytes) -> dict[int, bytes]:
    """Return a stored picture as WebP in each of ``WIDTHS`` (never enlarged). Raises ``UnusablePicture``."""
    with _decoding():
        return _renditions(_upright(_open(content)))


def is_video(content: bytes) -> bool:
    """Return whether the bytes begin like an MP4 file (ISO base media, ISO/IEC 14496-12) of a known brand."""
    return len(content) > 12 and content[4:8] == b"ftyp" and content[8:12] in _VIDEO_BRANDS


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn whatever a decoder throws at a hostile file into ``UnusablePicture``."""
    try:
        yield
    except UnusablePicture:
        raise
    except Image.DecompressionBombError as error:
        raise UnusablePicture("too_many_pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise UnusablePicture("broken") from error


def _open(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=_FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise UnusablePicture("too_many_pixels")
    frames = getattr(image, "n_frames", 1)
    if frames > MAX_FRAMES or frames * image.width * image.height > MAX_MOVING_PIXELS:
        raise UnusablePicture("too_many_frames")
    image.load()
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turn the first frame as it is meant to be seen, and return it in a mode that WebP and JPEG can hold.

    In place, and converted only if need be: copying a picture costs as much as decoding it.
    """
    image.seek(0)
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "CMYK":
        image.info.pop("icc_profile", None)  # it describes inks, and RGB is what is kept
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return _in_mode(image, "RGBA" if has_alpha else "RGB")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _written_anew(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "GIF":
        frames = getattr(image, "n_frames", 1)
        image.info.pop("comment", None)
        image.save(out, "GIF", save_all=frames > 1)
    elif kind == "PNG":
        _without_info(_upright(image)).save(out, "PNG", optimize=False)
    elif kind == "WEBP":
        _without_info(_upright(image)).save(out, "WEBP", quality=90)
    else:
        # Not progressive: no smaller once optimized, and reading and writing take a third of the time.
        _in_mode(_without_info(_upright(image)), "RGB").save(out, "JPEG", quality=90, optimize=True)
    return out.getvalue()


def _without_info(image: Image.Image) -> Image.Image:
    """Drop EXIF, XMP, text chunks; the colour profile stays with the colours it belongs to."""
    profile = image.info.get("icc_profile")
    image.info = {"icc_profile": profile} if profile else {}
    return image


def _renditions(image: Image.Image) -> dict[int, bytes]:
    made: dict[int, bytes] = {}
    source = image
    for width in sorted(WIDTHS, reverse=True):
        target = min(width, image.width)
        height = max(1, round(image.height * target / image.width))
        source = source.resize((target, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        out = io.BytesIO()
        _without_info(source).save(out, "WEBP", quality=82, method=4)
        made[width] = out.getvalue()
    return made
