"""Colours as RGB triples, mixed the way light and shade mix them."""

import colorsys

RGB = tuple[int, int, int]
WHITE: RGB = (255, 255, 255)
_SHADE: RGB = (38, 26, 48)  # shadows lean to violet: grey ones look dirty


def rgb(text: str) -> RGB:
    """Return the colour of ``#rrggbb``."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """Return ``one`` with ``share`` (0 to 1) of ``other`` in it."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


def light(colour: RGB, share: float) -> RGB:
    """Return ``colour`` as it looks where light falls on it."""
    return mix(colour, WHITE, share)


def dark(colour: RGB, share: float) -> RGB:
    """Return ``colour`` as it looks in the shade."""
    return mix(colour, _SHADE, share)


def turned(colour: RGB, degrees: float, *, saturation: float = 1.0, lightness: float = 1.0) -> RGB:
    """Return ``colour`` with its hue turned and its saturation and lightness multiplied."""
    hue, level, strength = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    made = colorsys.hls_to_rgb(
        (hue + degrees / 360) % 1, min(1.0, level * lightness), min(1.0, strength * saturation)
    )
    return round(made[0] * 255), round(made[1] * 255), round(made[2] * 255)


def luminance(colour: RGB) -> float:
    """Return how bright ``colour`` looks, 0 to 1."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255
