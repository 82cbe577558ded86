"""Pictures of boards: every cell is one tile of an atlas.

An atlas is uint32 of shape (sprites, tile, tile * 3 // 4): four pixels of three bytes are three
words, so a tile's row is copied in words. A driver holds `draw` for worlds that name the tile of
every cell; others draw themselves.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.placeholder import COLUMNS, tiles
from gmbench.engine.rules import rule

MARGIN: Final = 0x2A2A2A2A  # dark grey, four times the same byte: the same in every phase
CELL: Final = 4  # pixels of a cell in what agents see
SIDE: Final = 64  # pixels of what agents see, where the board fits


@rule
def draw(state, scratch, atlas, frame):
    """Draw a board: the tile of every cell, in the middle of the frame."""
    tiles(state, scratch.tile_map)
    blit(scratch.tile_map, COLUMNS, atlas, frame)


@rule
def blit(tile_map, columns, atlas, frame):
    """Copy the tiles of a map into a frame.

    Args:
        tile_map: uint8 of shape (rows * columns,), indices in the atlas.
        columns: of the map.
        atlas: uint32 of shape (sprites, tile, words).
        frame: uint32 of shape (height, width * 3 // 4), every word written.
    """
    rows, tile, words = len(tile_map) // columns, atlas.shape[1], atlas.shape[2]
    height, width = frame.shape
    top = (height // tile - rows) // 2 * tile
    left = (width // words - columns) // 2 * words
    right, bottom = left + columns * words, top + rows * tile
    for y in range(top):
        for x in range(width):
            frame[y, x] = MARGIN
    for y in range(bottom, height):
        for x in range(width):
            frame[y, x] = MARGIN
    for row in range(rows):
        first = row * columns
        for line in range(tile):
            y = top + row * tile + line
            for x in range(left):
                frame[y, x] = MARGIN
            for x in range(right, width):
                frame[y, x] = MARGIN
            x = left
            if words == 3:
                for column in range(columns):
                    sprite = tile_map[first + column]
                    frame[y, x] = atlas[sprite, line, 0]
                    frame[y, x + 1] = atlas[sprite, line, 1]
                    frame[y, x + 2] = atlas[sprite, line, 2]
                    x += 3
            else:
                for column in range(columns):
                    sprite = tile_map[first + column]
                    for word in range(words):
                        frame[y, x + word] = atlas[sprite, line, word]
                    x += words


def frame_side(rows: int, columns: int, tile: int) -> tuple[int, int]:
    """Height and width in pixels of a board's picture.

    Agents see `CELL` pixels a cell in a frame of `SIDE` by `SIDE`, or as large as the board where
    that is larger; any other tile gives a frame without a margin.
    """
    height, width = rows * tile, columns * tile
    if tile == CELL:
        return max(SIDE, height), max(SIDE, width)
    return height, width
