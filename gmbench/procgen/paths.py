"""Shortest ways over free cells, by breadth-first search."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from gmbench.procgen.conditions import Cell

UNREACHABLE = -1
_NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def distances(free: NDArray[np.bool_], source: Cell) -> NDArray[np.int32]:
    """Steps from a cell to every free cell, 4-connected.

    Args:
        free: bool, shape (height, width).
        source: the cell to start from; it counts as free.

    Returns:
        int32, shape (height, width); `UNREACHABLE` where there is no way.
    """
    height, width = free.shape
    result = np.full(free.shape, UNREACHABLE, dtype=np.int32)
    result[source.y, source.x] = 0
    queue = deque([source])
    while queue:
        at = queue.popleft()
        for dx, dy in _NEIGHBOURS:
            x, y = at.x + dx, at.y + dy
            if 0 <= x < width and 0 <= y < height and free[y, x] and result[y, x] < 0:
                result[y, x] = result[at.y, at.x] + 1
                queue.append(Cell(x, y))
    return result


def shortest_way(free: NDArray[np.bool_], source: Cell, target: Cell) -> list[Cell]:
    """The cells of a shortest way, source left out; empty where there is none."""
    to_target = distances(free, target)
    if to_target[source.y, source.x] < 0:
        return []
    way, at = [], source
    while at != target:
        at = next(
            Cell(at.x + dx, at.y + dy)
            for dx, dy in _NEIGHBOURS
            if _one_nearer(to_target, at, Cell(at.x + dx, at.y + dy))
        )
        way.append(at)
    return way


def _one_nearer(to_target: NDArray[np.int32], at: Cell, cell: Cell) -> bool:
    height, width = to_target.shape
    inside = 0 <= cell.x < width and 0 <= cell.y < height
    return inside and bool(to_target[cell.y, cell.x] == to_target[at.y, at.x] - 1)


DETOUR = 4  # steps; the margin of the rule below


def distinguishing(free: NDArray[np.bool_], start: Cell, a: Cell) -> list[Cell]:
    """The cells b at which going to a and going to b are different journeys.

    The rule: d(start, b) + d(b, a) - d(start, a) >= 4 and d(start, a) + d(a, b) - d(start, b) >= 4.

    Returns:
        The cells in reading order from the bottom left.
    """
    from_start, from_a = distances(free, start), distances(free, a)
    to_a = int(from_start[a.y, a.x])
    both = free & (from_start >= 0) & (from_a >= 0)
    rule = both & (from_start + from_a - to_a >= DETOUR) & (to_a + from_a - from_start >= DETOUR)
    return [Cell(int(x), int(y)) for y, x in np.argwhere(rule)]
