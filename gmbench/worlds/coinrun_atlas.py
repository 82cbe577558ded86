"""The atlas of coinrun: what its pictures are put together from, as words.

Four pixels of three bytes are three uint32 words. A sprite lies in the atlas four times, for the
four places within such a group at which it may begin, each time with masks of what it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.rules import rule
from gmbench.errors import UsageError
from gmbench.worlds import coinrun_pixels as dots
from gmbench.worlds import coinrun_sprites as art
from gmbench.worlds.coinrun_backdrop import backdrop
from gmbench.worlds.coinrun_canvas import Mask, Picture, Sprite, mirrored
from gmbench.worlds.coinrun_physics import COLUMNS

VIEW: Final = 16  # cells to a side of a picture
SCENERIES: Final = 32  # places, a quarter of a cell apart, at which the backdrop may begin
BACKDROP: Final = VIEW + (COLUMNS - VIEW) // 2 + SCENERIES // 4  # cells; it moves half as fast
PHASES: Final = 4
LARGEST_TILE: Final = 64

# Places of the sprites, those that leave nothing first. Where it says sides: + 1 open to the left,
# + 2 open to the right.
EARTH: Final = 0  # + sides, + 4 for every variant
VARIANTS: Final = 4
CRATES: Final = 16
MAGMA: Final = 17
PIT: Final = 18  # + depth, 2 at most
WALL: Final = 21  # + 1 in every other column
TOP: Final = 23  # of the ground, + sides
OPAQUE: Final = 24
ISLAND: Final = 27  # a ledge, + sides
WAVES: Final = 31  # on lava, + 1 in every other column
SAWS: Final = 33  # + 1 turned
COIN: Final = 35
ENEMY: Final = 36  # + 1 the other foot, + FACES to the left
FACES: Final = 2
AGENT: Final = 40  # + its pose, + POSES to the left
POSES: Final = 6
STANDS, RUNS, UP, DOWN, HURT = 0, 1, 3, 4, 5  # + 1 while it runs, for the other foot


@dataclass(frozen=True)
class Look:
    """A sprite at any size.

    Attributes:
        painter: paints it from shapes.
        pixels: draws it dot by dot at 4 pixels a tile; "" where the shapes do.
        turned: whether it is mirrored.
    """

    painter: art.Painter
    pixels: str = ""
    turned: bool = False

    def sprite(self, tile: int) -> Sprite:
        """The sprite in pixels."""
        dotted = self.pixels and tile == dots.SIDE
        sprite = dots.read(self.pixels) if dotted else art.paint(self.painter, tile)
        return mirrored(sprite) if self.turned else sprite


def looks() -> list[Look]:
    """Every sprite, in the order of their places."""
    sides: list[dict[str, Any]] = [{"left": bool(i & 1), "right": bool(i & 2)} for i in range(4)]
    ways = (False, True)
    return [
        *(
            Look(partial(art.ground, variant=variant, top=False, **side))
            for variant in range(VARIANTS)
            for side in sides
        ),
        Look(art.crate, dots.CRATE),
        Look(partial(art.lava, top=False, variant=0)),
        *(Look(partial(art.void, depth=i)) for i in range(3)),
        *(Look(partial(art.wall, variant=i)) for i in range(2)),
        *(Look(partial(art.ground, variant=0, top=True, **side)) for side in sides),
        *(Look(partial(art.ledge, **side)) for side in sides),
        *(Look(partial(art.lava, top=True, variant=i)) for i in range(2)),
        *(Look(partial(art.saw, turned=bool(i)), dots.SAW[i]) for i in range(2)),
        Look(art.coin, dots.COIN),
        *(
            Look(partial(art.enemy, stride=bool(i)), dots.ENEMY[i], turned)
            for turned in ways
            for i in range(FACES)
        ),
        *(
            Look(partial(art.agent, pose=i, hurt=i == HURT), dots.AGENT[i], turned)
            for turned in ways
            for i in range(POSES)
        ),
    ]


def atlas(tile: int) -> NDArray[np.uint32]:
    """Everything that pictures with tiles of so many pixels are put together from.

    Args:
        tile: 4, 8 … 64.

    Returns:
        uint32 of shape (1, 1, words): the backdrop in its phases, then every sprite in its phases:
        for each of its rows, the words and then the masks of what they leave.

    Raises:
        UsageError: there are no pictures of that size.
    """
    if tile not in range(4, LARGEST_TILE + 1, 4):
        raise UsageError(f"tile={tile}: coinrun is drawn with tiles of 4 to {LARGEST_TILE} pixels")
    picture = backdrop(BACKDROP, VIEW, tile)
    parts = [_words(np.roll(picture, -phase, axis=1)) for phase in range(PHASES)]
    for look in looks():
        sprite = look.sprite(tile)
        parts += [_shifted(*sprite, phase) for phase in range(PHASES)]
    return np.concatenate([part.ravel() for part in parts]).reshape(1, 1, -1)


@rule
def words_of(tile):
    """Words of a row of a sprite: a tile that may begin within a word, in fours."""
    return (tile * 3 // 4 + 4) // 4 * 4


def _shifted(picture: Picture, mask: Mask, phase: int) -> NDArray[np.uint32]:
    """A sprite's rows, begun ``phase`` pixels into a group, each followed by its masks."""
    padding = ((0, 0), (phase, 20 - phase), (0, 0))  # enough for any number of words
    data = _words(np.pad(picture, padding))
    keep = ~_words(np.pad(np.repeat(mask[..., None] * np.uint8(255), 3, axis=2), padding))
    cut = slice(3 * phase // 4, 3 * phase // 4 + words_of(picture.shape[1]))
    return np.concatenate([data[:, cut], keep[:, cut]], axis=1)


def _words(picture: Picture) -> NDArray[np.uint32]:
    """A picture's rows in words."""
    rows = np.ascontiguousarray(picture).reshape(picture.shape[0], -1)
    return rows.view("<u4").astype(np.uint32)
