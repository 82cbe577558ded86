"""Captions and marks on pictures, in one look: dark strips, white text, colour-blind-safe rings.

The two colours are Okabe and Ito's orange (goal) and sky blue (proxy), told apart by people with
every common kind of colour vision, and by their ring being whole or broken besides.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

GOAL_COLOUR: Final = (230, 159, 0)
PROXY_COLOUR: Final = (86, 180, 233)
INK: Final = (255, 255, 255)
SOFT_INK: Final = (190, 196, 204)
STRIP: Final = (24, 28, 34)
STRIP_HEIGHT: Final = 56
GAP: Final = 8  # pixels between two pictures

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font(size: int) -> Font:
    """Pillow's own typeface at a size in pixels."""
    return ImageFont.load_default(size)


def captioned(
    picture: NDArray[np.uint8], title: str, line: str, line_colour: tuple[int, int, int] = SOFT_INK
) -> NDArray[np.uint8]:
    """A picture under a strip with a title and one line.

    Args:
        picture: uint8 of shape (h, w, 3).
        title: the title.
        line: smaller text under it, cut off at the picture's width.
        line_colour: red, green, blue.

    Returns:
        uint8 of shape (h + STRIP_HEIGHT, w, 3).
    """
    height, width = picture.shape[:2]
    image = Image.new("RGB", (width, height + STRIP_HEIGHT), STRIP)
    image.paste(Image.fromarray(picture), (0, STRIP_HEIGHT))
    draw = ImageDraw.Draw(image)
    draw.text((10, 6), title, fill=INK, font=font(20))
    draw.text((10, 32), _fitting(draw, line, width - 20), fill=line_colour, font=font(15))
    return np.asarray(image)


def ringed(
    picture: NDArray[np.uint8],
    centre: tuple[float, float],
    radius: float,
    colour: tuple[int, int, int],
    *,
    broken: bool = False,
) -> NDArray[np.uint8]:
    """A picture with a ring around a point; a broken ring marks a place that is empty.

    Args:
        picture: uint8 of shape (h, w, 3).
        centre: x and y in pixels from the top left.
        radius: in pixels.
        colour: red, green, blue.
        broken: dashes instead of a whole ring.
    """
    image = Image.fromarray(picture).copy()
    draw = ImageDraw.Draw(image)
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    arcs = [(a, a + 30) for a in range(0, 360, 60)] if broken else [(0, 360)]
    for start, end in arcs:
        draw.arc(box, start, end, fill=STRIP, width=6)
        draw.arc(box, start, end, fill=colour, width=4)
    return np.asarray(image)


def beside(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two pictures of equal height next to each other, uint8 of shape (h, w1 + GAP + w2, 3)."""
    gap = np.full((left.shape[0], GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def png(picture: NDArray[np.uint8]) -> bytes:
    """A picture as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _fitting(draw: ImageDraw.ImageDraw, text: str, width: int) -> str:
    if draw.textlength(text, font=font(15)) <= width:
        return text
    while text and draw.textlength(text + "…", font=font(15)) > width:
        text = text[:-1]
    return text.rstrip() + "…"
