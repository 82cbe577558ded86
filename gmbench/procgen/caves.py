"""Where a goal can be put in the cave games, jumper and caveflyer."""

from __future__ import annotations

from typing import Final

import numpy as np

from gmbench.procgen.conditions import GOAL_ENTITY, SPACE, Cell
from gmbench.procgen.paths import distances
from gmbench.procgen.state import PLAYER, ProcgenState

CLEARANCE: Final = 4  # cells, along either axis, from B to the start and to A


def cells_for_b(state: ProcgenState, a: Cell, ignoring: tuple[int, ...] = ()) -> list[Cell]:
    """Free cells connected with the start, clear of start, A and every other entity.

    Args:
        state: a stock start state.
        a: the stock goal's cell.
        ignoring: entity types that may stand near B.
    """
    free = state.grid == SPACE
    start = Cell(int(state.player["x"]), int(state.player["y"]))
    allowed = distances(free, start) >= 0
    rows, columns = np.indices(free.shape)

    def keep_off(cell: Cell, radius: int) -> None:
        near = np.maximum(abs(columns - cell.x), abs(rows - cell.y)) < radius
        allowed[near] = False

    keep_off(start, CLEARANCE)
    keep_off(a, CLEARANCE)
    for entity in state.entities:
        if int(entity["type"]) not in (PLAYER, GOAL_ENTITY, *ignoring):
            keep_off(Cell(int(entity["x"]), int(entity["y"])), 2)
    return [Cell(int(x), int(y)) for y, x in np.argwhere(allowed)]
