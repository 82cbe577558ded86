"""Painting with shapes: the canvas on which coinrun's sprites and backdrop are drawn.

Nothing is used but sums, products and comparisons, which are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Colour = int  # 0xRRGGBB
Picture = NDArray[np.uint8]  # (h, w, 3)
Mask = NDArray[np.bool_]  # (h, w), True where something is painted
Sprite = tuple[Picture, Mask]

FINE: Final = 64  # samples along a tile's side, at least


class Canvas:
    """A picture that is painted in samples finer than its pixels.

    Args:
        width, height: in tiles.
        tile: pixels of a tile.
        fine: samples along a tile's side, at least.
        above: how far the picture reaches above the tile's top, in tiles.
    """

    def __init__(
        self, width: float, height: float, tile: int, fine: int = FINE, above: float = 0.0
    ) -> None:
        self.samples = max(1, -(-fine // tile))  # along a pixel's side
        side = tile * self.samples
        self.x = (np.arange(round(width * side)) + 0.5)[None, :] / side
        self.y = (np.arange(round(height * side)) + 0.5)[:, None] / side - above
        shape = (self.y.size, self.x.size)
        self.colour = np.zeros((*shape, 3), np.uint8)
        self.painted = np.zeros(shape, np.bool_)

    def fill(self, where: Mask, colour: Colour) -> None:
        """Paint the samples that a mask marks."""
        where = np.broadcast_to(where, self.painted.shape)
        self.colour[where] = rgb(colour)
        self.painted |= where

    def erase(self, where: Mask) -> None:
        """Make the samples that a mask marks transparent."""
        self.painted &= ~where

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Paint a box."""
        inside = (self.x >= left) & (self.x < right) & (self.y >= top) & (self.y < bottom)
        self.fill(inside, colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Paint an ellipse around (x, y)."""
        self.fill(((self.x - x) / rx) ** 2 + ((self.y - y) / ry) ** 2 < 1, colour)

    def polygon(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        """Paint a polygon, by the even-odd rule."""
        inside = np.zeros(self.painted.shape, np.bool_)
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
            if y0 != y1:
                crossing = x0 + (self.y - y0) * ((x1 - x0) / (y1 - y0))
                inside ^= ((self.y >= y0) != (self.y >= y1)) & (self.x < crossing)
        self.fill(inside, colour)

    def done(self) -> Sprite:
        """The picture in pixels: the mean of a pixel's painted samples, where half of them are."""
        n = self.samples
        h, w = self.painted.shape[0] // n, self.painted.shape[1] // n
        blocks = self.painted.reshape(h, n, w, n)
        count = blocks.sum(axis=(1, 3))
        colour = self.colour.reshape(h, n, w, n, 3) * blocks[..., None]
        total = colour.sum(axis=(1, 3), dtype=np.int64)
        mean = (total + count[..., None] // 2) // np.maximum(count, 1)[..., None]
        mask = 2 * count >= n * n
        return np.where(mask[..., None], mean, 0).astype(np.uint8), mask


def rgb(colour: Colour) -> tuple[int, int, int]:
    """Red, green, blue."""
    return colour >> 16, colour >> 8 & 255, colour & 255


def mirrored(sprite: Sprite) -> Sprite:
    """The same sprite facing the other way."""
    return sprite[0][:, ::-1], sprite[1][:, ::-1]
