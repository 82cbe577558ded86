"""Shortest ways by another program than the rules' own: a second opinion for tests."""

from __future__ import annotations

from collections import deque
from typing import Any

from numpy.typing import NDArray


def steps_from(blocked: NDArray[Any], start: int, size: int) -> dict[int, int]:
    """Cell -> steps of the shortest way to it, for every cell that a way leads to.

    Args:
        blocked: of shape (size * size,), true where nobody can walk.
        start: the cell from which the ways lead.
        size: rows and columns of the board.
    """
    found, queue = {start: 0}, deque([start])
    while queue:
        cell = queue.popleft()
        row, column = divmod(cell, size)
        for down, right in ((-1, 0), (0, -1), (1, 0), (0, 1)):
            if 0 <= row + down < size and 0 <= column + right < size:
                beside = (row + down) * size + column + right
                if beside not in found and not blocked[beside]:
                    found[beside] = found[cell] + 1
                    queue.append(beside)
    return found
