"""How a board of lava is laid out: the cheese, L across its shortest ways, and the pools."""

from __future__ import annotations

from typing import Any, Final

from gmbench.engine.chance import below
from gmbench.engine.rules import rule
from gmbench.worlds import boards
from gmbench.worlds.boards import distances, downhill, lay_out, move, random_free

NOWHERE: Final = -1

# What a cell is while a level is laid out; pools keep off every cell but the first kind.
_ASIDE: Final = 0
_ON_A_WAY: Final = 1
IN_L: Final = 2
SHORE: Final = 3
HEART: Final = 4

_TREE: Final = 0  # index in LAYOUTS
_REOPENED: Final = 4  # of a tree's inner walls, one in so many is taken out
_CELLS_A_POOL: Final = 40  # cells of board to a pool of lava
_WIDEST: Final = 4  # cells in L at most
_LAYERS_TRIED: Final = 8
_TRIES_A_POOL: Final = 20

_REOPEN: Final = 1
_START: Final = 2
_CHEESE: Final = 3
_LAYER: Final = 4
_POOL: Final = 5


def scratch_fields(size: int, **_: Any) -> boards.Fields:
    """What `boards` works with, walls with more cells blocked among them, and what each cell is."""
    return [
        *boards.scratch_fields(size),
        ("blocked", "u1", (size * size,)),
        ("kinds", "u1", (size * size,)),
    ]


@rule
def plan(walls, scratch, size, layout, key):
    """Fill the walls, and write in ``scratch.kinds`` what every cell is.

    Returns:
        The start, the cheese, and the steps of the shortest way around L; the start is NOWHERE
        where no L has a way around it or the pools find no room.
    """
    lay_out(walls, scratch, size, layout, key)
    if layout == _TREE:
        _reopen(walls, size, key)
    start = random_free(walls, size, key, _START)
    cheese = _place_cheese(walls, scratch, size, key, start)
    if cheese < 0:
        return NOWHERE, cheese, 0
    pools = max(2, size * size // _CELLS_A_POOL)
    wide = _cross(walls, scratch, size, key, start, cheese, min(pools, _WIDEST))
    if wide == 0:
        return NOWHERE, cheese, 0
    far = _keep_clear(scratch, size, start)
    if not _fill_pools(walls, scratch, size, key, pools, wide):
        return NOWHERE, cheese, 0
    return start, cheese, far


@rule
def _reopen(walls, size, key):
    """Take out some of the walls between two rooms of a tree, so that ways get detours."""
    for cell in range(size * size):
        row = cell // size
        column = cell - row * size
        # Rooms stand on even rows and columns; beyond the last of them nothing is opened.
        if (row + column) & 1 == 0 or row + (row & 1) >= size or column + (column & 1) >= size:
            continue
        if below(key, _REOPEN, cell, _REOPENED) == 0:
            walls[cell] = 0


@rule
def _place_cheese(walls, scratch, size, key, start):
    """A random cell far enough from the start, -1 where there is none; fills ``dist2``."""
    if start < 0:
        return NOWHERE
    reached = distances(walls, size, start, scratch.dist2, scratch.queue)
    # The queue holds the cells in the order of their distance: the far ones are its end.
    first, far = 0, max(size // 2, 4)
    while first < reached and int(scratch.dist2[int(scratch.queue[first])]) < far:
        first += 1
    if first == reached:
        return NOWHERE
    return int(scratch.queue[first + below(key, _CHEESE, 0, reached - first)])


@rule
def _cross(walls, scratch, size, key, start, cheese, widest):
    """Choose L, mark it and the shortest ways in ``kinds``; its number of cells, 0 if none is fit.

    Cells on shortest ways that are equally far from the start form a layer: every shortest way
    crosses it exactly once. Afterwards ``dist`` holds the steps to the cheese around L.
    """
    dist, dist2, kinds = scratch.dist, scratch.dist2, scratch.kinds
    distances(walls, size, cheese, dist, scratch.queue)
    long = int(dist[start])
    for cell in range(size * size):
        on_way = int(dist[cell]) >= 0 and int(dist[cell]) + int(dist2[cell]) == long
        kinds[cell] = _ON_A_WAY if on_way else _ASIDE
    # Layers 2 to long - 2: neither the start nor the cheese is beside L.
    choices = long - 3
    first = below(key, _LAYER, 0, choices)
    for attempt in range(min(choices, _LAYERS_TRIED)):
        layer = 2 + (first + attempt) % choices
        wide = 0
        for cell in range(size * size):
            crossed = kinds[cell] == _ON_A_WAY and dist2[cell] == layer
            scratch.blocked[cell] = 1 if crossed else walls[cell]
            wide += 1 if crossed else 0
        if wide > widest:
            continue
        distances(scratch.blocked, size, cheese, dist, scratch.queue)
        if int(dist[start]) < 0:
            continue
        for cell in range(size * size):
            if kinds[cell] == _ON_A_WAY and dist2[cell] == layer:
                kinds[cell] = IN_L
        return wide
    return 0


@rule
def _keep_clear(scratch, size, start):
    """Mark a shortest way around L, so that no pool lies on it; its steps."""
    cell = start
    far = int(scratch.dist[start])
    for _ in range(far):
        scratch.kinds[cell] = _ON_A_WAY
        cell = move(
            scratch.blocked, size, cell, downhill(scratch.blocked, size, cell, scratch.dist)
        )
    return far


@rule
def _fill_pools(walls, scratch, size, key, pools, moved):
    """Place the pools, of which the first ``moved`` have hearts; whether those found room.

    A heart's neighbours are walls and shores, whose lava is there in both conditions: who has
    touched no lava never gets to a heart, lava or not.
    """
    kinds = scratch.kinds
    filled = 0
    for attempt in range(pools * _TRIES_A_POOL):
        heart = below(key, _POOL, attempt, size * size)
        room = int(scratch.dist2[heart]) >= 0 and kinds[heart] == _ASIDE
        for action in range(4):
            beside = int(kinds[move(walls, size, heart, action)])
            room = room and (beside == _ASIDE or beside == SHORE)
        if not room:
            continue
        for action in range(4):
            kinds[move(walls, size, heart, action)] = SHORE
        kinds[heart] = HEART if filled < moved else SHORE
        filled += 1
        if filled == pools:
            break
    return filled >= moved
