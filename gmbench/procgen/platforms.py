"""Where one can stand in the platform games' levels, and where their sections begin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gmbench.procgen.conditions import SPACE, Cell
from gmbench.procgen.state import ProcgenState

COINRUN_WALLS = (15, 16)
COINRUN_LAVA = (17, 18)
COINRUN_BARRIER = 19
COINRUN_SAW, COINRUN_ENEMY, COINRUN_CRATE = 2, 5, 20


def entity_cells(state: ProcgenState, types: Iterable[int]) -> set[Cell]:
    """The cells in which the centres of entities of the given types lie."""
    chosen = state.entities[np.isin(state.entities["type"], list(types))]
    return {Cell(int(x), int(y)) for x, y in zip(chosen["x"], chosen["y"], strict=True)}


def coinrun_walls(state: ProcgenState) -> NDArray[np.bool_]:
    """Which cells are solid ground, shape (height, width)."""
    middle, top = COINRUN_WALLS
    walls: NDArray[np.bool_] = (state.grid == middle) | (state.grid == top)
    return walls


def coinrun_section_starts(state: ProcgenState) -> list[Cell]:
    """The first column of every section, on its ground, from left to right.

    The generator leaves an invisible enemy barrier at every border: in the last column of the old
    section at the new height when the ground rises, in the first column of the new section at the
    old height when it falls (the two heights always differ). The coin has replaced the last one.
    """
    walls = coinrun_walls(state)
    starts = set()
    for y, x in np.argwhere(state.grid == COINRUN_BARRIER):
        rises = walls[y - 1, x + 1]
        starts.add(int(x) + 1 if rises else int(x))
    return [Cell(x, ground_height(walls, x)) for x in sorted(starts)]


def ground_height(walls: NDArray[np.bool_], x: int) -> int:
    """The first row above the solid ground of a column, counted from the bottom."""
    return int(np.argmin(walls[:, x]))


def coinrun_standable(state: ProcgenState, columns: range) -> list[Cell]:
    """Free cells in the given columns on which a coin can lie: on the ground or on a crate.

    A cell taken by a saw, an enemy, a crate, lava or an enemy barrier is not free.
    """
    walls = coinrun_walls(state)
    crates = entity_cells(state, [COINRUN_CRATE])
    taken = crates | entity_cells(state, [COINRUN_SAW, COINRUN_ENEMY])
    found = []
    for x in columns:
        supports = [Cell(x, int(y)) for y in np.flatnonzero(walls[:-1, x])]
        supports += sorted(crate for crate in crates if crate.x == x)
        for support in supports:
            cell = Cell(x, support.y + 1)
            if state.grid[cell.y, cell.x] == SPACE and cell not in taken:
                found.append(cell)
    return found
