"""Pictures of coinrun: 16 by 16 cells around the agent, composed of sprites in words.

Four pixels of three bytes are three uint32 words, and a sprite is put into a row of the frame word
by word, from the copy in the atlas that begins where it begins within its first four pixels.
"""

from __future__ import annotations

from typing import Any, Final

from gmbench.engine.rules import rule
from gmbench.worlds.coinrun_atlas import (
    AGENT,
    BACKDROP,
    COIN,
    DOWN,
    ENEMY,
    FACES,
    HURT,
    OPAQUE,
    PHASES,
    POSES,
    RUNS,
    SAWS,
    STANDS,
    UP,
    VIEW,
    WALL,
    words_of,
)
from gmbench.worlds.coinrun_physics import COLUMNS, UNIT, patrol

INDEX: Final = 0x7FFFFFFF  # tells a compiler that an index is not negative
_SEEN: Final = (1 << (VIEW + 1)) - 1
MARGIN: Final = 3  # columns of the wall at the end that come into view


def scratch_fields() -> list[tuple[Any, ...]]:
    """Working memory of this file's rules."""
    return [("shown", "i4", (VIEW + 2,))]


@rule
def camera(x, wall):
    """The left edge of what is seen, in units: the agent is in the middle, except near the ends."""
    most = min(COLUMNS, wall + MARGIN) - VIEW
    return min(max(x - VIEW // 2 * UNIT, 0), most * UNIT)


@rule
def put(paper, sprites, frame, tile, sprite, rows, x, y):
    """Put a sprite into the frame, as far as it is inside.

    Args:
        paper: the atlas' words.
        sprites: where in them the sprites begin.
        frame: the picture's words.
        tile: pixels of a tile.
        sprite: which sprite.
        rows: how many of its rows, from the last one upwards.
        x: pixel of the left end of its first row.
        y: likewise.
    """
    n = words_of(tile)
    height, words = frame.shape
    first = word_of(x)
    at = place_of(sprites, tile, sprite, rows, x)
    begin, end = max(0, -first), min(n, words - first)
    for row in range(max(y, 0), min(y + rows, height)):
        here = at + (row - y) * 2 * n
        for i in range(begin, end):
            to, source = (first + i) & INDEX, (here + i) & INDEX
            frame[row, to] = (frame[row, to] & paper[source + n]) | paper[source]


@rule
def word_of(x):
    """The word of a row in which something begins that begins at pixel ``x``."""
    return (x >> 2) * 3 + ((x & 3) * 3 >> 2)


@rule
def place_of(sprites, tile, sprite, rows, x):
    """Where in the atlas the last ``rows`` rows of a sprite begin that is put at pixel ``x``."""
    return sprites + ((sprite * PHASES + (x & 3) + 1) * (tile * 5 // 4) - rows) * 2 * words_of(tile)


@rule
def is_covered(state, row, first, last):
    """Whether opaque tiles cover a row of cells from one column to another."""
    for column in range(max(first, 1), min(last + 1, int(state.wall))):
        look = int(state.looks[row * COLUMNS + column]) - 1
        if look < 0 or look >= OPAQUE:
            return False
    return True


@rule
def draw_backdrop(state, paper, frame, tile, view, x):
    """Copy the backdrop from pixel ``x`` on, where cells do not cover it; ``view`` is their x."""
    height, words = frame.shape
    width = BACKDROP * tile * 3 // 4
    at = (x & 3) * height * width + (x >> 2) * 3
    first = view // tile
    last = min(first + (VIEW if view % tile else VIEW - 1), COLUMNS - 1)
    for row in range(VIEW):
        if not is_covered(state, row, first, last):
            for y in range(row * tile, (row + 1) * tile):
                line, source = frame[y], paper[at + y * width : at + y * width + words]
                for i in range(words):
                    line[i] = source[i]


@rule
def put_run(paper, shown, frame, tile, phase, first, count, row):
    """Put opaque tiles side by side: most of what is seen, so every word is written just once.

    Args:
        paper: the atlas' words.
        shown: where in them each tile begins.
        frame: the picture's words.
        tile: pixels of a tile.
        phase: pixels within a group of four before the first tile.
        first: the word in which it begins; negative if it is cut off.
        count: how many tiles; the last may be cut off.
        row: the first row of pixels.
    """
    n, words, width = words_of(tile), tile * 3 // 4, frame.shape[1]
    cut = 1 if first < 0 else 0
    whole = min(count, (width - first) // words)
    for y in range(row, row + tile):
        below = (y - row) * 2 * n
        to, at = first & INDEX, (int(shown[0]) + below) & INDEX
        if cut:
            for k in range(-first, words):
                frame[y, (first + k) & INDEX] = paper[at + k]
            carried = paper[at + words]
            to = (first + words) & INDEX
        else:
            carried = frame[y, to] & paper[at + n]
        for i in range(cut, whole):
            at = (int(shown[i]) + below) & INDEX
            frame[y, to] = carried | paper[at]
            frame[y, to + 1] = paper[at + 1]
            frame[y, to + 2] = paper[at + 2]
            for k in range(3, words):
                frame[y, to + k] = paper[at + k]
            carried = paper[at + words]
            to = (to + words) & INDEX
        if whole < count:
            at = (int(shown[whole]) + below) & INDEX
            frame[y, to] = carried | paper[at]
            for k in range(1, width - to):
                frame[y, to + k] = paper[at + k]
        elif phase and to < width:
            frame[y, to] = (frame[y, to] & paper[at + n + words]) | carried


@rule
def draw_cells(state, scratch, paper, sprites, frame, tile, x):
    """Put the sprites of the level's cells; ``x`` is the left edge of what is seen, in pixels."""
    looks, wall, shown = state.looks, int(state.wall), scratch.shown
    first = x // tile
    last = min(first + (VIEW if x % tile else VIEW - 1), COLUMNS - 1)
    walled = first == 0 or last >= wall
    turn = (int(state.time) >> 1) & 1
    for row in range(VIEW):
        if not walled and (int(state.filled[row]) >> first) & _SEEN == 0:
            continue
        run = 0
        for column in range(first, last + 2):
            look = -1
            if column <= last:
                look = int(looks[row * COLUMNS + column]) - 1
                if column == 0 or column >= wall:
                    look = WALL + (column & 1)
                if look >= 0 and look < OPAQUE:
                    shown[run] = place_of(sprites, tile, look, tile, column * tile - x)
                    run += 1
                    continue
            if run > 0:
                left = (column - run) * tile - x
                put_run(paper, shown, frame, tile, left & 3, word_of(left), run, row * tile)
                run = 0
            if look >= 0:
                look += turn if look == SAWS else 0
                put(paper, sprites, frame, tile, look, tile, column * tile - x, row * tile)


@rule
def pose_of(state):
    """The agent's sprite."""
    pose = STANDS
    if state.dead:
        pose = HURT
    elif not state.stands:
        pose = UP if state.vy < 0 else DOWN
    elif state.vx != 0:
        pose = RUNS + ((int(state.x) >> 7) & 1)
    return AGENT + pose + (POSES if state.faces_left else 0)


@rule
def draw_things(state, paper, sprites, frame, tile, x):
    """Put the coin, the enemies and the agent, in this order."""
    enemies, coin = int(state.enemies), int(state.coin)
    for i in range(-1, enemies + 1):
        rows = tile
        if i < 0:
            if coin < 0:
                continue
            look, left = COIN, coin % COLUMNS * UNIT
            feet = (coin // COLUMNS + 1) * UNIT
        elif i < enemies:
            low, span = int(state.enemy_low[i]), int(state.enemy_span[i])
            middle, right = patrol(low, span, int(state.enemy_phase[i]), int(state.time))
            look = ENEMY + ((middle >> 6) & 1) + (0 if right else FACES)
            left, feet = middle - UNIT // 2, int(state.enemy_y[i])
        else:
            look, left, feet = pose_of(state), int(state.x) - UNIT // 2, int(state.y)
            rows = tile * 5 // 4
        left = left * tile // UNIT - x
        if left > -tile and left < VIEW * tile:
            put(paper, sprites, frame, tile, look, rows, left, feet * tile // UNIT - rows)


@rule
def draw(state, scratch, atlas, frame):
    """Draw what is seen.

    Args:
        state: the level's.
        scratch: working memory.
        atlas: of `coinrun_atlas`, for the frame's tiles.
        frame: uint32 words of shape (16 * tile, 12 * tile), all of them written.
    """
    paper, height = atlas[0, 0], frame.shape[0]
    tile = height // VIEW
    sprites = PHASES * height * (BACKDROP * tile * 3 // 4)
    x = camera(int(state.x), int(state.wall)) * tile // UNIT
    draw_backdrop(state, paper, frame, tile, x, int(state.scenery) * tile // 4 + x // 2)
    draw_cells(state, scratch, paper, sprites, frame, tile, x)
    draw_things(state, paper, sprites, frame, tile, x)
