"""Breadth-first search, compiled: what asks for distances asks for thousands."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit
def search(
    after: NDArray[np.int32],
    sources: NDArray[np.int64],
    steps: NDArray[np.int32],
    queue: NDArray[np.int32],
) -> None:
    """Steps of the shortest way from some cells to every other.

    Args:
        after: shape (cells, actions), the cell that each action leads to.
        sources: shape (n,), the cells to start from.
        steps: shape (n, cells), written; -1 where no way leads.
        queue: shape (cells,), overwritten.
    """
    for which in range(len(sources)):
        reached = steps[which]
        reached[:] = -1
        reached[sources[which]] = 0
        queue[0] = sources[which]
        head, tail = 0, 1
        while head < tail:
            cell = queue[head]
            head += 1
            for action in range(after.shape[1]):
                beside = after[cell, action]
                if reached[beside] < 0:
                    reached[beside] = reached[cell] + 1
                    queue[tail] = beside
                    tail += 1
