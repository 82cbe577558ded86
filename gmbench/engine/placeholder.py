"""A world of one field: it stands in the engine's templates where a world's rules will."""

from __future__ import annotations

import numpy as np

from gmbench.engine.plain import record
from gmbench.engine.rules import ENDED, rule

COLUMNS = 1
STATE = record([("count", "i4")])
SCRATCH = record([("tile_map", "u1", (1,))])
WORD = np.uint32


@rule
def level(state, scratch, key, condition):
    """Count from zero; every level is accepted."""
    state.count = 0
    return True


@rule
def step(state, scratch, action):
    """Count up; ten ends the game and pays 1."""
    state.count = int(state.count) + 1
    return (1, 1 | ENDED) if state.count == 10 else (0, 0)


@rule
def grid(state, planes):
    """One plane of one cell: whether the count is odd."""
    planes[0] = int(state.count) & 1


@rule
def tiles(state, tiles):
    """One tile."""
    tiles[0] = 0


@rule
def draw(state, scratch, atlas, frame, shown):
    """Nothing to see."""
    frame[0, 0] = 0


@rule
def draw_whole(state, scratch, atlas, frame):
    """Nothing to see either."""
    frame[0, 0] = 0


@rule
def oracle(state, scratch, role):
    """There is one action."""
    return 0


@rule
def limit(state):
    """Long enough."""
    return 100


@rule
def deadline(state):
    """As long."""
    return 100


@rule
def move_goal(state, scratch, cell):
    """Of worlds that have no such rule: their goals cannot be moved."""
    return False


@rule
def set_par(states, scratch, i, spare, steps):
    """Nothing to measure."""
