"""Pictures of boards: every cell is one tile of an atlas.

An atlas is uint32 of shape (sprites, tile, tile * 3 // 4): four pixels of three bytes are three
words, so a tile's row is copied in words. A driver holds `draw` for worlds that name the tile of
every cell; others draw themselves.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.placeholder import COLUMNS, draw_whole, tiles
from gmbench.engine.rules import rule

MARGIN: Final = 0x2A2A2A2A  # dark grey, four times the same byte: the same in every phase
CELL: Final = 4  # pixels of a cell in what agents see
SIDE: Final = 64  # pixels of what agents see, where the board fits
UNKNOWN: Final = 255  # in place of a tile: nobody knows what the frame shows


@rule
def draw(state, scratch, atlas, frame, shown):
    """Draw a board: the tile of every cell, in the middle of the frame.

    Most of a board stays as it was from step to step, so only cells that a frame does not show yet
    are drawn. ``shown``, uint8 of shape (cells,), is what the frame shows, and is kept up; all of
    the frame is drawn where it begins with `UNKNOWN`.
    """
    tiles(state, scratch.tile_map)
    if shown[0] == UNKNOWN:
        blit(scratch.tile_map, COLUMNS, atlas, frame)
        for cell in range(len(shown)):
            shown[cell] = scratch.tile_map[cell]
    else:
        patch(scratch.tile_map, shown, COLUMNS, atlas, frame)


@rule
def draw_own(state, scratch, atlas, frame, shown):
    """Draw a world that is no board; it draws all of its frame every time."""
    draw_whole(state, scratch, atlas, frame)


@rule
def patch(tile_map, shown, columns, atlas, frame):
    """Copy those tiles of a map into a frame that it does not show; arguments as for `blit`."""
    tile, words = atlas.shape[1], atlas.shape[2]
    top, left = corner_of(len(tile_map), columns, atlas, frame)
    for cell in range(len(tile_map)):
        sprite = tile_map[cell]
        if sprite != shown[cell]:
            shown[cell] = sprite
            y, x = top + cell // columns * tile, left + cell % columns * words
            for line in range(tile):
                for word in range(words):
                    frame[y + line, x + word] = atlas[sprite, line, word]


@rule
def corner_of(cells, columns, atlas, frame):
    """The row and the word at which a board's picture begins: it lies in the frame's middle."""
    tile, words = atlas.shape[1], atlas.shape[2]
    top = (frame.shape[0] // tile - cells // columns) // 2 * tile
    return top, (frame.shape[1] // words - columns) // 2 * words


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
    top, left = corner_of(len(tile_map), columns, atlas, frame)
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
