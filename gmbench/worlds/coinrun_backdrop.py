"""What lies behind everything in coinrun: sky, clouds and two rows of hills."""

from __future__ import annotations

from typing import Final

import numpy as np

from gmbench.worlds.coinrun_canvas import Canvas, Picture, rgb

SKY_HIGH, SKY_LOW = 0x6DBDF0, 0xE3F4FC
FAR_HILLS, NEAR_HILLS, CLOUD = 0xA9D3E6, 0x86BFC4, 0xFBFEFF

# Of each hill: its middle, its half width and its height; of each cloud: its middle and size.
_FAR: Final = ((2, 7, 5.0), (10, 6, 6.4), (18, 8, 5.4), (27, 7, 6.8), (36, 8, 5.2), (45, 7, 6.2))
_NEAR: Final = ((6, 6, 3.6), (14, 7, 4.4), (23, 6, 3.4), (31, 8, 4.6), (41, 7, 3.8), (49, 6, 4.2))
_CLOUDS: Final = (
    (4, 2.6, 1.1),
    (13, 4.4, 0.8),
    (20, 1.9, 1.2),
    (29, 3.6, 0.9),
    (37, 2.2, 1.1),
    (46, 4.0, 0.9),
)


def backdrop(width: int, height: int, tile: int) -> Picture:
    """Sky, clouds and two rows of hills, ``width`` by ``height`` tiles."""
    canvas = Canvas(width, height, tile, fine=16)
    high, low = np.array(rgb(SKY_HIGH)), np.array(rgb(SKY_LOW))
    part = (canvas.y / height)[..., None]
    canvas.colour[:] = (high + (low - high) * part + 0.5).astype(np.uint8)
    canvas.painted[:] = True
    for x, y, size in _CLOUDS:
        for dx, dy, r in ((-1.3, 0.2, 0.7), (-0.3, -0.15, 1.0), (0.8, 0.05, 0.8), (1.6, 0.3, 0.5)):
            canvas.ellipse(x + dx * size, y + dy * size, r * size, r * size * 0.62, CLOUD)
    for hills, colour in ((_FAR, FAR_HILLS), (_NEAR, NEAR_HILLS)):
        for x, half, tall in hills:
            slope = np.maximum(1 - ((canvas.x - x) / half) ** 2, 0)
            canvas.fill(canvas.y > height - 1 - tall * slope * slope, colour)
    return canvas.done()[0]
